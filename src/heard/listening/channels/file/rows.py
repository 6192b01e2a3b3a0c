"""A row of an export as a delivery: its bytes as they stand in the file, and beside them the mapping it was read with."""

from functools import lru_cache
from hashlib import sha256

import msgspec

from heard.listening.channels.api import item as items
from heard.listening.channels.contract import RawEvent
from heard.listening.channels.file import shape

ROW = "application/json"
FIELDS_HEADER = "fields"  # the mapping, as JSON; without it the row is in our own shape


def headers_of(mapping: dict[str, str]) -> dict[str, str]:
    return {FIELDS_HEADER: msgspec.json.encode(mapping, order="sorted").decode()} if mapping else {}


def delivery_of(body: bytes, headers: dict[str, str]) -> RawEvent:
    """Named by the row's own id, else by its content. Raises BadItem for a row that is no voice."""
    content = sha256(body).hexdigest()
    raw = RawEvent(key=content, body=body, content_type=ROW, headers=headers)
    return msgspec.structs.replace(raw, key=items.delivery_of(body, item_of(raw), spare_key=content).key)


def item_of(raw: RawEvent) -> items.Item:
    """Raises BadItem."""
    fields = raw.headers.get(FIELDS_HEADER)
    if not fields:
        return items.parsed(raw.body)
    try:
        row = msgspec.json.decode(raw.body, type=dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise items.BadItem(f"not a JSON object: {error}") from None
    return shape.item_of(row, _mapping(fields))


@lru_cache(maxsize=64)
def _mapping(fields: str) -> dict[str, str]:
    return msgspec.json.decode(fields, type=dict[str, str])

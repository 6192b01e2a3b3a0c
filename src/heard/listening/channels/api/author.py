"""Who an item is by, for whoever only has to keep one author's words in order."""

import msgspec
from msgspec import Struct


class _Person(Struct, gc=False):
    id: str = ""
    network: str = "web"


class _Item(Struct, gc=False):
    """All else in the item is skipped, not decoded."""

    author: _Person | None = None
    external_id: str = ""


_decode = msgspec.json.Decoder(_Item).decode


def author_key(body: bytes) -> str:
    """The network and id of the author; of an edit or a removal, which name none, what they point to; empty for what is no item."""
    try:
        item = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return f"{item.author.network} {item.author.id.lower()}" if item.author else item.external_id

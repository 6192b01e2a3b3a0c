"""Which column is what: guessed from the names that exports use, shown to a person, changed with `--map`.

A mapping is {field: column}. A column may be a path into nested objects ("user.screen_name"); a value that begins with
"=" is a constant ("=public"). Fields are those of `FIELDS`, and "extra.<name>" for anything worth keeping beside them.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from heard.listening.channels.api import item as items

# field: the columns that usually hold it, best first, in lower case
FIELDS: dict[str, tuple[str, ...]] = {
    # A ticket number stands on every message of a ticket: it names the thread, never the message.
    "external_id": (
        "external_id",
        "tweet_id",
        "message_id",
        "id_str",
        "status_id",
        "post_id",
        "comment_id",
        "review_id",
        "id",
        "_id",
        "uuid",
    ),
    "author_id": (
        "author_id",
        "author.id",
        "user.id_str",
        "user_id",
        "account.acct",
        "from_email",
        "sender_email",
        "customer_email",
        "requester_email",
        "email",
        "screen_name",
        "user.screen_name",
        "author.username",
        "username",
        "handle",
        "author",
        "user",
        "sender",
        "from",
        "customer",
        "reviewer",
        "phone",
        "name",
    ),
    "author_handle": (
        "author_handle",
        "screen_name",
        "user.screen_name",
        "author.username",
        "account.acct",
        "username",
        "handle",
    ),
    "author_name": (
        "author_name",
        "author.name",
        "user.name",
        "account.display_name",
        "display_name",
        "full_name",
        "customer_name",
        "requester_name",
        "name",
    ),
    "text": ("text_unescaped", "full_text", "text", "message", "body", "comment", "review", "review_text", "description", "note"),
    "html": ("html", "content_html", "body_html"),
    "subject": ("subject", "title", "review_title"),
    "occurred_at": (
        "occurred_at",
        "created_at_utc",
        "tweet_created_utc",
        "created_at",
        "created_utc",
        "tweet_created",
        "published_at",
        "sent_at",
        "date",
        "timestamp",
        "time",
        "datetime",
        "created",
    ),
    "direction": ("direction", "inbound", "is_inbound"),
    "visibility": ("visibility",),
    "thread_ref": ("thread_ref", "conversation_id", "conversation", "thread_id", "ticket_id"),
    "parent_ref": (
        "parent_ref",
        "in_response_to_tweet_id",
        "in_reply_to_status_id_str",
        "in_reply_to_id",
        "in_reply_to",
        "parent_id",
        "reply_to",
    ),
    "permalink": ("permalink", "url", "link"),
    "language": ("language", "lang"),
    "extra.rating": ("rating", "stars", "score"),
    "extra.brand": ("brand",),
}
OTHERS = ("network", "kind", "to")
NEEDED = ("text", "author_id", "occurred_at")
TIMES = (
    "%a %b %d %H:%M:%S %z %Y",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y",
)
INBOUND = {"inbound", "in", "true", "1", "yes", "incoming", "received"}
OUTBOUND = {"outbound", "out", "false", "0", "no", "outgoing", "sent"}


class BadMapping(ValueError):
    """The mapping names a field that does not exist, or leaves out one that is needed. Nothing was read."""


def guessed(columns: Iterable[str]) -> dict[str, str]:
    """The mapping for these columns; fields without a likely column are left out."""
    known = {c.lower(): c for c in columns}
    mapping = {field: known[name] for field, names in FIELDS.items() if (name := next((n for n in names if n in known), None))}
    if "author_name" in mapping and mapping["author_name"] == mapping.get("author_id"):
        mapping["author_handle"] = mapping.pop("author_name")
    if any("tweet" in name for name in known):
        mapping |= {"network": "=x", "visibility": "=public", "kind": "=post"}
    return mapping


def completed(guess: Mapping[str, str], chosen: Mapping[str, str]) -> dict[str, str]:
    """The guess with a person's choices over it; an empty choice takes a field out. Raises BadMapping."""
    strange = [f for f in chosen if f not in FIELDS and f not in OTHERS and not f.startswith("extra.")]
    if strange:
        raise BadMapping(f"there is no field {strange[0]!r}; fields are {', '.join([*FIELDS, *OTHERS])} and extra.<name>")
    mapping = {f: c for f, c in {**guess, **chosen}.items() if c}
    missing = [f for f in NEEDED if f not in mapping and not (f == "text" and "html" in mapping)]
    if missing:
        raise BadMapping(f"no column found for {', '.join(missing)}; say which with --map {missing[0]}=COLUMN")
    return mapping


def columns_of(row: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Names of a row's columns, nested ones as paths."""
    names = []
    for name, value in row.items():
        names += columns_of(value, f"{prefix}{name}.") if isinstance(value, dict) and len(prefix) < 60 else [prefix + name]
    return names


def is_our_own(row: Mapping[str, Any]) -> bool:
    """Whether the row is an item of our own interface already."""
    return isinstance(row.get("author"), dict) and "id" in row["author"] and set(row) <= set(items.Voice.__struct_fields__)


def item_of(row: Mapping[str, Any], mapping: Mapping[str, str]) -> items.Voice:
    """Raises BadItem with the reason a person can act on."""
    told = {field: _value(row, column) for field, column in mapping.items()}
    author = _author(told)
    shaped = {
        "author": author,
        "occurred_at": moment_of(told.get("occurred_at")),
        "direction": _direction(told.get("direction")),
        "extra": {f.removeprefix("extra."): v for f, v in told.items() if f.startswith("extra.") and v not in (None, "")},
        "to": [{"id": _text(told["to"]), "network": author["network"]}] if told.get("to") else [],
    }
    for field in (
        "external_id",
        "text",
        "html",
        "subject",
        "visibility",
        "kind",
        "thread_ref",
        "parent_ref",
        "permalink",
        "language",
    ):
        if value := _text(told.get(field)):
            shaped[field] = value
    try:
        voice = msgspec.convert(shaped, items.Voice)
    except msgspec.ValidationError as error:
        raise items.BadItem(str(error)) from None
    return items.without_nul(items.checked(voice))


def _value(row: Mapping[str, Any], column: str) -> Any:
    if column.startswith("="):
        return column[1:]
    if column in row:
        return row[column]
    value: Any = row
    for step in column.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _author(told: Mapping[str, Any]) -> dict[str, Any]:
    id_ = _text(told.get("author_id")).strip()
    if not id_:
        raise items.BadItem("the author is missing")
    network = _text(told.get("network")) or ("email" if "@" in id_[1:-1] and " " not in id_ else "file")
    return {
        "id": id_,
        "network": network,
        "handle": _text(told.get("author_handle")),
        "name": _text(told.get("author_name"))[:200],
    }


def _direction(value: Any) -> str:
    word = _text(value).strip().lower()
    if word in OUTBOUND:
        return "outbound"
    if not word or word in INBOUND:
        return "inbound"
    raise items.BadItem(f"direction {word[:20]!r} is neither inbound nor outbound")


def moment_of(value: Any) -> datetime:
    """A time in any form that exports use; one without a zone is UTC. Raises BadItem."""
    text = _text(value).strip()
    if not text:
        raise items.BadItem("the time is missing")
    for read in (_from_iso, _from_number, _from_pattern, _from_mail):
        if (moment := read(text)) is not None:
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise items.BadItem(f"the time {text[:40]!r} cannot be read")


def _from_iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _from_number(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970."""
    try:
        number = float(text)
        return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _from_pattern(text: str) -> datetime | None:
    for pattern in TIMES:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller adds UTC where there is no zone
        except ValueError:
            continue
    return None


def _from_mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None

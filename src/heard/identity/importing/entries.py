"""A row as an entry, or the reason why it is none. Pure: knows no table of ours."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from heard.identity.importing.kinds import AGREED, CONTACT, Field, Kind
from heard.listening.channels.api.item import BadItem
from heard.listening.channels.file.shape import moment_of

MOST_ADDRESSES = 10
_MAIL = re.compile(r"[^@\s<>\"(),:;\\]{1,64}@[^@\s<>\"(),:;\\]+\.[^@\s<>\"(),:;\\.]{2,}")
_SEPARATORS = re.compile(r"[;,\s|]+")
_NOT_DIALLED = re.compile(r"[\s().\-/]+")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_MONEY = re.compile(r"[^\d.,\-]")
_LEAST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
RELATIONS = {
    "household": ("household", "family", "spouse", "partner", "husband", "wife", "home"),
    "team": ("team", "colleague", "department", "coworker"),
    "parent": ("parent", "mother", "father", "guardian"),
    "carer": ("carer", "caregiver", "representative", "speaks for", "power of attorney"),
    "assistant": ("assistant", "secretary"),
    "other": ("other", "related", "belongs to"),
}
_RELATION = {word: kind for kind, words in RELATIONS.items() for word in words}


class BadRow(ValueError):
    """The row cannot be taken; the text says why, in words for whoever mends the file."""


class Entry(Struct, gc=False):
    """What a row says. `customer` is a number of the source, else `mails` and `phones` say whose it is.

    `values`: the columns of its table. `traits`: (field, value) said about the person. `phones` begin with "+".
    """

    kind: str
    external_id: str
    customer: str
    mails: tuple[str, ...]
    phones: tuple[str, ...]
    values: dict[str, Any]
    traits: tuple[tuple[str, str], ...]
    stamp: str = ""

    @property
    def digest(self) -> str:
        """Of everything it says, taken when it is first asked for."""
        if not self.stamp:
            said = msgspec.json.encode((self.customer, self.mails, self.phones, self.values, self.traits))
            self.stamp = urlsafe_b64encode(blake2b(said, digest_size=16).digest())[:22].decode()
        return self.stamp


Row = Mapping[str, Any]


def reader(kind: Kind, mapping: Mapping[str, str]) -> Callable[[Row], Entry]:
    """What turns a row into an entry. It raises BadRow."""
    steps = [(field, mapping[field.name], _READ[field.type]) for field in kind.fields if field.name in mapping]

    def read(row: Row) -> Entry:
        told: dict[str, Any] = {}
        for field, column, convert in steps:
            value = row.get(column)
            if value is None:
                value = _looked_up(row, column)
            if value is None or value == "":
                continue
            if (found := convert(value, field)) not in (None, "", ()):
                told[field.name] = found
        missing = [f.name for f, _, _ in steps if f.needed and f.name not in told]
        if missing:
            raise BadRow(f"{missing[0]} is empty")
        return _contact(told) if kind is CONTACT else _flat(kind, told)

    return read


def _contact(told: dict[str, Any]) -> Entry:
    mails = (*told.pop("email", ()), *told.pop("email_2", ()))
    phones, others = _phones((*told.pop("phone", ()), *told.pop("phone_2", ())))
    number = told.pop("id", "") or next(iter(mails), "") or next(iter(phones), "")
    if not number:
        raise BadRow("has no number, mail address or international phone number to know them by")
    values: dict[str, Any] = {name: told.pop(name) for name in ("organisation", "title", "owner") if name in told}
    if consents := _consents(told, mails, phones):
        values["consents"] = consents
    traits = [*told.items(), *(("email", m) for m in mails), *(("phone", p) for p in (*phones, *others))]
    if "organisation" in values:
        traits.append(("employer", values["organisation"]))
    return Entry("contact", number, number, _once(mails), _once(phones), values, tuple(sorted(set(traits))))


def _consents(told: dict[str, Any], mails: tuple[str, ...], phones: tuple[str, ...]) -> tuple[tuple, ...]:
    """(purpose, yes or no, when, where they said so, kind of channel). It is about every address of the row that the channel
    leads to; mail where none is named."""
    words = {field: told.pop(field) for field in AGREED if field in told}
    at, how = told.pop("agreed_at", None), told.pop("agreed_how", "")
    channel = told.pop("agreed_channel", "email").lower()
    channel = {"e-mail": "email", "mail": "email", "newsletter": "email"}.get(channel, channel)
    if words and not (mails if channel == "email" else phones):
        raise BadRow(f"{next(iter(words))}: the row has no address for {channel}, so that nobody could be written to")
    for field, is_given in words.items():
        if is_given and not (at and how):
            raise BadRow(f"{field}: a yes needs the day on which they said so, and where; a no needs neither")
    return tuple((AGREED[field], is_given, at, how, channel) for field, is_given in words.items())


def addresses_for(entry: Entry, channel: str) -> list[tuple[str, str]]:
    """(network, external id) of the addresses of an entry to which this kind of channel leads."""
    return [("email", m) for m in entry.mails] if channel == "email" else [("phone", p) for p in entry.phones]


def _flat(kind: Kind, told: dict[str, Any]) -> Entry:
    customer = told.pop("customer", "")
    mails, (phones, _) = told.pop("email", ()), _phones(told.pop("phone", ()))
    id_ = told.pop("id", "") or _made_id(kind, customer, mails, told)
    if not (customer or mails or phones or told.get("of_order")):
        raise BadRow("says of nobody whose it is: a customer number, a mail address or an international phone number")
    if kind.name == "order":
        told.setdefault("number", id_)
    return Entry(kind.name, id_, customer, mails, phones, told, ())


def _made_id(kind: Kind, customer: str, mails: tuple[str, ...], told: dict[str, Any]) -> str:
    """A row without a number of its own is known by what it connects."""
    if kind.name == "order_line":
        return f"{told['of_order']} {told.get('sku') or told['name']} {told.get('serial', '')}".strip()[:200]
    if kind.name == "relation":
        return f"{customer or next(iter(mails), '')} {told['kind']} {told['other']}"[:200]
    raise BadRow("id is empty")


def _looked_up(row: Row, column: str) -> Any:
    if column.startswith("="):
        return column[1:]
    value: Any = row
    for step in column.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:MOST_ADDRESSES]


# ── One value ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(value: Any, field: Field) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a spreadsheet keeps every number as a fraction
    if isinstance(value, dict | list):
        raise BadRow(f"{field.name} is a list or an object; name what is inside it")
    text = str(value).replace("\0", "").strip()
    if len(text) > field.most:
        if not field.cut:
            raise BadRow(f"{field.name} is longer than {field.most} letters")
        text = text[: field.most - 1] + "…"
    return text


def _moment(value: Any, field: Field) -> datetime | None:
    if isinstance(value, datetime):
        found = value if value.tzinfo else value.replace(tzinfo=UTC)
    else:
        if not str(value).strip():
            return None
        try:
            found = moment_of(value)
        except BadItem:
            raise BadRow(f"{field.name}: the time {str(value)[:40]!r} cannot be read") from None
    found = found.astimezone(UTC)
    if not _LEAST <= found < _LATEST:
        raise BadRow(f"{field.name}: the year {found.year} cannot be meant")
    return found


def _number(value: Any, field: Field, places: int) -> Decimal | None:
    """1234.5, "1.234,50 €", "$1,234.50": of two signs the last one is the decimal point."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = repr(value)
    else:
        text = _MONEY.sub("", str(value))
        comma, point = text.rfind(","), text.rfind(".")
        if comma > point:
            lone = point < 0 and text.count(",") == 1 and len(text) - comma == 4 and "," in str(value) and len(text) > 4
            text = text.replace(",", "") if text.count(",") > 1 or lone else text.replace(".", "").replace(",", ".")
        else:
            text = text.replace(",", "") if text.count(".") < 2 else text.replace(".", "")
    if not text:
        if str(value).strip():
            raise BadRow(f"{field.name}: {str(value)[:40]!r} is no number")
        return None
    try:
        found = Decimal(text).quantize(Decimal(1).scaleb(-places))
    except InvalidOperation:
        raise BadRow(f"{field.name}: {str(value)[:40]!r} is no number") from None
    if abs(found) >= 10**10:
        raise BadRow(f"{field.name}: {str(value)[:40]!r} is too large")
    return found


def _mails(value: Any, field: Field) -> tuple[str, ...]:
    found = tuple(m for m in _SEPARATORS.split(str(value).strip().lower()) if m)
    for mail in found:
        if len(mail) > 254 or not _MAIL.fullmatch(mail):
            raise BadRow(f"{field.name}: {mail[:60]!r} is no mail address")
    return _once(found)


def _numbers(value: Any, field: Field) -> tuple[str, ...]:
    parts = re.split(r"[;,|]", _text(value, field))
    return _once(tuple(p for part in parts if (p := part.strip())))


def _phones(given: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(numbers that one can dial from anywhere, the others as they were written)"""
    dialled, others = [], []
    for number in given:
        bare = _NOT_DIALLED.sub("", number.removeprefix("'"))
        bare = "+" + bare[2:] if bare.startswith("00") else bare
        if _PHONE.fullmatch(bare):
            dialled.append(bare)
        else:
            others.append(number)
    return _once(tuple(dialled)), _once(tuple(others))


def _relation(value: Any, field: Field) -> str:
    word = _text(value, field).lower()
    if word not in _RELATION:
        raise BadRow(f"{field.name}: {word[:40]!r} is none of {', '.join(RELATIONS)}")
    return _RELATION[word]


_YES = frozenset(["yes", "y", "true", "1", "x", "on", "ja", "j", "wahr", "subscribed", "opt-in", "opted-in"]) | {
    "opted in",
    "opt in",
    "opted_in",
}
_NO = frozenset(["no", "n", "false", "0", "off", "nein", "falsch", "unsubscribed", "opt-out", "opted-out"]) | {
    "opted out",
    "opt out",
    "opted_out",
}


def _yesno(value: Any, field: Field) -> bool | None:
    word = _text(value, field).lower()
    if word in _YES or word in _NO:
        return word in _YES
    if not word:
        return None
    raise BadRow(f"{field.name}: {word[:40]!r} is neither yes nor no")


_READ: dict[str, Callable[[Any, Field], Any]] = {
    "text": _text,
    "moment": _moment,
    "money": lambda value, field: _number(value, field, 2),
    "amount": lambda value, field: _number(value, field, 3),
    "mails": _mails,
    "phones": _numbers,
    "relation": _relation,
    "yesno": _yesno,
    "colleague": lambda value, field: _text(value, field).lower(),
}

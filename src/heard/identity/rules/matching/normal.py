"""One form of what was said about a person, so that two records can be held against each other.

Nothing is lost by it: what was written stays in the trait, and is what pages show.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec import Struct

MOST_VALUES = 4  # of one field of one identity: whoever changes their name daily costs no more than others
NOT_NAMES = frozenset(("mr", "mrs", "ms", "miss", "dr", "prof", "sir", "dame", "hon", "rev", "lord", "lady"))
PARTICLES = frozenset(("de", "del", "der", "den", "di", "da", "la", "le", "van", "von", "the", "of", "and", "y"))
NOT_WORDS = re.compile(r"[^\w]+", re.UNICODE)
UK_POSTCODE = re.compile(r"^([a-z]{1,2}\d[a-z\d]?)(\d[a-z]{2})$")


class Name(Struct, frozen=True, gc=False):
    """`given` or `surname` is empty when nobody said which of the two a single word is: then it is the `surname`, and `lone`."""

    given: str = ""
    surname: str = ""
    middle: tuple[str, ...] = ()
    lone: bool = False


class Profile(Struct, frozen=True, gc=False):
    """What is known about the person behind one identity, in normal form."""

    names: tuple[Name, ...] = ()
    values: dict[str, tuple[str, ...]] = {}  # by field, without the names

    def terms(self) -> set[tuple[str, str]]:
        """Every (field, value) whose frequency among people matters."""
        found = {(field, value) for field, values in self.values.items() for value in values}
        for name in self.names:
            found |= {("given_name", name.given), ("surname", name.surname)} if not name.lone else {("surname", name.surname)}
            found |= {("middle", m) for m in name.middle}
        for code in self.values.get("postcode", ()):
            found.add(("district", district(code)))
        found.discard(("given_name", ""))
        found.discard(("surname", ""))
        found.discard(("district", ""))
        return found


def profile_of(traits: Iterable[tuple[str, str]]) -> Profile:
    """From (field, value as it was given), the newest first. Fields that nobody knows and empty values are left out."""
    said: dict[str, list[str]] = {}
    for field, value in traits:
        if value and value.strip() and len(said.setdefault(field, [])) < MOST_VALUES:
            said[field].append(value)
    values: dict[str, tuple[str, ...]] = {}
    for field, form in FORMS.items():
        if field in said and (normal := tuple(dict.fromkeys(v for v in map(form, said[field]) if v))):
            values[field] = normal
    return Profile(_names(said), values)


def _names(said: dict[str, list[str]]) -> tuple[Name, ...]:
    whole = [words(n) for n in said.get("name", ())]
    given, surname = ([" ".join(words(n)) for n in said.get(f, ())] for f in ("given_name", "surname"))
    if not given and not surname:
        return tuple(dict.fromkeys(n for n in map(name_of, whole) if n is not None))
    found = []
    for n in range(max(len(given), len(surname))):
        one, other = (column[n] if n < len(column) else "" for column in (given, surname))
        inside = {*one.split(), *other.split()}
        middle = tuple(w for w in (whole[n] if n < len(whole) else ()) if w not in inside and w not in PARTICLES)
        if one and other:
            found.append(Name(one, other, middle))
        elif one or other:  # people write a surname into the first box
            found.append(Name("", one or other, (), lone=True))
    return tuple(dict.fromkeys(found))


def name_of(parts: list[str]) -> Name | None:
    """From the words of a whole name; None where there is nothing that names a person."""
    parts = [p for p in parts if p not in NOT_NAMES] or parts
    if not parts:
        return None
    if len(parts) == 1:
        return Name("", parts[0], (), lone=True)
    return Name(parts[0], parts[-1], tuple(p for p in parts[1:-1] if p not in PARTICLES))


@lru_cache(maxsize=50_000)
def plain(text: str) -> str:
    """Without case, accents and odd widths, spaces single."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())


def words(text: str) -> list[str]:
    return [w for w in NOT_WORDS.split(plain(text)) if w]


def district(postcode: str) -> str:
    """The part of a postcode that names a district: "bs2" of "bs20el", the first three of five digits."""
    if found := UK_POSTCODE.match(postcode):
        return found[1]
    return postcode[:3] if len(postcode) >= 4 else ""


# ── Each field its form; the empty text for what says nothing ───────────────────────────────────────────────────────


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _date(text: str) -> str:
    """Eight digits, year first; also a date that cannot be, for it may be a slip of one digit. A year alone has four."""
    parts = re.findall(r"\d+", text)
    if len(parts) == 3 and len(parts[2]) == 4:
        parts.reverse()
    joined = parts[0].zfill(4) + parts[1].zfill(2) + parts[2].zfill(2) if len(parts) == 3 else "".join(parts)
    return joined if len(joined) in (4, 8) else ""


def _email(text: str) -> str:
    local, at, domain = plain(text).replace(" ", "").rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" if at and local and domain else ""


def _phone(text: str) -> str:
    """The last nine digits: those that countries and people write alike."""
    digits = _digits(text)
    return digits[-9:] if len(digits) >= 6 else ""


def _place(text: str) -> str:
    return " ".join(w for w in words(text) if w not in ("city", "of", "the", "county"))


def _link(text: str) -> str:
    return plain(text).split("#")[0].removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")


def _handle(text: str) -> str:
    """Without the server that it is on; nothing of what only looks like one."""
    name = plain(text).removeprefix("@").partition("@")[0]
    return name if len(name) >= 4 and " " not in name and not name.isdigit() else ""


def _code(text: str) -> str:
    return NOT_WORDS.sub("", plain(text))


def _spaced(text: str) -> str:
    return " ".join(words(text))


FORMS: dict[str, Callable[[str], str]] = {
    "birth_date": _date,
    "birth_place": _place,
    "gender": lambda text: plain(text)[:1],
    "email": _email,
    "phone": _phone,
    "handle": _handle,
    "street": _spaced,
    "postcode": _code,
    "city": _place,
    "country": _spaced,
    "employer": _spaced,
    "occupation": _spaced,
    "link": _link,
    "avatar_hash": _code,
    "customer_number": _code,
}

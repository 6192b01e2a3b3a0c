"""One form of what was said about a person, so that two records can be held against each other.

Nothing is lost by it: what was written stays in the trait, and is what pages show.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec import Struct

# What leads to somebody: `page` is theirs by the network's word, `proved_link` links back to them, and `link` anybody may claim.
LINKS = ("page", "proved_link", "link")
MOST_VALUES = 4  # of one field of one identity: whoever changes their name daily costs no more than others
# What stands before and after names and is shared by thousands.
TITLES = frozenset(
    """mr mrs ms miss mx sir dame dr doctor prof professor rev reverend revd rt hon honourable honorable fr sr jr junior snr senior esq
    esquire phd md mba bsc msc mp qc obe cbe mbe kbe ii iii iv vi vii viii lady baroness baronet bt bart viscount viscountess countess
    duchess marquess princess archbishop capt col gen lieutenant lt sergeant sgt 1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 13th
    herr frau fraulein monsieur madame mademoiselle mme mlle senor senora signor signora dott dipl""".split()  # noqa: SIM905
)
# Titles that are surnames too: they go only where two other words are left.
TITLES_OR_NAMES = frozenset(
    """lord baron earl count duke marquis prince king queen bishop pope captain major general colonel admiral first second third saint
    st right father sister master don dona""".split()  # noqa: SIM905
)
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
        found = {("link" if field in LINKS else field, value) for field, values in self.values.items() for value in values}
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
        if value and not value.isspace():
            held = said.setdefault(field, [])
            if len(held) < MOST_VALUES:
                held.append(value)
    values: dict[str, tuple[str, ...]] = {}
    for field in sorted(FORMS.keys() & said.keys(), key=PLACES.__getitem__):
        form, given = FORMS[field], said[field]
        normal = (form(given[0]),) if len(given) == 1 else tuple(dict.fromkeys(filter(None, map(form, given))))
        if normal and normal[0]:
            values[field] = normal
    return Profile(_names(said), values)


def _names(said: dict[str, list[str]]) -> tuple[Name, ...]:
    whole, given, surname = (said.get(f, ()) for f in ("name", "given_name", "surname"))
    if len(whole) == 1 and not given and not surname:
        return (known,) if (known := _named(whole[0])) else ()
    found: list[Name | None] = []
    for n in range(max(len(whole), len(given), len(surname))):
        one, other, all_ = (_bare(column[n]) if n < len(column) else [] for column in (given, surname, whole))
        if one and other:
            inside = {*one, *other}
            middle = tuple(w for w in all_ if w not in inside and w not in PARTICLES)
            found.append(Name(" ".join(one), " ".join(other), middle))
        else:  # people write a surname into the first box, and a title into either
            found.append(name_of(all_ if len(all_) > len(one or other) else one or other))
    return tuple(dict.fromkeys(name for name in found if name is not None))


@lru_cache(maxsize=50_000)
def _named(whole: str) -> Name | None:
    return name_of(_bare(whole))


def _bare(name: str) -> list[str]:
    """Its words without titles, ranks and letters behind names."""
    bare = [w for w in words(name) if w not in TITLES]
    barer = [w for w in bare if w not in TITLES_OR_NAMES]
    return barer if len(barer) >= 2 else bare


def name_of(parts: list[str]) -> Name | None:
    """From the words of a whole name; None where there is nothing that names a person."""
    named = [p for p in parts if p not in PARTICLES] or parts
    if not named:
        return None
    if len(named) == 1:
        return Name("", named[0], (), lone=True)
    return Name(named[0], named[-1], tuple(named[1:-1]))


@lru_cache(maxsize=50_000)
def plain(text: str) -> str:
    """Without case, accents and odd widths, spaces single."""
    if text.isascii():
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())


def words(text: str) -> list[str]:
    bare = plain(text)
    if bare.replace(" ", "").isalnum():  # most are, and it is a third of the work
        return bare.split(" ")
    return [w for w in NOT_WORDS.split(bare) if w]


numbers_in = re.compile(r"\d+").findall


def numbered_apart(a: str, b: str) -> bool:
    """Whether both are numbered, each with its own: the house next door is no slip. A digit in one of them may be."""
    mine, theirs = numbers_in(a), numbers_in(b)
    return bool(mine and theirs) and mine != theirs


def district(postcode: str) -> str:
    """The part of a postcode that names a district: "bs2" of "bs20el", the first three of five digits."""
    if found := UK_POSTCODE.match(postcode):
        return found[1]
    return postcode[:3] if len(postcode) >= 4 else ""


# ── Each field its form; the empty text for what says nothing ───────────────────────────────────────────────────────


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


@lru_cache(maxsize=50_000)
def _date(text: str) -> str:
    """Eight digits, year first; also a date that cannot be, for it may be a slip of one digit. A year alone has four."""
    parts = re.findall(r"\d+", text)
    if len(parts) == 3 and len(parts[2]) == 4:
        parts.reverse()
    joined = parts[0].zfill(4) + parts[1].zfill(2) + parts[2].zfill(2) if len(parts) == 3 else "".join(parts)
    return joined if len(joined) in (4, 8) else ""


def email_form(text: str) -> str:
    local, at, domain = plain(text).replace(" ", "").rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" if at and local and domain else ""


def phone_form(text: str) -> str:
    """The last nine digits: those that countries and people write alike."""
    digits = _digits(text)
    return digits[-9:] if len(digits) >= 6 else ""


def _place(text: str) -> str:
    return " ".join(w for w in words(text) if w not in ("city", "of", "the", "county"))


def _link(text: str) -> str:
    return plain(text).split("#")[0].removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")


def handle_form(text: str) -> str:
    """Without the server that it is on, and signs between words; nothing of what only looks like one."""
    name = plain(text).removeprefix("@").partition("@")[0].replace("_", "").replace("-", "").replace(".", "")
    return name if len(name) >= 4 and " " not in name and not name.isdigit() else ""


def _code(text: str) -> str:
    bare = plain(text).replace(" ", "")
    return bare if bare.isalnum() else NOT_WORDS.sub("", bare)


def _spaced(text: str) -> str:
    return " ".join(words(text))


FORMS: dict[str, Callable[[str], str]] = {
    "birth_date": _date,
    "birth_place": _place,
    "gender": lambda text: plain(text)[:1],
    "email": email_form,
    "phone": phone_form,
    "handle": handle_form,
    "street": _spaced,
    "postcode": _code,
    "city": _place,
    "country": _spaced,
    "employer": _spaced,
    "occupation": _spaced,
    "page": _link,
    "proved_link": _link,
    "link": _link,
    "avatar_hash": _code,
    "customer_number": _code,
}
PLACES = {field: place for place, field in enumerate(FORMS)}

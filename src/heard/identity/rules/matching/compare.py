"""Two profiles held against each other: the evidence for and against their being one person, field by field, in bits."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA, JaroWinkler

from heard.identity.rules.matching.nicknames import used_for_one_another
from heard.identity.rules.matching.normal import LINKS, Name, Profile, district, numbered_apart, numbers_in
from heard.identity.rules.matching.weights import CLAIMABLE, KINDS, Counts, Level, Weights

ENOUGH = 2.0  # bits that a second kind of evidence must be worth
ONE_KIND = -1.0  # the most that a pair is worth of which one kind of evidence agrees: a person may look at it
NAMES_ALONE = -9.0  # and one of which nothing but names agrees: nobody needs to
RELATIVES = 3.0  # the most that a surname is worth where the given names differ: families share it, and much else
AS_NAMED = "as named"  # a handle that is only the name again: whoever has the one has the other
HOME = frozenset(("street", "postcode", "city"))
OWN = frozenset(("birth", "number"))  # kinds of evidence that are one person's, whatever they are called
CLAIMED = "claimed"  # a link that only one of them vouches for, or neither: anybody can write it into a profile
AGAIN = 0.25  # what an agreement adds that follows from another
UNBOUNDED = 1000.0

Values = Mapping[str, tuple[str, ...]]


class Part(NamedTuple):
    field: str
    level: str
    left: str  # in normal form
    right: str
    bits: float
    hub: bool = False  # more people than a few have the value: it is worth nothing


class Evidence(NamedTuple):
    """`bits` is the sum of the parts and of the prior, unless it is held down because too little of it stands on its own."""

    bits: float
    parts: list[Part]


def compare(left: Profile, right: Profile, counts: Counts, weights: Weights) -> Evidence:
    parts: list[Part] = []
    if left.names and right.names:
        parts += _names(left.names, right.names, counts, weights)
    mine, theirs = left.values, right.values
    for field, values in mine.items():
        if (others := theirs.get(field)) and field in weights.levels and field not in LINKS:
            part = _field(field, values, others, counts, weights)
            if field == "handle" and part.level in ("exact", "close") and _is_named(part.left, left.names):
                part = _part("handle", AS_NAMED, part.left, part.right, 0.0, weights)
            parts.append(part)
    if led := _links(mine, theirs, counts, weights):
        parts.append(led)
    parts = _one_home(parts)
    bits = counts.prior()
    for part in parts:
        bits += part.bits
    return Evidence(min(bits, most_of(parts)), parts) if bits > NAMES_ALONE else Evidence(bits, parts)


def most_of(parts: Iterable[Part]) -> float:
    """The most that these parts may be worth together.

    Names alone never join, nor does one address or one number alone, nor all that a profile shows and anybody can copy.
    """
    kinds: dict[str, float] = {}
    for part in parts:
        if part.bits > 0 and (kind := KINDS.get(part.field)) and part.level not in (AS_NAMED, CLAIMED):
            kinds[kind] = kinds.get(kind, 0.0) + part.bits
    strong = {kind for kind, bits in kinds.items() if bits >= ENOUGH}
    if len(strong) >= 2 and strong - CLAIMABLE and (strong & OWN or not _is_somebody_else(parts)):
        return UNBOUNDED
    return ONE_KIND if strong - {"name"} or any(part.level in (AS_NAMED, CLAIMED) for part in parts) else NAMES_ALONE


def _is_somebody_else(parts: Iterable[Part]) -> bool:
    """By name. Colleagues share a mailbox and a number, families a home and a number."""
    differ = {part.field for part in parts if part.level == "differs"}
    return "name" in differ or {"given_name", "surname"} <= differ


def _one_home(parts: list[Part]) -> list[Part]:
    """Street, postcode and town agree together or not at all, so the lesser ones add little; and families live together."""
    homes = [part for part in parts if part.field in HOME and part.bits > 0]
    if not homes:
        return parts
    strongest = max(homes, key=lambda part: part.bits)
    share = (
        0.5
        if any(p.field == "given_name" and p.level == "differs" for p in parts)
        and any(p.field == "surname" and p.bits > 0 for p in parts)
        else 1.0
    )
    if len(homes) == 1 and share == 1.0:
        return parts
    return [
        part if part not in homes else part._replace(bits=part.bits * share * (1.0 if part is strongest else AGAIN))
        for part in parts
    ]


# ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _names(left: tuple[Name, ...], right: tuple[Name, ...], counts: Counts, weights: Weights) -> list[Part]:
    """Of the names that either has had, the two that agree best."""
    if len(left) == 1 and len(right) == 1:
        return _name(left[0], right[0], counts, weights)
    return max((_name(a, b, counts, weights) for a in left for b in right), key=_sum)


def _sum(parts: list[Part]) -> float:
    return sum(part.bits for part in parts)


def _name(a: Name, b: Name, counts: Counts, weights: Weights) -> list[Part]:
    if a.lone or b.lone:
        return [_lone_name(a, b, counts, weights)]
    straight = [_given_name(a.given, b.given, counts, weights), _surname(a.surname, b.surname, counts, weights)]
    if straight[0].level == "differs" and straight[1].bits > RELATIVES:
        straight[1] = straight[1]._replace(bits=RELATIVES)
    if straight[0].bits < 0 and straight[1].bits < 0:
        one, other = _alike(a.given, b.surname), _alike(a.surname, b.given)
        if one > 0.9 and other > 0.9:
            rarity = counts.rarity("given_name", a.given) + counts.rarity("surname", a.surname)
            return [_part("name", "turned", _full(a), _full(b), rarity, weights)]
    if a.middle and b.middle:
        straight.append(_middle(a.middle, b.middle, counts, weights))
    return straight


def _is_named(handle: str, names: tuple[Name, ...]) -> bool:
    """Whether a handle is made of the words of a name, or their first letters, and nothing more than a sign between them."""
    plain = "".join(c for c in handle if c.isalpha())
    if len(plain) < len(handle) - 1:
        return False  # digits and the like are their own choice
    for name in names:
        words = [w for w in (name.given, *name.middle, name.surname) if w]
        made = {"".join(words), "".join(reversed(words)), *words}
        if len(words) > 1:
            made |= {words[0][0] + words[-1], words[0] + words[-1][0], words[0] + words[-1]}
        if plain in made:
            return True
    return False


def _given_name(a: str, b: str, counts: Counts, weights: Weights) -> Part:
    level = _given_level(a, b)
    rarity = 0.0
    if level in ("exact", "nickname", "close"):
        rarity = counts.rarity("given_name", a) if a == b else min(counts.rarity("given_name", a), counts.rarity("given_name", b))
    return _part("given_name", level, a, b, rarity, weights)


@lru_cache(maxsize=200_000)
def _given_level(a: str, b: str) -> str:
    if a == b:
        return "exact"
    if used_for_one_another(a, b):
        return "nickname"
    if (len(a) == 1 or len(b) == 1) and a[0] == b[0]:
        return "initial"
    if numbered_apart(a, b):
        return "differs"
    likeness = _alike(a, b)
    if likeness >= 0.9 or (min(len(a), len(b)) >= 4 and OSA.distance(a, b, score_cutoff=1) <= 1):
        return "close"
    return "alike" if likeness >= 0.8 else "differs"


def _surname(a: str, b: str, counts: Counts, weights: Weights) -> Part:
    level = _surname_level(a, b)
    rarity = 0.0
    if level in ("exact", "close", "part"):
        rarity = counts.rarity("surname", a) if a == b else min(counts.rarity("surname", a), counts.rarity("surname", b))
    return _part("surname", level, a, b, rarity, weights)


@lru_cache(maxsize=200_000)
def _surname_level(a: str, b: str) -> str:
    if a == b:
        return "exact"
    if numbered_apart(a, b):
        return "differs"
    likeness = _alike(a, b)
    if likeness >= 0.92 or (min(len(a), len(b)) >= 4 and OSA.distance(a, b, score_cutoff=1) <= 1):
        return "close"
    if (" " in a or " " in b) and not set(a.split()).isdisjoint(b.split()):
        return "part"
    return "alike" if likeness >= 0.84 else "differs"


def _middle(a: tuple[str, ...], b: tuple[str, ...], counts: Counts, weights: Weights) -> Part:
    shared = set(a) & set(b)
    left, right = " ".join(a), " ".join(b)
    if shared:
        return _part("middle", "exact", left, right, max(counts.rarity("middle", m) for m in shared), weights)
    initials = {m[0] for m in a} & {m[0] for m in b}
    return _part("middle", "initial" if initials else "differs", left, right, 0.0, weights)


def _lone_name(a: Name, b: Name, counts: Counts, weights: Weights) -> Part:
    """Of one of them a single word is known, which may be either name."""
    one, other = (a, b) if a.lone else (b, a)
    word = one.surname
    for field, name in (("surname", other.surname), ("given_name", other.given)):
        if name and (name == word or _surname_level(word, name) == "close" or used_for_one_another(word, name)):
            return _part(
                "name", "lone", _full(a), _full(b), min(counts.rarity(field, name), counts.rarity("surname", word)), weights
            )
    return _part("name", "differs", _full(a), _full(b), 0.0, weights)


def _full(name: Name) -> str:
    return " ".join(filter(None, (name.given, *name.middle, name.surname)))


@lru_cache(maxsize=200_000)
def _alike(a: str, b: str) -> float:
    return JaroWinkler.normalized_similarity(a, b)


# ── Links ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _links(mine: Values, theirs: Values, counts: Counts, weights: Weights) -> Part | None:
    """Where their profiles lead. Proved are an address that both hold, and two that name each other; whatever else agrees is claimed."""
    if mine.keys().isdisjoint(LINKS) or theirs.keys().isdisjoint(LINKS):
        return None
    held, others = _held(mine), _held(theirs)
    claimed, by_others = set(mine.get("link", ())), set(theirs.get("link", ()))
    if both := held & others:
        return _link("proved", both, both, counts, weights)
    if (there := claimed & others) and (back := by_others & held):
        return _link("proved", there, back, counts, weights)
    if both := (held | claimed) & (others | by_others):
        return _link(CLAIMED, both, both, counts, weights)
    return None


def _held(values: Values) -> set[str]:
    return {*values.get("page", ()), *values.get("proved_link", ())}


def _link(level: str, left: set[str], right: set[str], counts: Counts, weights: Weights) -> Part:
    """Of several the rarest, which says most."""
    a, b = (max(sorted(found), key=lambda v: counts.rarity("link", v)) for found in (left, right))
    if counts.is_hub("link", a) or counts.is_hub("link", b):
        return Part("link", level, a, b, 0.0, hub=True)
    return _part("link", level, a, b, min(counts.rarity("link", a), counts.rarity("link", b)), weights)


# ── The other fields ────────────────────────────────────────────────────────────────────────────────────────────────


def _field(field: str, values: tuple[str, ...], others: tuple[str, ...], counts: Counts, weights: Weights) -> Part:
    """Of the values that either has had, the two that agree best."""
    if len(values) == 1 and len(others) == 1:
        return _value(field, values[0], others[0], counts, weights)
    return max((_value(field, a, b, counts, weights) for a in values for b in others), key=lambda part: part.bits)


def _value(field: str, a: str, b: str, counts: Counts, weights: Weights) -> Part:
    if a == b:
        if counts.is_hub(field, a):
            return Part(field, "exact", a, b, 0.0, hub=True)
        return _part(field, "exact", a, b, counts.rarity(field, a), weights)
    how = HOW.get(field)
    level = how(a, b) if how else "differs"
    rarity = 0.0
    if level == "district":
        rarity = counts.rarity("district", district(a))
    elif level == "close" and field != "avatar_hash":
        rarity = min(counts.rarity(field, a), counts.rarity(field, b))
    return _part(field, level, a, b, rarity, weights)


def _part(field: str, level: str, a: str, b: str, rarity: float, weights: Weights) -> Part:
    known: Level | None = weights.levels[field].get(level)
    if known is None:
        return Part(field, level, a, b, 0.0)
    bits = known.base + known.share * rarity if known.share else known.base
    return Part(field, level, a, b, min(bits, known.most))


@lru_cache(maxsize=200_000)
def _dates(a: str, b: str) -> str:
    if len(a) == 4 or len(b) == 4:
        return "year" if a[:4] == b[:4] else "differs"
    if OSA.distance(a, b, score_cutoff=1) <= 1:
        first_of_a_year = a[4:] == b[4:] == "0101"
        return "one digit of a year" if first_of_a_year else "one digit"
    if a[:4] == b[:4] and a[4:6] == b[6:] and a[6:] == b[4:6]:
        return "turned"
    same = (a[:4] == b[:4]) + (a[4:6] == b[4:6]) + (a[6:] == b[6:])
    if same == 2 and not a[4:] == b[4:] == "0101":
        return "two parts"
    return "year" if a[:4] == b[:4] else "differs"


@lru_cache(maxsize=100_000)
def _places(a: str, b: str) -> str:
    one, other = set(a.split()), set(b.split())
    if numbered_apart(a, b):
        return "differs"
    return "close" if one <= other or other <= one or _alike(a, b) >= 0.9 else "differs"


@lru_cache(maxsize=100_000)
def _postcodes(a: str, b: str) -> str:
    if OSA.distance(a, b, score_cutoff=1) <= 1:
        return "one character"
    return "district" if district(a) and district(a) == district(b) else "differs"


def _emails(a: str, b: str) -> str:
    most = max(1, min(3, min(len(a), len(b)) // 6))
    if OSA.distance(a, b, score_cutoff=most) <= most and numbers_in(a) == numbers_in(b):
        return "close"
    return "same name" if a.partition("@")[0] == b.partition("@")[0] else "differs"


def _one_digit(a: str, b: str) -> str:
    return "one digit" if len(a) > 4 and OSA.distance(a, b, score_cutoff=1) <= 1 else "differs"


def _handles(a: str, b: str) -> str:
    return "close" if len(a) > 6 and _alike(a, b) >= 0.93 and numbers_in(a) == numbers_in(b) else "differs"


def _pictures(a: str, b: str) -> str:
    """Two perceptual hashes, hexadecimal, 64 bits: a picture that was only made smaller differs in a few."""
    try:
        return "close" if len(a) == len(b) and (int(a, 16) ^ int(b, 16)).bit_count() <= 4 else "differs"
    except ValueError:
        return "differs"


HOW: dict[str, Callable[[str, str], str]] = {
    "birth_date": _dates,
    "birth_place": _places,
    "city": _places,
    "employer": _places,
    "occupation": _places,
    "street": _places,
    "postcode": _postcodes,
    "email": _emails,
    "phone": _one_digit,
    "customer_number": _one_digit,
    "handle": _handles,
    "avatar_hash": _pictures,
}

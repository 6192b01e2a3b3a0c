"""What a record is found by. Two records that share no key are never held against each other.

A key is a short text of its own; each joins two things that slips rarely hit at once. Keys that everybody has find only the
newest who have them (see MOST_OF_A_KEY), the weakest of them nobody at all: a common key is of little use, and must not cost
more than a rare one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

from heard.identity.rules.certain import ADDRESS_OF
from heard.identity.rules.matching.normal import LINKS, Name, Profile, district, email_form, handle_form, phone_form
from heard.identity.rules.said import NAMELESS
from heard.identity.rules.survivor import VISITORS

MOST_OF_A_KEY = 40  # the newest are held against a newcomer
MOST_OF_A_WEAK_KEY = 24  # with so many who have it, it finds nobody by itself: measured, no person was missed for it
# A name's sound, or a given name, beside a year, a day or a place: with people come those who share it by chance.
WEAK = frozenset(("sg", "sy", "sd", "sp", "gp", "sl", "gl", "employer", "occupation"))
MOST_KEYS = 24  # of one record
MAILBOXES = frozenset(
    (
        "admin",
        "billing",
        "contact",
        "enquiries",
        "hello",
        "kontakt",
        "noreply",
        "no-reply",
        "office",
        "sales",
        "service",
        "support",
        "webmaster",
    )
)  # of a company, not of somebody


class Keys(NamedTuple):
    """Numbers of 63 bits, the same for the same text on every machine. `weak` are those of `all` that many come to share."""

    all: list[int]
    weak: frozenset[int]

    def find(self, having: Mapping[int, Sequence[int]]) -> Counter[int]:
        """{who shares a key: how many}, the newest of each. `having`: {key: who has it, the newest last}."""
        shared: Counter[int] = Counter()
        for key in self.all:
            found = having.get(key, ())
            if len(found) < MOST_OF_A_WEAK_KEY or key not in self.weak:
                shared.update(found[-MOST_OF_A_KEY:])
        return shared


def found_by(profile: Profile) -> Keys:
    """None for who says nothing but a name."""
    texts = list(dict.fromkeys(_texts(profile)))[:MOST_KEYS]
    numbers = [number(text) for text in texts]
    return Keys(numbers, frozenset(n for n, text in zip(numbers, texts, strict=True) if text.partition("=")[0] in WEAK))


def keys_of(profile: Profile) -> list[int]:
    return found_by(profile).all


def number(text: str) -> int:
    """Two sums over different texts: short, quick, and a collision only costs one comparison."""
    encoded = text.encode()
    return (crc32(encoded) << 31) ^ crc32(encoded[::-1])


def keys_at_first_sight(*, network: str, external_id: str, handle: str) -> list[int]:
    """Of somebody just met who has said nothing of themselves: their address or handle. Some microseconds."""
    kind = ADDRESS_OF.get(network)
    if kind == "phone":
        return [number(f"phone={phone}")] if (phone := phone_form(external_id)) else []
    if kind == "email":
        email = email_form(external_id)
        texts = [f"email={email}", _local(email)] if email else []
        return [number(text) for text in texts if text]
    if not handle or network in NAMELESS or network in VISITORS:
        return []
    return [number(f"handle={name}")] if (name := handle_form(handle)) else []


def _local(email: str) -> str:
    """What stands before the @, where it may be somebody's name."""
    name = email.partition("@")[0]
    return f"local={name}" if len(name) >= 5 and name not in MAILBOXES else ""


def _texts(profile: Profile) -> list[str]:
    values = profile.values
    if not values:
        return []
    found: list[str] = []
    links = list(dict.fromkeys(v for field in LINKS for v in values.get(field, ())))
    for field in ("email", "phone", "avatar_hash", "customer_number", "handle"):
        found += [f"{field}={v}" for v in values.get(field, ())]
    found += [f"link={v}" for v in links]
    found += [text for v in values.get("email", ()) if (text := _local(v))]
    found += [f"handle={handle}" for v in links if (handle := handle_form(v.rpartition("/")[2]))]
    dates = values.get("birth_date", ())
    codes = values.get("postcode", ())
    places = (*values.get("birth_place", ()), *values.get("city", ()))
    found += [f"born={d}" for d in dates if d[4:] not in ("", "0101")]
    found += [f"post={c}" for c in codes]
    found += [f"street={s}" for s in values.get("street", ())]
    for name in profile.names:
        found += _with_name(name, dates, codes, places, values)
    return found


def _with_name(
    name: Name, dates: tuple[str, ...], codes: tuple[str, ...], places: tuple[str, ...], values: dict[str, tuple[str, ...]]
) -> list[str]:
    given, surname = name.given, name.surname
    sound = sound_of(surname)
    first = given[:1]
    found = [f"both={' '.join(sorted((given, surname)))}"] if given else []
    for date in dates:
        found += [f"sy={sound} {date[:4]}", f"sd={sound} {date[4:]}"] if date[4:] != "0101" else [f"sy={sound} {date[:4]}"]
        if given:
            found += [f"gb={given} {date}", f"sg={sound_of(given)} {date[:4]}"]
    for code in codes:
        found.append(f"sp={sound} {district(code)}")
        if given:
            found.append(f"gp={given} {district(code)}")
    for place in places:
        found.append(f"sl={sound} {first} {place}")
        if given:
            found.append(f"gl={given} {surname[:1]} {place}")
    for field in ("employer", "occupation"):
        found += [f"{field}={sound} {first} {v}" for v in values.get(field, ())]
    return found


SOUNDS = {c: n for n, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1) for c in letters}


def sound_of(word: str) -> str:
    """The first letter and the sounds of the next consonants, as Russell's Soundex has them; other scripts: the first letters."""
    if not word:
        return ""
    if not word.isascii():
        return word[:4]
    code, last = word[0], SOUNDS.get(word[0], 0)
    for c in word[1:]:
        sound = SOUNDS.get(c, 0)
        if sound and sound != last:
            code += str(sound)
            if len(code) == 4:
                break
        if c not in "hw":
            last = sound
    return code

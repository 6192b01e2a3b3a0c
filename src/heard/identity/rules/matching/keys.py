"""What a record is found by. Two records that share no key are never held against each other.

A key is a short text of its own; each joins two things that slips rarely hit at once. Keys that everybody has find only the
newest who have them (see MOST_OF_A_KEY): a common key is of little use, and must not cost more than a rare one.
"""

from zlib import crc32

from heard.identity.rules.matching.normal import Name, Profile, district

MOST_OF_A_KEY = 40  # the newest are held against a newcomer
MOST_KEYS = 24  # of one record


def keys_of(profile: Profile) -> list[int]:
    """Numbers of 63 bits, the same for the same text on every machine. None for who says nothing but a name."""
    texts = _texts(profile)
    return [_number(text) for text in list(dict.fromkeys(texts))[:MOST_KEYS]]


def _number(text: str) -> int:
    """Two sums over different texts: short, quick, and a collision only costs one comparison."""
    encoded = text.encode()
    return (crc32(encoded) << 31) ^ crc32(encoded[::-1])


def _texts(profile: Profile) -> list[str]:
    values = profile.values
    if not values:
        return []
    found: list[str] = []
    for field in ("email", "phone", "link", "avatar_hash", "customer_number", "handle"):
        found += [f"{field}={v}" for v in values.get(field, ())]
    found += [f"local={v.partition('@')[0]}" for v in values.get("email", ())]
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

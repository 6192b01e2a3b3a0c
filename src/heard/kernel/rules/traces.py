"""To find somebody in free text by their addresses, numbers, handles and full name, and to blank what is found.

What is looked for must point to one person. A mail address does. A number does, however it is spaced. "dana_s" does, but
"zanzibar" is also a word, so a handle of letters alone is looked for behind its @ only; and a name counts from two words on.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

ERASED = "[erased]"
_GAP = r"[\s().\-/\u00a0]*"
_AT = r"(?:@|%40|&#0?64;)"
_NUMBER = re.compile(r"\+?[\d\s().\-/]{7,}")
_LEAST_DIGITS, _LEAST_SIGNS, _LEAST_NAME = 7, 5, 6


def pattern(addresses: Iterable[str], names: Iterable[str] = ()) -> re.Pattern[str] | None:
    """What finds any of these; None when nothing among them points to one person."""
    parts = {p for a in addresses if (p := _address(a.strip()))} | {p for n in names if (p := _name(n))}
    return re.compile("|".join(sorted(parts, key=lambda p: (-len(p), p))), re.IGNORECASE) if parts else None


def redacted(value: Any, found: re.Pattern[str]) -> Any:
    """`value`, a text or JSON, with every place blanked; equal to `value` where there is none."""
    if isinstance(value, str):
        return found.sub(ERASED, value)
    if isinstance(value, Mapping):
        return {redacted(key, found): redacted(inner, found) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(inner, found) for inner in value]
    return value


def stands_in(value: Any, found: re.Pattern[str]) -> bool:
    if isinstance(value, str):
        return found.search(value) is not None
    if isinstance(value, Mapping):
        return any(stands_in(part, found) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return any(stands_in(inner, found) for inner in value)
    return False


def _address(value: str) -> str:
    if "://" in value:
        return _whole(re.escape(value.rstrip("/"))) if len(value) > 12 else ""
    if "@" in value.lstrip("@"):
        local, _, host = value.lstrip("@").rpartition("@")
        return _whole(re.escape(local) + _AT + re.escape(host))
    if _NUMBER.fullmatch(value):
        return _number(value)
    bare = value.lstrip("@")
    if len(bare) < 2 or bare.isdigit():  # of seven digits on it is a number
        return ""
    if bare.isalpha() or len(bare) < _LEAST_SIGNS:
        return rf"{_AT}{re.escape(bare)}(?!\w)"
    return _whole("@?" + re.escape(bare))


def _number(value: str) -> str:
    """+43 660 1234567, 0043 (0) 660 1234567 and 0660 123 45 67 are one: its last digits, and what may stand before them."""
    digits = re.sub(r"\D", "", value)
    if len(digits) < _LEAST_DIGITS:
        return ""
    inner = digits[-9:] if len(digits) > 10 and value.startswith("+") else digits.lstrip("0")
    if len(inner) < _LEAST_DIGITS:
        return ""
    return rf"(?<!\d)(?:(?:\+|00){_GAP})?(?:\d{_GAP}){{0,5}}" + _GAP.join(inner) + r"(?!\d)"


def _name(value: str) -> str:
    words = value.split()
    if len(words) < 2 or sum(map(len, words)) < _LEAST_NAME or not all(any(c.isalpha() for c in w) for w in words):
        return ""
    return _whole(r"\s+".join(map(re.escape, words)))


def _whole(inner: str) -> str:
    return rf"(?<!\w){inner}(?!\w)"

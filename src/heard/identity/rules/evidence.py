"""Weights made readable: what speaks for two identities being one person, and what against. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from heard.identity.rules.grounds import CLAIMED, COPIED, NAMES
from heard.identity.rules.traits import FIELDS

STRENGTHS = ((2.0, "a little"), (5.0, "clearly"), (10.0, "strongly"))  # up to so many bits
MOST_ODDS = 1_000_000


class Line(NamedTuple):
    """One thing that was compared. `bits` as they were weighed: positive speaks for one person."""

    what: str  # "Same mail address"
    left: str
    right: str
    bits: float
    note: str = ""  # why it counts less than one would think

    @property
    def is_for(self) -> bool:
        return self.bits > 0

    @property
    def strength(self) -> str:
        """ "strongly for", "a little against"; nothing for what weighs nothing."""
        size = abs(self.bits)
        if size < 0.05:
            return "neither way"
        word = next((word for most, word in STRENGTHS if size < most), "very strongly")
        return f"{word} {'for' if self.is_for else 'against'}"

    @property
    def weight(self) -> str:
        return f"{self.bits:+.1f} bits".replace("-", "\N{MINUS SIGN}")


def lines(parts: Iterable[Mapping[str, Any]]) -> list[Line]:
    """What was compared, the heaviest first; what is no field of a person comes last, as one line.

    parts: {"field", "left", "right", "level", "bits"[, "hub"]}.
    """
    parts = list(parts)
    told = [_line(part) for part in parts if part.get("field") in FIELDS]
    rest = sum(part.get("bits", 0.0) for part in parts if part.get("field") not in FIELDS)
    found = sorted(told, key=lambda line: -abs(line.bits))
    if abs(rest) >= 0.05:
        found.append(Line("How rare it is that two are one at all", "", "", rest))
    return found


def odds(bits: float) -> str:
    """ "about 8,000 to 1 that it is one person"; halves and doubles with each bit."""
    to_one = min(2 ** abs(bits), MOST_ODDS)
    rounded = _two_figures(to_one)
    ratio = f"more than {MOST_ODDS:,} to 1" if to_one >= MOST_ODDS else f"about {rounded:,} to 1"
    if rounded == 1:
        return "as likely as not"
    return f"{ratio} that {'it is one person' if bits > 0 else 'they are two'}"


def in_one_sentence(parts: Iterable[Mapping[str, Any]]) -> str:
    """ "Same mail address, alike: name; different town." for a ledger that has one line for it."""
    told = lines(parts)
    agree = [line.what for line in told if line.is_for and line.left]
    differ = [line.what for line in told if not line.is_for and line.left]
    words = "; ".join(", ".join(group) for group in (agree, differ) if group)
    return f"{words[:1].upper()}{words[1:].lower()}." if words else ""


def _line(part: Mapping[str, Any]) -> Line:
    field, left, right = part["field"], str(part.get("left", "")), str(part.get("right", ""))
    bits = float(part.get("bits", 0.0))
    name = FIELDS[field].lower()
    if bits > 0:
        what = f"Same {name}" if left.strip().casefold() == right.strip().casefold() else f"Alike: {name}"
    else:
        what = f"Different {name}"
    return Line(what, left, right, bits, _note(part, field, bits))


def _note(part: Mapping[str, Any], field: str, bits: float) -> str:
    if bits <= 0:
        return ""
    if part.get("hub"):
        return "Many people share this; it joins nobody by itself."
    if part.get("level") == CLAIMED:
        return "Anybody can write this link; it joins nobody by itself."
    if field in COPIED:
        return "Anybody can copy it, or share it as colleagues do; it joins nobody by itself."
    return "A name joins nobody by itself." if field in NAMES else ""


def _two_figures(value: float) -> int:
    whole = round(value)
    unit = 10 ** max(0, len(str(whole)) - 2)
    return round(whole / unit) * unit

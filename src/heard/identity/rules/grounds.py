"""What a match rests on. A name alone makes nobody the same, and neither does an address that many people share, or what a profile shows."""

from collections.abc import Iterable, Mapping
from typing import Any

NAMES = frozenset({"name", "given_name", "surname"})
WEAK = frozenset({"gender", "country", "city"})  # true of thousands: they add to others
COPIED = frozenset({"handle", "avatar_hash", "employer"})  # whoever wants to pass for somebody takes these too
CLAIMED = "claimed"  # a link that anybody can write into a profile


def stands_alone(parts: Iterable[Mapping[str, Any]]) -> bool:
    """Whether what agrees is more than names and what can be copied, and more than values that many people share.

    parts: {"field", "bits"[, "hub"]}; only positive bits agree. Nothing said about the parts is nothing to object to.
    """
    parts = list(parts)
    agree = [part for part in parts if part.get("bits", 0) > 0 and part.get("field") != "prior"]
    if not parts:
        return True
    told = [part for part in agree if part["field"] not in NAMES | WEAK | COPIED and part.get("level") != CLAIMED]
    if not told:
        return False
    return any(not part.get("hub") for part in told) or _is_named_too(agree)


def _is_named_too(agree: list[Mapping[str, Any]]) -> bool:
    """A shared mailbox and a name together say more than each of them."""
    return any(part["field"] in NAMES for part in agree)

"""May a voice enter the conversation that it refers to?

Its author belongs there when their customer takes part. A mail may bring more than a name: that it answers a message of ours
is proven where it carries that message's sealed id (see the channel), which nobody can make up. Then a colleague to whom it
was forwarded is let in as well; and who only pretends is kept out, under whatever name.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

FORWARDED = "Let in: they answer a message that we sent to somebody else here, who passed it on or copied them in."
PRETENDED = "Stands apart: it refers to a message as if it were ours, which it is not, and nothing proves that its author is who they say."
OUTSIDE = "Stands apart: it answers a message of ours that was sent to somebody else, and nothing proves who its author is."


class Claim(NamedTuple):
    """What a network says of a voice that seems to answer a message of ours."""

    answers: str  # external_id of our message
    proof: str  # recipient: from whom we wrote to; another: from somebody who has our message; unproven
    is_verified: bool  # the network vouches for the author of this very voice


class Admission(NamedTuple):
    may_enter: bool
    why: str = ""  # for the reader, where it is not plain


def claim_of(extra: Mapping[str, Any]) -> Claim | None:
    """Of `Said.extra`; None where the network says nothing, or nothing that can be understood."""
    given = extra.get("answers")
    if not isinstance(given, Mapping) or not given.get("id"):
        return None
    return Claim(str(given["id"])[:500], str(given.get("proof", "")), given.get("verified") is True)


def is_pretended(claim: Claim) -> bool:
    """Nothing at all speaks for it: it goes on with nothing, not even with what its author seems to have written before."""
    return claim.proof not in ("recipient", "another") and not claim.is_verified


def admission(claim: Claim | None, *, ref: str, takes_part: bool) -> Admission:
    """`ref` led to the conversation; `takes_part`: the author's customer does."""
    if claim is None:
        return Admission(takes_part)
    if is_pretended(claim):
        return Admission(False, PRETENDED)
    if takes_part:
        return Admission(True)
    if ref != claim.answers or claim.proof not in ("recipient", "another"):
        return Admission(False)
    if claim.proof == "recipient":
        return Admission(True)
    return Admission(True, FORWARDED) if claim.is_verified else Admission(False, OUTSIDE)

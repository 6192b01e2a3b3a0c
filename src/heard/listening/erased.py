"""Whoever was erased stays so: what is older than that is not written down again, and their "no" is kept.

A mailbox that is read anew, an export that is brought again, a page of a network that comes twice: all bring what was said
before. Only what comes late is asked about, so a live voice costs nothing here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from heard.governance.suppression import Address, erased
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening.channels.contract import Author, ReachedUntil, Reacted, Said
from heard.listening.models import ConsentWord
from heard.listening.normalise import Spoken
from heard.listening.rules.consent import EVERYTHING

LATE = timedelta(minutes=5)  # between what happened and its arrival
HOW = "Said no before their data was erased."


def leave_out(spoken: Sequence[Spoken]) -> tuple[list[Spoken], set[int]]:
    """`spoken` without what people said, or were told, before they were erased; and the deliveries whose bytes are not kept for
    it. Two queries at most, none where everything is fresh."""
    late = {s.n: about for s in spoken if (about := _about(s)) and s.received_at - s.event.occurred_at > LATE}  # type: ignore[union-attr]
    gone = erased({_address(a) for about in late.values() for a in about}) if late else {}
    if not gone:
        return list(spoken), set()
    out = {s.n: s.delivery_id for s in spoken if s.n in late and _is_before(s, late[s.n], gone)}
    kept = [s for s in spoken if s.n not in out]
    return [replace(s, n=n) for n, s in enumerate(kept)], {id_ for id_ in out.values() if id_ is not None}


def keep_refusals(new: Mapping[Address, int]) -> None:
    """Of identities {address: id} that were just met: what was refused under this address before it was erased. One query as a rule."""
    moment = now()
    rows = [
        [new[address], kind, EVERYTHING, False, found.at, HOW, moment]
        for address, found in erased(new).items()
        for kind in sorted(found.silent_on)
    ]
    bulk.insert(ConsentWord, ["identity_id", "channel_kind", "purpose", "is_given", "said_at", "how", "noted_at"], rows)


def _about(s: Spoken) -> tuple[Author, ...]:
    event = s.event
    if isinstance(event, Said):
        return (event.author,) if event.direction == "inbound" else tuple(event.recipients)
    return (event.author,) if isinstance(event, Reacted | ReachedUntil) else ()


def _is_before(s: Spoken, about: Sequence[Author], gone: Mapping) -> bool:
    happened: datetime = s.event.occurred_at  # type: ignore[union-attr]
    return all((found := gone.get(_address(a))) is not None and happened <= found.at for a in about)


def _address(author: Author) -> Address:
    return author.network[:40], author.external_id[:320]

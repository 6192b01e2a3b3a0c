"""What voices mean: read before the transaction, written down inside it."""

from collections.abc import Sequence

from msgspec import Struct, to_builtins

from heard.identity.recognise import Recognised
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening.channels.contract import Said
from heard.listening.normalise import Spoken
from heard.understanding.models import Assessment
from heard.understanding.slots import Reading, Text, assessors

VERSION = 1
FIELDS = (
    "interaction_id version language sentiment kinds answer_due operational analytical urgency private confidence reasons assessed_at"
).split()


class Understood(Struct, frozen=True, kw_only=True, gc=False):
    """A recognised event with what Heard makes of it; None for what are not words."""

    recognised: Recognised
    reading: Reading | None = None


def read(spoken: Sequence[Spoken]) -> list[Reading | None]:
    """One reading for each of `spoken`, in order; None for events that are not words. Pure: no rows, no network."""
    said = [s for s in spoken if isinstance(s.event, Said)]
    texts = [_text(s) for s in said]
    readings = [Reading() for _ in said]
    for assessor in assessors:
        assessor.assess(texts, readings)
    answers: list[Reading | None] = [None] * len(spoken)
    for s, reading in zip(said, readings, strict=True):
        answers[s.n] = reading
    return answers


def assess(recognised: Sequence[Recognised], readings: Sequence[Reading | None]) -> list[Understood]:
    """Write the readings of new inbound voices down. One statement."""
    understood = [Understood(recognised=r, reading=readings[r.heard.spoken.n]) for r in recognised]
    moment = now()
    rows = [_row(u, moment) for u in understood if u.recognised.heard.is_new and u.recognised.heard.spoken.event.direction == "inbound"]
    bulk.insert(Assessment, FIELDS, rows)
    return understood


def _text(s: Spoken) -> Text:
    e = s.event
    return Text(
        text=e.text, subject=e.subject, channel=s.account_kind, kind=e.kind, visibility=e.visibility, addressed=e.addressed, language_hint=e.language
    )


def _row(u: Understood, moment) -> list:
    r = u.reading
    return [
        u.recognised.heard.interaction_id,
        VERSION,
        r.language,
        r.sentiment,
        r.kinds,
        r.answer_due,
        r.operational,
        r.analytical,
        r.urgency,
        r.private,
        r.confidence,
        to_builtins(r.reasons),
        moment,
    ]

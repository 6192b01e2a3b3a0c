"""What does it mean: the fourth step of the walk. Reading needs no row and happens before the transaction; `assess` stores it."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from heard.identity.recognise import Recognised
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening.channels.contract import Said
from heard.listening.normalise import Spoken
from heard.understanding.assessors import VERSION
from heard.understanding.models import Assessment
from heard.understanding.slots import Reading, Text, assessors
from heard.understanding.topics import sorting

STORED = (
    "language",
    "sentiment",
    "kinds",
    "answer_due",
    "operational",
    "analytical",
    "urgency",
    "private",
    "confidence",
    "reasons",
    "emotion",
    "complexity",
    "offence",
    "ironic",
    "topic_id",
    "targets",
    "unsure",
    "group",
)
stored = attrgetter(*STORED)
COLUMNS = {"group": "near"}  # "group" means something else to a database
FIELDS = ["interaction_id", "version", *(COLUMNS.get(name, name) for name in STORED), "assessed_at"]


class Was(NamedTuple):
    """What the words of a voice asked for before its author changed them, as it was read."""

    kinds: tuple[str, ...]
    answer_due: bool
    operational: bool
    urgency: int


class Understood(Struct, frozen=True, kw_only=True, gc=False):
    """A recognised event with what it means; `reading` is None for anything but the words of a customer, first or edited ones."""

    recognised: Recognised
    reading: Reading | None = None
    was: Was | None = None  # of an edit since which other words stand of a voice heard before; see edited.py


def read(spoken: Sequence[Spoken]) -> list[Reading | None]:
    """What each event means, in the order of `spoken`. Pure; None for edits, reactions, what we said ourselves, and what a machine
    noted down about somebody."""
    voices = [
        n for n, s in enumerate(spoken) if isinstance(s.event, Said) and s.event.direction == "inbound" and not is_record(s.event)
    ]
    readings: list[Reading | None] = [None] * len(spoken)
    for n, reading in zip(voices, readings_of([_text(spoken[n]) for n in voices]), strict=True):
        readings[n] = reading
    return readings


def is_record(event: Said) -> bool:
    """These are no words of theirs, such as a key that was pressed in a phone menu."""
    return bool(event.extra) and event.extra.get("record") is True


def readings_of(texts: Sequence[Text]) -> list[Reading]:
    """What the assessors that are plugged in make of `texts`, in their order. Texts that are the same share a reading."""
    different = dict.fromkeys(texts)  # doubles, shares and copied words are read once
    read = [well_formed(text) for text in different]
    readings = [Reading() for _ in read]
    if read:
        for assessor in assessors:
            assessor.assess(read, readings)
    if len(different) == len(texts):
        return readings
    known = dict(zip(different, readings, strict=True))
    return [known[text] for text in texts]


def get_ready() -> None:
    """Load what reading needs, half a second of work, so that the first voice of the day does not wait for it."""
    readings_of([Text(text="Hello, my router is broken. Can you help?"), Text(text="Hallo, können Sie mir bitte helfen?")])


def well_formed(text: Text) -> Text:
    """`text` without NUL, which PostgreSQL cannot store, and half surrogate pairs, which no encoder takes. Same length."""
    words, subject = well_formed_words(text.text), well_formed_words(text.subject)
    return text if words is text.text and subject is text.subject else replace(text, text=words, subject=subject)


def well_formed_words(words: str) -> str:
    """The same for words alone; the very same object where nothing is wrong."""
    return words if "\0" not in words and (words.isascii() or _cleaned(words) == words) else _cleaned(words)


def _cleaned(words: str) -> str:
    return words.replace("\0", " ").encode("utf-8", "replace").decode()


def assess(recognised: Sequence[Recognised], readings: Sequence[Reading | None]) -> list[Understood]:
    """Store one assessment for each new inbound voice: one statement. `readings` stand in the order of the spoken events."""
    understood = [Understood(recognised=r, reading=readings[r.heard.spoken.n]) for r in recognised]
    at = now()
    new = [(u.recognised.heard, u.reading) for u in understood if u.reading is not None and u.recognised.heard.is_new]
    bulk.insert(Assessment, FIELDS, [row_of(heard.interaction_id, reading, at) for heard, reading in new])
    sorting.keep((heard.interaction_id, reading.topic_id) for heard, reading in new)
    return understood


def row_of(interaction_id: int | None, reading: Reading, at: datetime) -> list:
    return [interaction_id, reading.version or VERSION, *stored(reading), at]


def _text(spoken: Spoken) -> Text:
    event = spoken.event
    assert isinstance(event, Said)
    return Text(
        text=event.text,
        subject=event.subject,
        channel=spoken.account_kind,
        kind=event.kind,
        visibility=event.visibility,
        addressed=event.addressed,
        language_hint=event.language,
    )

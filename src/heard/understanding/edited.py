"""Words that their author changed, read anew: outside the transaction like first words, kept beside what the earlier ones meant.

What stands is read, whatever the order in which voices and edits come. What colleagues have corrected stays as they said.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening.channels.contract import Edited
from heard.listening.edits import Standing, Target, standing
from heard.listening.normalise import Spoken
from heard.listening.write_down import Heard
from heard.understanding.assess import FIELDS, Understood, Was, readings_of, row_of
from heard.understanding.models import Assessment
from heard.understanding.selectors import counts_last
from heard.understanding.slots import Reading, Text
from heard.understanding.topics import sorting


def read_edited(spoken: Sequence[Spoken], readings: Sequence[Reading | None]) -> list[Reading | None]:
    """`readings` with those of the words that stand, for edited voices and for their edits. After `mask`: the same words are read
    then, whether they were stored before or came just now. One query where nothing was edited, two where something was."""
    known = _readings_of(standing(spoken))
    if not known:
        return list(readings)
    return [known.get(s.target, reading) if _takes(s, reading) else reading for s, reading in zip(spoken, readings, strict=True)]


def _takes(s: Spoken, reading: Reading | None) -> bool:
    return reading is not None or isinstance(s.event, Edited)


def _readings_of(standing: Mapping[Target, Standing]) -> dict[Target, Reading]:
    texts = [
        Text(
            text=s.text,
            subject=s.subject,
            channel=s.account_kind,
            kind=s.kind,
            visibility=s.visibility,
            addressed=s.addressed,
            language_hint=s.language,
        )
        for s in standing.values()
    ]
    read = zip(standing.items(), readings_of(texts), strict=True)
    return {target: replace(reading, words=s.words) for (target, s), reading in read}


def assess_edited(understood: Sequence[Understood]) -> list[Understood]:
    """One more assessment of each voice that other words stand of since this batch; `Understood.was` says what it meant until now.

    A constant number of statements, none where nothing was edited.
    """
    reworded = [u for u in understood if _is_reworded(u.recognised.heard, u.reading)]
    if not reworded:
        return list(understood)
    readings = _as_it_stands([(u.recognised.heard, u.reading) for u in reworded])
    before = _before(u.recognised.heard.interaction_id for u in reworded)
    changed: dict[int, Understood] = {}
    rows, moment = [], now()
    for u in reworded:
        heard = u.recognised.heard
        if (reading := readings.get(heard.spoken.target)) and heard.interaction_id in before:
            was, words = before[heard.interaction_id]
            rows.append([*row_of(heard.interaction_id, reading, moment), words + 1])
            changed[heard.spoken.n] = replace(u, reading=reading, was=was)
    bulk.insert(Assessment, [*FIELDS, "words"], rows)
    sorting.put_unless_said({u.recognised.heard.interaction_id or 0: u.reading.topic_id for u in changed.values() if u.reading})
    return [changed.get(u.recognised.heard.spoken.n, u) for u in understood]


def _is_reworded(heard: Heard, reading: Reading | None) -> bool:
    """Heard before and edited now; or new, and an edit was written down while its first words were read."""
    return heard.is_reworded or (heard.is_new and reading is not None and reading.words != heard.words)


def _as_it_stands(found: Iterable[tuple[Heard, Reading | None]]) -> dict[Target, Reading]:
    """The readings of what stands now that all is written down. Nearly always that is what was read before the transaction."""
    readings = {heard.spoken.target: reading for heard, reading in found if reading is not None and reading.words == heard.words}
    overtaken = [heard.spoken for heard, _ in found if heard.spoken.target not in readings]
    return readings | _readings_of(standing(overtaken)) if overtaken else readings


def _before(interaction_ids: Iterable[int | None]) -> dict[int | None, tuple[Was, int]]:
    """{interaction: (what its words meant, the number of these words)} of those that were assessed. One query."""
    ids = bulk.among(i for i in interaction_ids if i is not None)
    rows: Any = Assessment.objects.filter(interaction_id__in=ids).order_by(*counts_last())
    return {
        id_: (Was(tuple(kinds), *asks), words)
        for id_, words, kinds, *asks in rows.values_list("interaction_id", "words", *Was._fields)
    }

"""What there is to learn from: what colleagues said of a field, with the voices they said it of."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from heard.governance.permissions import HEARD
from heard.listening import selectors as listening
from heard.understanding.assess import well_formed
from heard.understanding.learning import assessor
from heard.understanding.learning.taught import PATH_SAYS, Lesson
from heard.understanding.learning.values import said_in
from heard.understanding.models import Assessment, Correction
from heard.understanding.slots import Reading, Text, assessors

MOST = 4000  # corrections of a field, the newest; older ones tell how people spoke long ago
FAIR = 0.5  # share of corrections that say the path was right, from which on they are a fair sample
MOST_OTHERS = 2000
PATH_AT_ONCE = 1000


class Examples(NamedTuple):
    """`ids` are the corrections that the first `len(ids)` of `lessons` come from, the newest first; the others nobody corrected."""

    lessons: list[Lesson]
    ids: list[int]

    @property
    def up_to(self) -> int:
        return max(self.ids, default=0)


def examples_of(field: str) -> Examples:
    """A handful of queries, and the path once over every text."""
    rows = _newest_corrections(field)
    texts = texts_of([interaction_id for interaction_id, _, _ in rows])
    rows = [row for row in rows if row[0] in texts]
    readings = path_readings([texts[row[0]] for row in rows])
    lessons = [Lesson(texts[i].words, reading, value) for (i, value, _), reading in zip(rows, readings, strict=True)]
    wrong = sum(said_in(field, lesson.reading) != lesson.value for lesson in lessons)
    missing = round(wrong / FAIR) - len(lessons)  # right ones, until the share is fair
    others = _not_corrected(field, min(MOST_OTHERS, 2 * missing), {row[0] for row in rows}) if missing > 0 else []
    return Examples([*lessons, *others], [id_ for _, _, id_ in rows])


def corrections_up_to(field: str) -> tuple[int, int]:
    """(how many voices, the newest correction): what `examples_of` would learn from, at the price of one query."""
    rows = _newest_corrections(field)
    return len(rows), max((id_ for _, _, id_ in rows), default=0)


def _newest_corrections(field: str) -> list[tuple[int, Any, int]]:
    """(voice, what is true of it, correction), the newest first; of one voice the last word."""
    made = Correction.objects.filter(field=field).order_by("-id").values_list("interaction_id", "value", "id")[:MOST]
    last: dict[int, tuple[int, Any, int]] = {}
    for row in made:
        last.setdefault(row[0], row)
    return list(last.values())


def _not_corrected(field: str, count: int, but: Collection[int]) -> list[Lesson]:
    """People correct what is wrong and leave what is right. From their corrections alone one would learn that everything is wrong; so
    some of the newest voices that nobody corrected stand beside them, as the path reads them, and count less."""
    newest = Assessment.objects.order_by("-id").values_list("interaction_id", flat=True)[: count + len(but)]
    texts = texts_of(list(dict.fromkeys(i for i in newest if i not in but))[:count])
    readings = path_readings(list(texts.values()))
    return [
        Lesson(text.words, reading, said_in(field, reading), PATH_SAYS)
        for text, reading in zip(texts.values(), readings, strict=True)
    ]


def texts_of(interaction_ids: Sequence[int]) -> dict[int, Text]:
    """Inbound voices as they read now; none that was withdrawn, or that a machine noted down."""
    ids = list(interaction_ids)
    hints = dict(listening.visible_interactions(HEARD).filter(id__in=ids).values_list("id", "language_hint")) if ids else {}
    found = listening.voices(HEARD, ids) if ids else {}
    return {
        id_: well_formed(
            Text(
                text=v.text,
                subject=v.subject,
                channel=v.account_kind,
                kind=v.kind,
                visibility=v.visibility,
                addressed=v.addressed,
                language_hint=hints.get(id_, ""),
            )
        )
        for id_ in ids
        if (v := found.get(id_)) and v.direction == "inbound" and not v.is_withdrawn and v.extra.get("record") is not True
    }


def path_readings(texts: Sequence[Text]) -> list[Reading]:
    """What the path says without anything that was learnt from corrections."""
    readings = [Reading() for _ in texts]
    for start in range(0, len(texts), PATH_AT_ONCE):
        some = slice(start, start + PATH_AT_ONCE)
        for name in assessors.names():
            if name != assessor.NAME:
                assessors[name].assess(texts[some], readings[some])
    return readings

"""The rows behind the figures of quality: each voice of which colleagues said something, and what had been said of it before.

`learning/quality.py` counts the same rows; a test holds the two together.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from heard.governance.permissions import Viewer
from heard.kernel.clock import now
from heard.listening import selectors as listening
from heard.understanding.learning.quality import LATELY, MOST, SLICES, WEEKS, sliced
from heard.understanding.models import Assessment, Correction
from heard.understanding.selectors import counts_last

LOOKED_AT = 2000  # of the newest voices of customers that the viewer may see, to say what is unsure


class Judgement(NamedTuple):
    """What Heard `said` of a voice, and what a colleague said was `true`."""

    interaction_id: int
    said: Any
    true: Any
    made_at: datetime
    member: str
    language: str
    channel: str
    length: str
    dialect: str

    @property
    def is_right(self) -> bool:
        return self.said == self.true


@dataclass(frozen=True)
class Narrowed:
    """Which of the rows are meant. `week` counts back: 0 is the seven days until now. What is empty narrows nothing."""

    verdict: str = ""  # right, wrong
    part: str = ""  # lately, before
    week: int | None = None
    language: str = ""
    channel: str = ""
    length: str = ""
    dialect: str = ""

    def holds(self, row: Judgement, moment: datetime) -> bool:
        if self.verdict and (self.verdict == "right") != row.is_right:
            return False
        if self.part and (self.part == "lately") != (row.made_at >= moment - LATELY):
            return False
        if self.week is not None and not self._in_week(row.made_at, moment):
            return False
        wanted = ((name, getattr(self, name)) for name in SLICES)
        return all(not value or getattr(row, name) == value for name, value in wanted)

    def _in_week(self, at: datetime, moment: datetime) -> bool:
        start = moment - timedelta(weeks=(self.week or 0) + 1)
        return start <= at < start + timedelta(weeks=1)


def judgements(viewer: Viewer, field: str, narrowed: Narrowed, *, weeks: int = WEEKS) -> list[Judgement]:
    """The first word of a colleague on this field of each voice that the viewer may see, the newest first. Four queries."""
    moment = now()
    made = Correction.objects.filter(made_at__gte=moment - timedelta(weeks=weeks)).order_by("-id")
    rows = [r for r in made.values_list("interaction_id", "field", "value", "made_at", "member__name")[:MOST] if r[1] == field]
    first = {row[0]: row for row in rows}
    seen = listening.visible_interactions(viewer).filter(id__in=first)
    channels = dict(seen.values_list("id", "account__kind"))
    words = {id_: glimpse.words for id_, glimpse in listening.glimpses(channels).items()}
    said = _said_before({id_: first[id_][3] for id_ in first if id_ in channels}, field)
    found = [
        Judgement(id_, said[id_][0], value, at, member, *sliced(words[id_], said[id_][1], channels[id_]))
        for id_, _, value, at, member in first.values()
        if id_ in said
    ]
    return sorted((row for row in found if narrowed.holds(row, moment)), key=lambda row: row.made_at, reverse=True)


def _said_before(asked: Mapping[int, datetime], field: str) -> dict[int, tuple[Any, str]]:
    """{voice: (what the assessment said that the colleague had before them, its language)}"""
    rows = Assessment.objects.filter(interaction_id__in=asked).order_by("assessed_at", "version")
    found: dict[int, tuple[Any, str]] = {}
    for id_, at, value, language in rows.values_list("interaction_id", "assessed_at", field, "language"):
        if at <= asked[id_]:
            found[id_] = (value, language)
    return found


class Unsure(NamedTuple):
    """Of `looked_at` voices, the newest that the viewer may see, {field: the ids of those in which Heard is not sure of it}."""

    looked_at: int
    by_field: Mapping[str, Sequence[int]]

    def counts(self) -> Counter[str]:
        return Counter({field: len(ids) for field, ids in self.by_field.items()})


def unsure(viewer: Viewer) -> Unsure:
    """Two queries. What a colleague has corrected is not unsure any more."""
    seen = listening.visible_interactions(viewer).filter(direction="inbound")
    newest = list(seen.order_by("-id").values_list("id", flat=True)[:LOOKED_AT])
    rows = Assessment.objects.filter(interaction_id__in=newest).order_by(*counts_last())
    doubts = dict(rows.values_list("interaction_id", "unsure"))
    said = set(Correction.objects.filter(interaction_id__in=newest).values_list("interaction_id", "field"))
    found: dict[str, list[int]] = defaultdict(list)
    for id_ in sorted(doubts, reverse=True):
        for field in doubts[id_]:
            if (id_, field) not in said:
                found[field].append(id_)
    return Unsure(len(doubts), found)

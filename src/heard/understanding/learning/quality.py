"""How well voices are understood: what was said of them, held against what colleagues said afterwards. With base and confidence.

People correct what is wrong rather than what is right, so a share of few corrections says less than it seems; the base stands beside it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from heard.governance.permissions import Viewer
from heard.kernel.clock import now
from heard.listening import selectors as listening
from heard.understanding.learning.trial import FOR_95_PERCENT, wilson
from heard.understanding.models import Assessment, Correction, LearntHead
from heard.understanding.rules.dialect import dialect_of
from heard.understanding.slots import FIELDS

WEEKS = 8
LATELY = timedelta(weeks=2)  # held against the weeks before
MOST = 20_000  # corrections, the newest
LEAST = 10  # on either side, to speak of a drift
SHORT, LONG = 80, 400  # characters
SLICES = ("language", "channel", "length", "dialect")


@dataclass(frozen=True)
class Share:
    """`right` of `count` were right; with 95 % confidence the true share lies between `low` and `high`, 0..1."""

    right: int
    count: int

    @property
    def share(self) -> float | None:
        return self.right / self.count if self.count else None

    @property
    def low(self) -> float:
        return wilson(self.right, self.count)[0]

    @property
    def high(self) -> float:
        return wilson(self.right, self.count)[1]


@dataclass(frozen=True)
class FieldQuality:
    """Of one field of verdicts. `drift`: how much the share changed lately, None where there is too little to say or it may be chance.

    `weeks`: the first day of each week with its share, oldest first. `version`: of what was learnt, None where nothing is in use.
    `slices`: {"language": {"de": ...}, "channel": ..., "length": ..., "dialect": ...}; those that show no dialect are in no slice of it.
    """

    field: str
    all: Share
    lately: Share
    before: Share
    drift: float | None
    weeks: Sequence[tuple[datetime, Share]]
    slices: Mapping[str, Mapping[str, Share]]
    version: int | None
    corrections_by: int  # colleagues who corrected


class _Judged(NamedTuple):
    """One correction of one field, and what stood there before. `is_right`: the colleague said what stood there already."""

    field: str
    is_right: bool
    made_at: datetime
    member_id: int
    language: str
    channel: str
    length: str
    dialect: str


def quality(viewer: Viewer, *, weeks: int = WEEKS) -> list[FieldQuality]:
    """Of each field that was corrected in these weeks, of voices that the viewer may see; most corrected first. A constant number of queries."""
    moment = now()
    by_field: dict[str, list[_Judged]] = defaultdict(list)
    for judged in _judged(viewer, moment - timedelta(weeks=weeks)):
        by_field[judged.field].append(judged)
    used = dict(LearntHead.objects.filter(is_used=True).values_list("field", "version")) if by_field else {}
    found = (_of(field, some, moment, weeks, used.get(field)) for field, some in by_field.items())
    return sorted(found, key=lambda q: -q.all.count)


def _of(field: str, judged: Sequence[_Judged], moment: datetime, weeks: int, version: int | None) -> FieldQuality:
    lately = _share([j for j in judged if j.made_at >= moment - LATELY])
    before = _share([j for j in judged if j.made_at < moment - LATELY])
    starts = [moment - timedelta(weeks=n) for n in range(weeks, 0, -1)]
    return FieldQuality(
        field=field,
        all=_share(judged),
        lately=lately,
        before=before,
        drift=drift(lately, before),
        weeks=[(start, _share([j for j in judged if start <= j.made_at < start + timedelta(weeks=1)])) for start in starts],
        slices={name: _slices(judged, name) for name in SLICES},
        version=version,
        corrections_by=len({j.member_id for j in judged}),
    )


def drift(lately: Share, before: Share) -> float | None:
    """Lately minus before, where there are enough of both and chance alone would not do it once in twenty times (two shares, pooled)."""
    if min(lately.count, before.count) < LEAST:
        return None
    pooled = (lately.right + before.right) / (lately.count + before.count)
    error = (pooled * (1 - pooled) * (1 / lately.count + 1 / before.count)) ** 0.5
    change = lately.right / lately.count - before.right / before.count
    return round(change, 4) if abs(change) > FOR_95_PERCENT * error else None


def _share(judged: Sequence[_Judged]) -> Share:
    return Share(sum(j.is_right for j in judged), len(judged))


def _slices(judged: Sequence[_Judged], name: str) -> dict[str, Share]:
    by: dict[str, list[_Judged]] = defaultdict(list)
    for one in judged:
        if name != "dialect" or one.dialect:
            by[getattr(one, name)].append(one)
    return {value: _share(some) for value, some in sorted(by.items(), key=lambda item: -len(item[1]))}


def _judged(viewer: Viewer, since: datetime) -> list[_Judged]:
    """The first word of a colleague on each field of each voice: later ones correct a colleague."""
    made = Correction.objects.filter(made_at__gte=since).order_by("-id")
    rows = list(made.values_list("interaction_id", "field", "value", "made_at", "member_id")[:MOST])
    seen = listening.visible_interactions(viewer).filter(id__in={row[0] for row in rows})
    channels = dict(seen.values_list("id", "account__kind"))
    words = {id_: glimpse.words for id_, glimpse in listening.glimpses(channels).items()}
    first = {(id_, field): (value, at, member) for id_, field, value, at, member in rows if id_ in channels}
    said = _said_before({(id_, field): at for (id_, field), (_, at, _) in first.items()})
    return [
        _Judged(field, said[id_, field][0] == value, at, member, *sliced(words[id_], said[id_, field][1], channels[id_]))
        for (id_, field), (value, at, member) in first.items()
        if (id_, field) in said
    ]


def sliced(words: str, language: str, channel: str) -> tuple[str, str, str, str]:
    """Where a voice belongs, in the order of SLICES."""
    return language, channel, _length(len(words)), dialect_of(words, language)


def _said_before(asked: Mapping[tuple[int, str], datetime]) -> dict[tuple[int, str], tuple[Any, str]]:
    """{(voice, field): (what the assessment said that the colleague had before them, its language)}"""
    rows = Assessment.objects.filter(interaction_id__in={id_ for id_, _ in asked}).order_by("assessed_at", "version")
    by_voice: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.values("interaction_id", "assessed_at", *FIELDS):
        by_voice[row["interaction_id"]].append(row)
    found = {}
    for (id_, field), at in asked.items():
        earlier = [row for row in by_voice[id_] if row["assessed_at"] <= at]
        if earlier:
            found[id_, field] = (earlier[-1][field], earlier[-1]["language"])
    return found


def _length(characters: int) -> str:
    return "short" if characters < SHORT else "long" if characters >= LONG else "medium"

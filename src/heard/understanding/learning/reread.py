"""The past, read once more: batches, newest voices first, off-peak, resumable. What comes of it counts once the version is used.

changes.py shows before that what would be different; `switch` takes a version into use, or an older one again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from heard.governance.permissions import Viewer
from heard.kernel import bulk, claims, clock, outbox
from heard.listening import deliveries
from heard.understanding import selectors
from heard.understanding.assess import FIELDS, stored
from heard.understanding.learning import versions
from heard.understanding.learning.assessor import apply
from heard.understanding.learning.examples import path_readings, texts_of
from heard.understanding.learning.taught import Taught
from heard.understanding.models import Assessment, LearntHead, ReadingVersion, Rereading

AT_ONCE = 500
LEASE = timedelta(minutes=2)
PATIENCE = timedelta(days=14)  # older voices mean something else too, but are not put into queues any more
MOST_SENT_ROUND = 5000  # voices that are routed anew after a switch, the newest
TOGETHER = 100  # of them in one piece of news
SHOWN = ("kinds", "answer_due", "operational", "urgency", "sentiment", "language")


def begin(heads: Mapping[str, int] | None, *, since: datetime | None, viewer: Viewer) -> int:
    """A version to be read with, and where to begin: at the newest voice. Raises NoSuchVersion."""
    with bulk.one_writer():
        chosen = versions.current().heads if heads is None else heads
        version = versions.candidate(chosen, viewer=viewer)
        newest = Assessment.objects.order_by("-interaction_id").values_list("interaction_id", flat=True).first() or 0
        Rereading.objects.create(version=version, begun_at=clock.now(), below=newest + 1, since=since)
    return version.number


def work_off(*, worker: str, now: datetime, seconds: float = 2.0) -> int:
    """Go on reading for so long, unless somebody waits to be heard. One process at a time. Returns how many voices were read. Not inside
    a transaction."""
    begun = Rereading.objects.filter(finished_at=None).order_by("id")
    if not begun.exists() or not claims.hold("understanding: reading again", worker=worker, now=now, lease=LEASE):
        return 0
    end, read = monotonic() + seconds, 0
    while monotonic() < end and not deliveries.waiting_count() and (row := begun.select_related("version").first()):
        read += _read_some(row)
    return read


def finish(number: int) -> int:
    """Read all that is left with this version, here and now. Returns how many voices it was read with by now."""
    while row := Rereading.objects.filter(version__number=number, finished_at=None).select_related("version").first():
        _read_some(row)
    return Rereading.objects.get(version__number=number).read


def _read_some(row: Rereading) -> int:
    below = Assessment.objects.filter(interaction_id__lt=row.below)
    if row.since:
        below = below.filter(interaction__occurred_at__gte=row.since)
    ids = list(below.order_by("-interaction_id").values_list("interaction_id", flat=True).distinct()[:AT_ONCE])
    if not ids:
        Rereading.objects.filter(pk=row.pk).update(finished_at=clock.now())
        return 0
    words = dict(Assessment.objects.filter(interaction_id__in=ids).order_by("words").values_list("interaction_id", "words"))
    texts = texts_of(ids)  # an edit that comes from here on is read by the walk, as words of a higher number
    readings = path_readings(list(texts.values()))
    apply(_heads_of(row.version), list(texts.values()), readings)
    with bulk.one_writer():
        moment = clock.now()
        rows = [[i, row.version.number, *stored(r), moment, words[i]] for i, r in zip(texts, readings, strict=True)]
        # A worker that lost its lease may have read some.
        bulk.insert(Assessment, [*FIELDS, "words"], rows, ignore_conflicts=True)
        Rereading.objects.filter(pk=row.pk).update(below=min(ids), read=row.read + len(texts))
    return len(ids)


def _heads_of(version: ReadingVersion) -> dict[str, Taught]:
    kept = LearntHead.objects.filter(field__in=version.heads).values_list("field", "version", "head")
    return {field: Taught.from_bytes(bytes(head)) for field, number, head in kept if version.heads[field] == number}


# ── Taken into use, and back ────────────────────────────────────────────────────────────────────────────────────────


def switch(number: int) -> int:
    """Use that version, and tell which of the newest voices mean something else now. Returns how many. Inside `one_writer()`.

    Raises NoSuchVersion.
    """
    ids = _read_on_one_way_only(versions.current().number, number)
    before = selectors.verdicts_on(ids)
    versions.use(number)
    after = selectors.verdicts_on(ids)
    changed = [i for i in before if _shows(before[i]) != _shows(after[i])]
    for start in range(0, len(changed), TOGETHER):
        outbox.tell("verdicts.switched", interaction_ids=changed[start : start + TOGETHER])
    return len(changed)


def _read_on_one_way_only(number: int, other: int) -> list[int]:
    """Voices of late with an assessment that counts in one of the two versions and not in the other."""
    parents = dict(ReadingVersion.objects.values_list("number", "parent"))
    moved = set(versions.way_to(number, parents)) ^ set(versions.way_to(other, parents))
    read = Assessment.objects.filter(version__in=moved, interaction__occurred_at__gte=clock.now() - PATIENCE)
    return list(read.order_by("-interaction_id").values_list("interaction_id", flat=True).distinct()[:MOST_SENT_ROUND])


def _shows(verdict: selectors.Verdict) -> tuple[Any, ...]:
    """What queues and lists follow."""
    return tuple(getattr(verdict, name) for name in SHOWN)

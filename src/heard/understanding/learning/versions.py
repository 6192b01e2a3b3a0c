"""What was learnt, kept; which of it reads voices; and the way back. Who may do so, and that it is noted, is for the actions.

Each change of what reads voices is a ReadingVersion, which goes on from the one before it. An assessment counts when its version lies on
the way that led to the current one; what was read on a way that was left counts only of voices that nothing else read. So going back to a
version brings back exactly what it said.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Max
from django.db.models.functions import Length
from msgspec import to_builtins

from heard.governance.permissions import Viewer
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.understanding.assessors import VERSION
from heard.understanding.learning.in_use import notice
from heard.understanding.learning.taught import Taught
from heard.understanding.learning.trial import Scores
from heard.understanding.models import LearntHead, ReadingVersion, Rereading

KEPT = 20  # heads of a field, the newest, and those in use


class NoSuchVersion(Exception):
    """There is no such version, or what it was read with is not kept any more; the text says which. Nothing was changed."""


class HeadLine(NamedTuple):
    """What was learnt of a field. `made_by` is None where Heard learnt by itself."""

    field: str
    version: int
    made_at: datetime
    made_by: str | None
    corrections: int
    values: Mapping[str, int]
    scores: Scores
    size_bytes: int
    is_used: bool


class VersionLine(NamedTuple):
    """What voices were read with. `reread` is how many old voices were read with it; `is_done` whether that came to its end."""

    number: int
    made_at: datetime
    made_by: str | None
    code: int
    heads: Mapping[str, int]
    is_current: bool
    is_aside: bool
    reread: int | None
    is_done: bool


def keep(taught: Taught, *, scores: Scores, trained_on: Mapping[str, Any], viewer: Viewer) -> int:
    """A new version of its field, not yet in use. Returns its number; the oldest that nobody uses go."""
    with bulk.one_writer():
        field = taught.field
        version = (LearntHead.objects.filter(field=field).aggregate(most=Max("version"))["most"] or 0) + 1
        LearntHead.objects.create(
            field=field,
            version=version,
            made_at=now(),
            made_by_id=viewer.member_id,
            trained_on=dict(trained_on),
            scores=to_builtins(scores),
            head=taught.to_bytes(),
        )
        LearntHead.objects.filter(field=field, is_used=False, version__lte=version - KEPT).delete()
    return version


def use_head(field: str, version: int | None, *, viewer: Viewer) -> int:
    """From now on voices are read with that head, or without any in this field. Returns the number of what reads now. Raises NoSuchVersion."""
    with bulk.one_writer():
        before = current()
        heads = {f: v for f, v in before.heads.items() if f != field} | ({field: version} if version is not None else {})
        if heads == before.heads:
            return before.number
        number = go_on(before, heads, viewer=viewer).number
        _make_current(number)
    notice()
    return number


def use(number: int) -> None:
    """From now on voices are read as in that version, and of old ones counts what counted then. Raises NoSuchVersion."""
    with bulk.one_writer():
        current()
        if not ReadingVersion.objects.filter(number=number).exists():
            raise NoSuchVersion(f"Nothing was ever read with a version {number}.")
        _make_current(number)
    notice()


def candidate(heads: Mapping[str, int], *, viewer: Viewer) -> ReadingVersion:
    """A version to read the past with, which counts nowhere before it is used. Raises NoSuchVersion."""
    with bulk.one_writer():
        return go_on(current(), heads, viewer=viewer, is_aside=True)


def current() -> ReadingVersion:
    """What reads voices now; the first row is made of what ships. Inside `one_writer()`."""
    found = ReadingVersion.objects.filter(is_current=True).first()
    if found is None:
        return ReadingVersion.objects.create(number=VERSION, parent=None, code=VERSION, made_at=now(), is_current=True)
    if found.code < VERSION:  # a newer Heard reads with the same heads
        found = go_on(found, found.heads, viewer=None)
        _make_current(found.number)
    return found


def settle() -> None:
    """At the start of a process that reads: what is in use is taken up, by a newer Heard as a version of its own."""
    if ReadingVersion.objects.filter(is_current=True, code__lt=VERSION).exists():
        with bulk.one_writer():
            current()
    notice()


def go_on(before: ReadingVersion, heads: Mapping[str, int], *, viewer: Viewer | None, is_aside: bool = False) -> ReadingVersion:
    """Inside `one_writer()`. Raises NoSuchVersion."""
    _check_kept(heads)
    newest = ReadingVersion.objects.aggregate(most=Max("number"))["most"]
    return ReadingVersion.objects.create(
        number=max(newest, VERSION) + 1,
        parent=before.number,
        code=VERSION,
        heads=dict(heads),
        made_at=now(),
        made_by_id=viewer.member_id if viewer else None,
        is_aside=is_aside,
    )


def _check_kept(heads: Mapping[str, int]) -> None:
    kept = set(LearntHead.objects.filter(field__in=heads).values_list("field", "version"))
    for field, version in heads.items():
        if (field, version) not in kept:
            raise NoSuchVersion(f"There is no version {version} of what was learnt of {field}, or it is not kept any more.")


def _make_current(number: int) -> None:
    parents = dict(ReadingVersion.objects.values_list("number", "parent"))
    way = set(way_to(number, parents))
    chosen = ReadingVersion.objects.get(number=number)
    _check_kept(chosen.heads)
    ReadingVersion.objects.filter(is_current=True).update(is_current=False)
    ReadingVersion.objects.filter(number=number).update(is_current=True)
    ReadingVersion.objects.filter(number__in=way, is_aside=True).update(is_aside=False)
    ReadingVersion.objects.filter(is_aside=False).exclude(number__in=way).update(is_aside=True)
    LearntHead.objects.filter(is_used=True).update(is_used=False)
    for field, version in chosen.heads.items():
        LearntHead.objects.filter(field=field, version=version).update(is_used=True)


def way_to(number: int, parents: Mapping[int, int | None]) -> Iterable[int]:
    """That version and those it goes on from, the newest first."""
    here: int | None = number
    while here is not None:
        yield here
        here = parents.get(here)


def heads(viewer: Viewer) -> list[HeadLine]:
    """All that is kept, by field, the newest first."""
    viewer.check("model.manage")
    rows = LearntHead.objects.select_related("made_by").defer("head").order_by("field", "-version")
    sizes = _sizes()
    return [
        HeadLine(
            row.field,
            row.version,
            row.made_at,
            row.made_by.name if row.made_by else None,
            row.trained_on["corrections"],
            row.trained_on["values"],
            Scores(**row.scores),
            sizes[row.pk],
            row.is_used,
        )
        for row in rows
    ]


def versions(viewer: Viewer) -> list[VersionLine]:
    """Newest first. Empty while nothing was learnt: what ships reads everything."""
    viewer.check("model.manage")
    read = {r.version_id: r for r in Rereading.objects.all()}
    return [
        VersionLine(
            row.number,
            row.made_at,
            row.made_by.name if row.made_by else None,
            row.code,
            row.heads,
            row.is_current,
            row.is_aside,
            read[row.pk].read if row.pk in read else None,
            row.pk in read and read[row.pk].finished_at is not None,
        )
        for row in ReadingVersion.objects.select_related("made_by").order_by("-number")
    ]


def _sizes() -> dict[int, int]:
    return dict(LearntHead.objects.annotate(size=Length("head")).values_list("id", "size"))

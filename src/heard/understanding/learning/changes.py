"""What would be different if a version were used that has read the past: by field, by queue, with voices to look at."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from heard.governance.permissions import Viewer
from heard.listening import selectors as listening
from heard.understanding import selectors
from heard.understanding.learning.values import LEARNT
from heard.understanding.learning.versions import NoSuchVersion
from heard.understanding.models import Assessment, Rereading
from heard.understanding.selectors import Verdict
from heard.understanding.slots import KINDS

MOST_COMPARED = 20_000  # voices, the newest
AT_ONCE = 1000
EXAMPLES = 3
COMPARED = [name for name in ("language", *LEARNT) if name in Verdict.__struct_fields__]


@dataclass(frozen=True)
class Change:
    """`count` voices have `after` in this field instead of `before`. Of `kinds` each is its own: "" to "sales" is one that is new."""

    field: str
    before: str
    after: str
    count: int
    examples: Sequence[tuple[int, str]]  # (interaction, its first words), of those that the viewer may see


@dataclass(frozen=True)
class Work:
    """Voices of this kind to which an answer is due: what its queue is made of."""

    kind: str
    before: int
    after: int


@dataclass(frozen=True)
class Changes:
    """`read` voices were compared, `different` of them mean something else. `is_done`: the whole past was read."""

    number: int
    read: int
    different: int
    is_done: bool
    fields: Sequence[Change]
    work: Sequence[Work]


def changes(viewer: Viewer, number: int) -> Changes:
    """The version against what counts now; corrections of people stay as they are. Raises NoSuchVersion for one that reads no past."""
    viewer.check("model.manage")
    row = Rereading.objects.filter(version__number=number).first()
    if row is None:
        raise NoSuchVersion(f"Nothing of the past is read with a version {number}.")
    told, read = _Told(), 0
    for id_, before, after in _compared(number):
        read += 1
        told.compare(id_, before, after)
    return Changes(number, read, told.different, row.finished_at is not None, told.changes(viewer), told.work())


def _compared(number: int) -> Iterator[tuple[int, Verdict, Verdict]]:
    """Each voice that was read with that version, with its verdict now and then; the newest first."""
    newest = Assessment.objects.filter(version=number).order_by("-interaction_id")
    ids = list(newest.values_list("interaction_id", flat=True).distinct()[:MOST_COMPARED])
    for start in range(0, len(ids), AT_ONCE):
        before = selectors.verdicts_on(ids[start : start + AT_ONCE])
        yield from ((id_, before[id_], after) for id_, after in _by(number, before).items())


def changed(viewer: Viewer, number: int, step: tuple[str, str, str]) -> list[int]:
    """The voices behind a count: those that go this `step` (field, before, after), as far as the viewer may see them, newest first."""
    if step[0] not in COMPARED:
        return []
    return _chosen(viewer, number, lambda before, after: step[1:] in _steps(getattr(before, step[0]), getattr(after, step[0])))


def due(viewer: Viewer, number: int, kind: str, *, then: bool) -> list[int]:
    """The voices behind a count of work: of this kind with an answer due, now or `then`, newest first."""
    return _chosen(viewer, number, lambda before, after: _is_due(after if then else before, kind))


def _is_due(verdict: Verdict, kind: str) -> bool:
    return verdict.answer_due and kind in verdict.kinds


def _chosen(viewer: Viewer, number: int, is_meant: Callable[[Verdict, Verdict], bool]) -> list[int]:
    viewer.check("model.manage")
    if not Rereading.objects.filter(version__number=number).exists():
        raise NoSuchVersion(f"Nothing of the past is read with a version {number}.")
    ids = [id_ for id_, before, after in _compared(number) if is_meant(before, after)]
    seen = set(listening.visible_interactions(viewer).filter(id__in=ids).values_list("id", flat=True))
    return sorted(seen, reverse=True)


def _by(number: int, before: Mapping[int, Verdict]) -> dict[int, Verdict]:
    """The same verdicts with what that version says in place of what counts now."""
    rows = Assessment.objects.filter(version=number, interaction_id__in=list(before)).order_by("words")
    found = {}
    for id_, *values in rows.values_list("interaction_id", *COMPARED):
        said = {name: tuple(v) if isinstance(v, list) else v for name, v in zip(COMPARED, values, strict=True)}
        found[id_] = replace(before[id_], **{n: v for n, v in said.items() if n not in before[id_].corrected})
    return found


class _Told:
    def __init__(self) -> None:
        self.different = 0
        self._voices: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        self._due_before: Counter[str] = Counter()
        self._due_after: Counter[str] = Counter()

    def compare(self, id_: int, before: Verdict, after: Verdict) -> None:
        found = [(name, *step) for name in COMPARED for step in _steps(getattr(before, name), getattr(after, name))]
        self.different += bool(found)
        for change in found:
            self._voices[change].append(id_)
        self._due_before.update(before.kinds if before.answer_due else ())
        self._due_after.update(after.kinds if after.answer_due else ())

    def changes(self, viewer: Viewer) -> list[Change]:
        """Most first."""
        order = sorted(self._voices.items(), key=lambda item: (-len(item[1]), item[0]))
        some = listening.visible_interactions(viewer).filter(id__in=[i for _, ids in order for i in ids[:EXAMPLES]])
        words = listening.glimpses(some.values_list("id", flat=True))
        return [Change(*change, len(ids), [(i, words[i].words) for i in ids[:EXAMPLES] if i in words]) for change, ids in order]

    def work(self) -> list[Work]:
        return [Work(kind, self._due_before[kind], self._due_after[kind]) for kind in KINDS]


def _steps(before: Any, after: Any) -> list[tuple[str, str]]:
    if isinstance(before, tuple):
        return [("", one) for one in after if one not in before] + [(one, "") for one in before if one not in after]
    return [(str(before), str(after))] if before != after else []

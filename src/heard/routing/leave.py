"""A voice that its author edits is no copy any more of what it said before. Those who said the same without it are looked at anew."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from django.db.models import Count

from heard.kernel import bulk
from heard.routing.models import Copy, DuplicateGroup, Entry, Likeness
from heard.routing.rules.alike import Node, knots


def leave(near: Mapping[int, int | None]) -> set[int]:
    """Voices that were copies and have another signature now, None for none, are copies of nothing. Returns the conversations that
    may stand under another group, or under none. One query where there are none such."""
    copies = Copy.objects.filter(interaction_id__in=bulk.among(near)).values_list(
        "interaction_id", "likeness_id", "likeness__near", "likeness__group_id"
    )
    gone = {i: (likeness_id, group_id) for i, likeness_id, said, group_id in copies if said != near[i]}
    if not gone:
        return set()
    groups = {group_id for _, group_id in gone.values() if group_id}
    touched = _conversations(groups) | set(
        Entry.objects.filter(interaction_id__in=bulk.among(gone)).values_list("conversation_id", flat=True)
    )
    Copy.objects.filter(interaction_id__in=bulk.among(gone)).delete()
    left = Likeness.objects.filter(id__in=bulk.among(likeness_id for likeness_id, _ in gone.values()))
    left.exclude(id__in=Copy.objects.values("likeness_id")).delete()
    _part(groups)
    return touched


def _conversations(group_ids: Collection[int]) -> set[int]:
    copies = Copy.objects.filter(likeness__group_id__in=bulk.among(group_ids)).values("interaction_id")
    return set(Entry.objects.filter(interaction_id__in=copies).values_list("conversation_id", flat=True))


class _Left(NamedTuple):
    """A likeness that is still in a group, and how many voices say so."""

    id: int
    group_id: int
    voices: int


def _part(group_ids: Collection[int]) -> None:
    """Each of these groups holds what hangs together. What does not has a group of its own, or none where one voice alone says it."""
    columns = ("likeness_id", "likeness__group_id", "likeness__near", "likeness__day")
    rows = Copy.objects.filter(likeness__group_id__in=bulk.among(group_ids)).values_list(*columns).annotate(Count("id"))
    groups: dict[int, dict[Node, _Left]] = {group_id: {} for group_id in group_ids}
    for id_, group_id, near, day, voices in rows:
        groups[group_id][Node(near, day)] = _Left(id_, group_id, voices)
    single: list[_Left] = []
    split: list[list[_Left]] = []
    for known in groups.values():
        parts = sorted(([known[node] for node in nodes] for nodes in knots(list(known), {})), key=_size, reverse=True)
        single += [left for part in parts for left in part if _size(part) == 1]
        split += [part for part in parts[1:] if _size(part) > 1]
    made = bulk.reserve_ids(DuplicateGroup, len(split))
    apart = {id_: row for id_, *row in bulk.select(DuplicateGroup, ["id"], [(g,) for g in groups], ["apart_at", "apart_by_id"])}
    new = [[id_, False, *apart[part[0].group_id]] for id_, part in zip(made, split, strict=True)]
    bulk.insert(DuplicateGroup, ["id", "is_shared", "apart_at", "apart_by_id"], new)
    moved = [[left.id, id_] for id_, part in zip(made, split, strict=True) for left in part]
    bulk.update(Likeness, "id", ["group_id"], [*moved, *([left.id, None] for left in single)])
    _say_who_shares({*groups, *made})


def _size(part: Collection[_Left]) -> int:
    return sum(left.voices for left in part)


def _say_who_shares(group_ids: Collection[int]) -> None:
    """One's own repeats are no group to anybody."""
    copies = Copy.objects.filter(likeness__group_id__in=bulk.among(group_ids)).values("likeness__group_id")
    people = dict(
        copies.annotate(people=Count("interaction__identity", distinct=True)).values_list("likeness__group_id", "people")
    )
    bulk.update(DuplicateGroup, "id", ["is_shared"], [[id_, people.get(id_, 0) > 1] for id_ in group_ids])

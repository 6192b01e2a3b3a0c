"""Who says nearly the same: voices of different people are found beside the walk and their conversations stand together in lists.

Nothing is merged and nothing closed. Every conversation keeps its case, its clock and its author; a list shows the first of those
that say the same, and how many more there are (inbox.py). A conversation in which anything else is said stands by itself
again at once, since it has more messages than were counted. docs/algorithms/duplicates.md
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, QuerySet

from heard.governance.permissions import Viewer
from heard.kernel import bulk, stream
from heard.kernel.prepared import given, prepared
from heard.routing.leave import leave
from heard.routing.models import Conversation, Copy, DuplicateGroup, Entry, Gathered, Likeness
from heard.routing.rules.alike import Node, day_of, grouped_under, knots
from heard.routing.selectors import visible_conversations
from heard.understanding.alike import signed_after
from heard.understanding.rules.near import keys_of

TOGETHER = 2000  # voices looked at in one transaction
KEYS = ("key1", "key2", "key3", "key4")
MOST_MESSAGES = 30  # of a conversation in which nothing but copies stands
FORGET_AFTER = timedelta(days=4)  # what nobody repeated until then


def catch_up(*, limit: int = TOGETHER) -> int:
    """Every voice that was read has found those that say the same. By the timetable; returns how many were looked at."""
    looked_at = 0
    while count := gather(limit=limit):
        looked_at += count
    return looked_at


def gather(*, limit: int = TOGETHER) -> int:
    """The same for the next `limit` assessments, with a constant number of statements. Returns 0 when there are none."""
    with bulk.one_writer():
        cursor = Gathered.objects.first() or Gathered()
        signed, up_to = signed_after(cursor.up_to, limit=limit)
        if up_to == cursor.up_to:
            return 0
        count, cursor.up_to = up_to - cursor.up_to, up_to
        cursor.save()
        near = {s.interaction_id: s.near for s in signed}
        left = leave(near)
        if placed := _placed({i: n for i, n in near.items() if n is not None}):
            _join(placed)
        stand_together(left)
    return count


def forget_single(now: datetime) -> None:
    """What one voice said, and nobody after it, is not compared with any more."""
    Likeness.objects.filter(group=None, day__lt=day_of(now - FORGET_AFTER)).delete()
    in_use = Likeness.objects.filter(group_id=OuterRef("pk"))
    DuplicateGroup.objects.filter(~Exists(in_use)).delete()


class _Placed(NamedTuple):
    """A voice that has a conversation and was not looked at before."""

    interaction_id: int
    conversation_id: int
    node: Node


def _placed(near: Mapping[int, int]) -> list[_Placed]:
    """Chatter that nobody has to do with has no place, and takes none from anybody."""
    keys = [(i,) for i in near]
    there = {key[0] for key in bulk.existing(Copy, ["interaction_id"], keys, ["id"])}
    entries = bulk.select(Entry, ["interaction_id"], keys, ["conversation_id", "occurred_at"])
    return [_Placed(i, c, Node(near[i], day_of(at))) for i, c, at in entries if i not in there]


class _Known(NamedTuple):
    id: int
    group_id: int | None


def _join(placed: Sequence[_Placed]) -> None:
    """They are written down, and whoever says the same is in one group."""
    known = _known({p.node for p in placed})
    new = list(dict.fromkeys(p.node for p in placed if p.node not in known))
    ids = {node: k.id for node, k in known.items()} | dict(zip(new, bulk.reserve_ids(Likeness, len(new)), strict=True))
    joined = knots(new, {node: k.group_id for node, k in known.items()})
    groups, merged = _groups(joined, known, placed)
    rows = [[ids[n], *n, *keys_of(n.near), groups.get(n)] for n in new]
    bulk.insert(Likeness, ["id", "near", "day", *KEYS, "group_id"], rows)
    bulk.insert(Copy, ["interaction_id", "likeness_id"], [[p.interaction_id, ids[p.node]] for p in placed])
    came = [[k.id, groups[node]] for node, k in known.items() if node in groups and k.group_id is None]
    bulk.update(Likeness, "id", ["group_id"], came)
    _merge(merged)
    touched = {groups[p.node] for p in placed if p.node in groups}
    shared = _now_shared(touched)
    conversations = {p.conversation_id for p in placed if p.node in groups}
    stand_together(conversations | _conversations_of(shared | set(merged.values()), [id_ for id_, _ in came]))


def _known(nodes: Collection[Node]) -> dict[Node, _Known]:
    """Stored ones that could be tied to one of `nodes`, and those that are one of them."""
    days = {day + step for _, day in nodes for step in (-1, 0, 1)}
    keys: list[set[tuple[int]]] = [set() for _ in KEYS]
    for near, _ in nodes:
        for some, key in zip(keys, keys_of(near), strict=True):
            some.add((key,))
    found = {}
    for name, wanted in zip(KEYS, keys, strict=True):
        for _, id_, near, day, group_id in bulk.select(Likeness, [name], wanted, ["id", "near", "day", "group_id"]):
            if day in days:
                found[Node(near, day)] = _Known(id_, group_id)
    return found


def _groups(
    joined: Iterable[Sequence[Node]], known: Mapping[Node, _Known], placed: Sequence[_Placed]
) -> tuple[dict[Node, int], dict[int, int]]:
    """({node: its group from now on}, {group that is no more: the one it is part of now}). New groups are made."""
    voices: dict[Node, int] = {}
    for p in placed:
        voices[p.node] = voices.get(p.node, 0) + 1
    several: list[tuple[Sequence[Node], list[int]]] = []
    for nodes in joined:
        before = sorted({known[n].group_id or 0 for n in nodes if n in known} - {0})
        count = sum(voices.get(n, 0) + (n in known) for n in nodes)  # one that is known and alone has one voice
        if any(n in voices for n in nodes) and (before or count > 1):
            several.append((nodes, before))
    made = bulk.reserve_ids(DuplicateGroup, sum(not before for _, before in several))
    bulk.insert(DuplicateGroup, ["id", "is_shared"], [[id_, False] for id_ in made])
    groups: dict[Node, int] = {}
    merged: dict[int, int] = {}
    fresh = iter(made)
    for nodes, before in several:
        group = before[0] if before else next(fresh)
        groups |= dict.fromkeys(nodes, group)
        merged |= dict.fromkeys(before[1:], group)
    return groups, merged


def _merge(merged: Mapping[int, int]) -> None:
    """What turns out to be one group is one; that they are different matters stays said, if somebody said so of either."""
    if not merged:
        return
    apart = DuplicateGroup.objects.filter(id__in=bulk.among(merged)).exclude(apart_at=None)
    said = [[merged[id_], at, by] for id_, at, by in apart.values_list("id", "apart_at", "apart_by_id")]
    bulk.update(DuplicateGroup, "id", ["apart_at", "apart_by_id"], said)
    for model in (Likeness, Conversation):
        rows = model.objects.filter(group_id__in=bulk.among(merged)).values_list("id", "group_id")
        bulk.update(model, "id", ["group_id"], [[id_, merged[group_id]] for id_, group_id in rows])
    bulk.delete(DuplicateGroup, "id", merged)


def _now_shared(group_ids: Collection[int]) -> set[int]:
    """Those in which a second person speaks now; noted."""
    alone = DuplicateGroup.objects.filter(id__in=bulk.among(group_ids), is_shared=False).values("id")
    authors = (
        Copy.objects.filter(likeness__group__in=alone)
        .values("likeness__group")
        .annotate(authors=Count("interaction__identity", distinct=True))
    )
    shared = set(authors.filter(authors__gt=1).values_list("likeness__group", flat=True))
    bulk.update(DuplicateGroup, "id", ["is_shared"], [[id_, True] for id_ in shared])
    return shared


def _conversations_of(group_ids: Collection[int], likeness_ids: Collection[int]) -> set[int]:
    """Of whole groups, and of single likenesses that came to one."""
    copies = Copy.objects.filter(likeness_id__in=bulk.among(likeness_ids)).values("interaction_id")
    single = Entry.objects.filter(interaction_id__in=copies).values_list("conversation_id", flat=True)
    whole = conversations_with(bulk.among(group_ids)).values_list("conversation_id", flat=True)
    return {*single, *whole}


def conversations_with(group_ids: Any) -> QuerySet[Entry]:
    """The places of all voices of these groups, given as the right side of an `__in`."""
    copies = Copy.objects.filter(likeness__group_id__in=group_ids)
    return Entry.objects.filter(interaction_id__in=copies.values("interaction_id"))


def stand_together(conversation_ids: Collection[int]) -> None:
    """Of these each is under the group that all its inbound voices are in, or under none. Live pages are told."""
    fields = ["group_id", "grouped_messages", "message_count", "team_id"]
    stored = {id_: row for id_, *row in bulk.select(Conversation, ["id"], [(c,) for c in conversation_ids], fields)}
    said = _inbound([c for c, row in stored.items() if row[2] <= MOST_MESSAGES])
    group_of = _shared_groups([i for found in said.values() for i in found])
    changed, news = [], []
    for id_, (group_id, counted, count, team_id) in stored.items():
        group = grouped_under([group_of.get(i) for i in said.get(id_, ())])
        wanted = (group, count if group else None)
        if wanted != (group_id, counted):
            changed.append([id_, *wanted])
            news.append(stream.News("conversation", {"id": id_}, team_id))
    bulk.update(Conversation, "id", ["group_id", "grouped_messages"], changed)
    stream.publish(*news)


def _inbound(conversation_ids: Collection[int]) -> dict[int, list[int]]:
    inbound = Entry.objects.filter(conversation_id__in=bulk.among(conversation_ids), interaction__direction="inbound")
    found: dict[int, list[int]] = {}
    for conversation_id, interaction_id in inbound.values_list("conversation_id", "interaction_id"):
        found.setdefault(conversation_id, []).append(interaction_id)
    return found


def _shared_groups(interaction_ids: Collection[int]) -> dict[int, int]:
    """{voice: its group}, of those that different people say and that nobody took apart."""
    copies = Copy.objects.filter(interaction_id__in=bulk.among(interaction_ids))
    shared = copies.filter(likeness__group__is_shared=True, likeness__group__apart_at=None)
    return dict(shared.values_list("interaction_id", "likeness__group_id"))


# ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Same(NamedTuple):
    """How many say the same, among what a viewer may see."""

    group_id: int
    people: int
    voices: int
    is_apart: bool


def same(viewer: Viewer, group_id: int) -> Same | None:
    """None where there is no such group, or none of its voices is the viewer's to see. One query."""
    for apart_at, people, voices in _same(viewer.standing, member=viewer.member_id, group=group_id):
        return Same(group_id, people, voices, apart_at is not None)
    return None


@prepared
def _same(standing: Viewer) -> QuerySet:
    mine = visible_conversations(standing.whoever())
    seen = Entry.objects.filter(interaction_id=OuterRef("interaction_id"), conversation_id__in=mine.values("id"))
    copies = Copy.objects.filter(Exists(seen), likeness__group_id=given("group"))
    counted = copies.values("likeness__group__apart_at").annotate(
        people=Count("interaction__identity_id", distinct=True), voices=Count("id")
    )
    return counted.values_list("likeness__group__apart_at", "people", "voices")

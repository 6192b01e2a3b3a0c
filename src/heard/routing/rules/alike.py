"""Which likenesses belong together: those that are alike, on the same or on neighbouring days, and whatever is tied to them.

Ties have no direction and a group is all that hangs together by them, so the order in which voices reached us makes no difference.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from heard.understanding.rules.near import are_alike, keys_of

DAY_SECONDS = 24 * 3600


class Node(NamedTuple):
    """What was said with one signature on one day since 1970, UTC."""

    near: int
    day: int


def day_of(at: datetime) -> int:
    return int(at.timestamp() // DAY_SECONDS)


def knots(new: Sequence[Node], known: Mapping[Node, int | None]) -> list[list[Node]]:
    """All of `new` and of `known`, parted into what hangs together.

    `known`: {node: its group, None for one that stands alone}. Those of one group hang together already; of those that stand
    alone none is tied to another, since each was looked at when it was new.
    """
    ties = _Ties()
    first_of_group: dict[int, Node] = {}
    by_key: dict[tuple[int, int], list[Node]] = {}
    for node, group in known.items():
        ties.add(node)
        if group is not None:
            ties.tie(first_of_group.setdefault(group, node), node)
        _enter(node, by_key)
    for node in new:
        ties.add(node)
        for key in enumerate(keys_of(node.near)):
            for other in by_key.get(key, ()):
                if abs(node.day - other.day) <= 1 and not ties.are_tied(node, other) and are_alike(node.near, other.near):
                    ties.tie(node, other)
        _enter(node, by_key)
    return ties.knots()


def _enter(node: Node, by_key: dict[tuple[int, int], list[Node]]) -> None:
    for key in enumerate(keys_of(node.near)):
        by_key.setdefault(key, []).append(node)


class _Ties:
    """Sets that grow together (union-find)."""

    def __init__(self) -> None:
        self._towards: dict[Node, Node] = {}

    def add(self, node: Node) -> None:
        self._towards.setdefault(node, node)

    def tie(self, one: Node, other: Node) -> None:
        self._towards[self._end(one)] = self._end(other)

    def are_tied(self, one: Node, other: Node) -> bool:
        return self._end(one) == self._end(other)

    def knots(self) -> list[list[Node]]:
        found: dict[Node, list[Node]] = {}
        for node in self._towards:
            found.setdefault(self._end(node), []).append(node)
        return list(found.values())

    def _end(self, node: Node) -> Node:
        while (ahead := self._towards[node]) != node:
            self._towards[node] = node = self._towards[ahead]  # shorter for the next one
        return node


def grouped_under(groups: Collection[int | None]) -> int | None:
    """The group of a conversation, from those of all inbound voices in it: one that they all are in, or none."""
    found = set(groups)
    return found.pop() if len(found) == 1 else None

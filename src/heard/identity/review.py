"""Pairs that a colleague must judge: what is open, what was answered, and what became needless by other evidence."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from heard.governance.permissions import Viewer
from heard.identity.models import ReviewPair
from heard.identity.selectors import visible_faces
from heard.kernel.clock import now
from heard.kernel.counting import MOST, Tally
from heard.kernel.prepared import given_ids, prepared

Decision = ReviewPair.Decision


def open_pairs(viewer: Viewer, moment: datetime) -> list[QuerySet[ReviewPair]]:
    """Those that wait for somebody who sees both sides, the likeliest first: the new ones, then those put off whose time has come.

    Two questions, because each goes by the index and both together would be sorted.
    """
    waiting = [Q(decision=""), Q(decision=Decision.LATER, again_at__lte=moment)]
    pairs = ReviewPair.objects.order_by("-weight", "id")
    if not viewer.sees_every_team:
        seen = visible_faces(viewer)
        pairs = pairs.filter(
            Exists(seen.filter(identity_id=OuterRef("left_id"))), Exists(seen.filter(identity_id=OuterRef("right_id")))
        )
    return [pairs.filter(condition) for condition in waiting]


def next_open(viewer: Viewer, moment: datetime, *, wanted: int | None = None) -> ReviewPair | None:
    """The pair that is wanted if it waits, else the first that does."""
    parts = open_pairs(viewer, moment)
    asked = [part.filter(pk=wanted) for part in parts] if wanted else []
    return next((pair for part in [*asked, *parts] if (pair := part.first())), None)


def how_many(viewer: Viewer) -> Tally:
    return Tally(sum(len(part.values_list("id", flat=True)[: MOST + 1]) for part in open_pairs(viewer, now())))


def settle(customers: Mapping[int, int], apart: Iterable[tuple[int, int]]) -> None:
    """A pair that is one customer by now, or was told apart, need not be judged; it waits again when that was taken back.

    `customers` of all identities that may be affected. What a colleague said about the pair itself stays as it is.
    """
    told_apart = {frozenset((customers[a], customers[b])) for a, b in apart}
    moot, open_again = [], []
    for id_, left, right, decision in _unjudged(identities=customers):
        if left not in customers or right not in customers:
            continue
        pair = frozenset((customers[left], customers[right]))
        is_moot = len(pair) == 1 or pair in told_apart
        if is_moot and decision != Decision.MOOT:
            moot.append(id_)
        elif not is_moot and decision == Decision.MOOT:
            open_again.append(id_)
    if moot:
        ReviewPair.objects.filter(id__in=moot).update(decision=Decision.MOOT)
    if open_again:
        again = ReviewPair.objects.filter(id__in=open_again)
        again.filter(again_at=None).update(decision="")
        again.exclude(again_at=None).update(decision=Decision.LATER)


@prepared
def _unjudged() -> QuerySet:
    pairs = ReviewPair.objects.filter(left_id__in=given_ids("identities"), decision__in=["", Decision.LATER, Decision.MOOT])
    return pairs.values_list("id", "left_id", "right_id", "decision")


def judged(left: int, right: int, decision: str, *, member_id: int | None) -> None:
    """What a colleague said about a pair stands on its row, if there is one."""
    pair = ReviewPair.objects.filter(left_id=left, right_id=right)
    pair.update(decision=decision, decided_by_id=member_id, decided_at=now(), again_at=None)


def reopen(left: int, right: int) -> None:
    """What was said about a pair was taken back: it waits for a judgement again."""
    pair = ReviewPair.objects.filter(left_id=left, right_id=right, decided_by__isnull=False)
    pair.update(decision="", decided_by=None, decided_at=None, again_at=None)


def put_off(pair_id: int, *, member_id: int | None, until: datetime) -> None:
    ReviewPair.objects.filter(pk=pair_id).update(
        decision=Decision.LATER, decided_by_id=member_id, decided_at=now(), again_at=until
    )

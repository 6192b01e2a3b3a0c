"""Threats 52 and 53 through the store: random histories of attach, merge, un-merge and decide leave everyone who they were.

The rules alone are played ten thousand times by test_histories.py; here the verbs, the tables and the queue take part.
"""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heard.governance.permissions import viewer_of
from heard.identity import actions
from heard.identity.models import Customer, Face, IdentityLink, ReviewPair
from heard.identity.people import regroup
from heard.kernel.clock import now
from heard.listening import consent
from heard.listening.actions import note_consent
from heard.listening.models import Identity
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db

WEIGHTS = (-6.0, 1.0, 4.0, 9.0, 14.0)
pairs = st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda p: p[0] < p[1])
steps = st.one_of(
    st.tuples(st.sampled_from(["same", "different", "address", "judge same", "judge different", "consent"]), pairs, st.just(0)),
    st.tuples(st.just("match"), pairs, st.sampled_from(WEIGHTS)),
    st.tuples(st.just("take back"), st.just((0, 1)), st.integers(0, 9)),
)


@pytest.fixture
def world(wire, arrive, alice):
    """Four who wrote and a visitor who came first; every two of them wait to be judged."""
    arrive(wire(), delivery(said("0", person("v-1", network="webchat"), "Hello, please help me.")))
    for n, name in enumerate(("Dana", "Danny", "Eve", "Frank"), 1):
        arrive(wire(name), delivery(said(str(n), person(name, network="email"), f"Please help {name}.", minute=n)))
    ids = list(Identity.objects.filter(is_ours=False).order_by("id").values_list("id", flat=True))
    ReviewPair.objects.bulk_create(
        ReviewPair(left_id=a, right_id=b, weight=1.0, weights_version="t", found_at=now()) for a in ids for b in ids if a < b
    )
    return viewer_of(alice), ids


class History:
    """Plays steps through the verbs."""

    def __init__(self, viewer, ids) -> None:
        self.viewer, self.ids = viewer, ids

    def seen(self):
        """Everything that must be as it was: who is who, by what name, what may be used for what, and what is to be judged."""
        faces = dict(Face.objects.values_list("identity_id", "customer_id"))
        names = dict(Customer.objects.filter(id__in=set(faces.values())).values_list("id", "name"))
        reviews = {row[:2]: row[2:] for row in ReviewPair.objects.values_list("left_id", "right_id", "decision", "decided_by")}
        return faces, names, consent.allowed(self.ids, purpose="offers"), reviews

    def play(self, kind: str, pair, number) -> int | None:
        """Returns the reason that it added, None when nothing came of it."""
        left, right = (self.ids[n] for n in pair)
        try:
            with transaction.atomic():
                return self._play(kind, left, right, number)
        except actions.CannotLink:
            return None

    def _play(self, kind: str, left: int, right: int, number) -> int | None:
        match kind:
            case "match" | "address":
                return self._found(left, right, "matched" if kind == "match" else "same_address", number)
            case "same" | "different":
                return self._new(actions.link if kind == "same" else actions.say_different, self.viewer, left, right)
            case "judge same" | "judge different":
                pair = ReviewPair.objects.get(left_id=left, right_id=right)
                return self._new(actions.decide, self.viewer, pair.pk, kind.removeprefix("judge "))
            case "consent":
                is_given = (left + right) % 2 == 0
                note_consent(self.viewer, left, channel_kind="email", purpose="offers", is_given=is_given, how="said so")
            case _:
                standing = list(IdentityLink.objects.filter(withdrawn_at=None).order_by("id").values_list("id", flat=True))
                if standing:
                    actions.unlink(self.viewer, standing[number % len(standing)])
        return None

    def _new(self, verb, *words) -> int | None:
        before = set(IdentityLink.objects.filter(withdrawn_at=None).values_list("id", flat=True))
        reason = verb(*words)
        return None if reason in before else reason

    def _found(self, left: int, right: int, kind: str, weight: float) -> int | None:
        link, is_new = IdentityLink.objects.get_or_create(
            left_id=left, right_id=right, kind=kind, withdrawn_at=None, defaults={"weight": weight, "made_at": now()}
        )
        regroup([left, right])
        return link.pk if is_new else None

    def check(self) -> None:
        faces = dict(Face.objects.values_list("identity_id", "customer_id"))
        standing = IdentityLink.objects.filter(withdrawn_at=None)
        apart = standing.filter(kind="said_different").values_list("left_id", "right_id")
        assert all(faces[left] != faces[right] for left, right in apart)
        visitor = Face.objects.get(identity_id=self.ids[0])
        alone = list(faces.values()).count(faces[self.ids[0]]) == 1
        assert (visitor.customer_id == visitor.home_id) == alone
        regroup(self.ids)
        assert dict(Face.objects.values_list("identity_id", "customer_id")) == faces


@settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(steps, min_size=1, max_size=7))
def test_taking_back_restores_exactly_what_was(world, history):
    with transaction.atomic():
        played = History(*world)
        at_first = played.seen()[0]
        for step in history:
            before = played.seen()
            added = played.play(*step)
            played.check()
            if added is not None:
                after = played.seen()
                assert after[2] == before[2]  # consent stays where it was
                actions.unlink(played.viewer, added)
                assert played.seen() == before
                played.play(*step)
                assert played.seen() == after
        while last := IdentityLink.objects.filter(withdrawn_at=None).order_by("-id").first():
            actions.unlink(played.viewer, last.pk)
        assert played.seen()[0] == at_first
        transaction.set_rollback(True)

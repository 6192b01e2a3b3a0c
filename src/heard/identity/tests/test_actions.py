"""What colleagues say about who is who, and how it is taken back exactly."""

import pytest

from heard.governance.models import AuditLine
from heard.governance.permissions import NotAllowed, viewer_of
from heard.identity import actions
from heard.identity.actions import CannotLink
from heard.identity.models import Customer, Face, IdentityLink
from heard.listening.models import Identity
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(wire, arrive):
    """Dana on two networks, unknown to be one person: identity ids and customer ids."""
    account = wire()
    arrive(account, delivery(said("1", person("Dana"), "My parcel did not arrive, please help.")))
    arrive(
        account,
        delivery(said("2", person("dana_tweets", network="other"), "My parcel is still missing! Please help.", minute=60)),
    )
    return list(Identity.objects.order_by("id").values_list("id", flat=True))


def _customers() -> list[int]:
    return list(Face.objects.order_by("identity_id").values_list("customer_id", flat=True))


def test_two_faces_become_one_customer_and_apart_again_exactly(two, alice):
    before = _customers()
    link_id = actions.link(viewer_of(alice), *two, why="She told me on the phone.")
    assert _customers() == [before[0], before[0]]

    actions.unlink(viewer_of(alice), link_id)
    actions.unlink(viewer_of(alice), link_id)
    assert _customers() == before
    reason = IdentityLink.objects.get()
    assert reason.withdrawn_by == alice
    assert reason.why == "She told me on the phone."


def test_the_newest_word_about_a_pair_counts_and_the_older_one_is_kept(two, alice, ada):
    before = _customers()
    actions.link(viewer_of(alice), *two)
    actions.say_different(viewer_of(ada), *reversed(two))
    assert _customers() == before
    assert IdentityLink.objects.count() == 2
    assert IdentityLink.objects.get(withdrawn_at=None).kind == "said_different"


def test_a_verified_address_met_later_joins_two_networks(wire, arrive):
    account = wire()
    arrive(account, delivery(said("1", person("+44 1", network="phone"), "My line is dead, help please.")))
    arrive(account, delivery(said("2", person("+44 1", network="sms", verified=True), "Line still dead, help please.", minute=5)))
    assert len(set(_customers())) == 2
    arrive(
        account, delivery(said("3", person("+44 1", network="phone", verified=True), "It is me again, help please.", minute=9))
    )
    assert len(set(_customers())) == 1
    assert IdentityLink.objects.get().kind == "same_address"


def test_every_verb_leaves_an_audit_line(two, alice):
    link_id = actions.link(viewer_of(alice), *two)
    actions.unlink(viewer_of(alice), link_id)
    actions.say_different(viewer_of(alice), *two)
    assert list(AuditLine.objects.values_list("verb", flat=True)) == [
        "customer.link",
        "customer.unlink",
        "customer.say_different",
    ]


def test_a_viewer_may_not_judge_and_nobody_links_one_to_itself(two, vera, alice):
    with pytest.raises(NotAllowed):
        actions.link(viewer_of(vera), *two)
    with pytest.raises(CannotLink):
        actions.link(viewer_of(alice), two[0], two[0])
    assert not IdentityLink.objects.exists()


def test_who_cannot_read_both_cannot_judge_them(wire, arrive, bea, care):
    """Threat 18: by linking identities of another team one could read its conversations."""
    mine, theirs = wire("Open"), wire("Care only", team=care)
    arrive(mine, delivery(said("1", person("Dana"), "Please help with my order.")))
    arrive(theirs, delivery(said("2", person("Eve"), "Please help with my contract.")))
    ids = list(Identity.objects.order_by("id").values_list("id", flat=True))
    with pytest.raises(CannotLink):
        actions.link(viewer_of(bea), *ids)


def test_nobody_renames_a_customer_whom_they_cannot_see(wire, arrive, bea, alice, care):
    arrive(wire("Care only", team=care), delivery(said("1", person("Eve"), "Please help with my contract.")))
    eve = Customer.objects.get()
    with pytest.raises(Customer.DoesNotExist):
        actions.rename(viewer_of(bea), eve.pk, name="Mallory")
    actions.rename(viewer_of(alice), eve.pk, name="Eve Adams")
    assert Customer.objects.get().name == "Eve Adams"

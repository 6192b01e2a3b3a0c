"""Threat 18: the ways to reach somebody name no address that only another team knows."""

import pytest

from heard.engagement.selectors import reachable
from heard.governance.permissions import HEARD, viewer_of
from heard.identity.actions import link
from heard.listening import actions as listening
from heard.listening.models import Identity
from heard.routing.selectors import visible_conversations
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_address_that_only_another_team_met_is_no_way_to_reach_somebody(wire, arrive, alice, sam, sales, testnet):
    listening.connect(HEARD, kind="testnet", name="Our testnet", address="us@testnet.example")
    dana, secret = person("Dana"), person("dana_private", network="testnet")
    arrive(wire("Open"), delivery(said("1", dana, "My parcel did not arrive, please help.")))
    arrive(wire("Sales mail", team=sales), delivery(said("2", secret, "About my contract, please help.", minute=5)))
    met, hidden = Identity.objects.order_by("id").values_list("id", flat=True)
    link(viewer_of(sam), met, hidden)
    conversation = visible_conversations(viewer_of(alice)).get(opener_id=met)
    for_alice = {route.identity_id for route in reachable(viewer_of(alice), conversation.pk)}
    for_sam = {route.identity_id for route in reachable(viewer_of(sam), conversation.pk)}
    assert hidden not in for_alice
    assert hidden in for_sam

"""What others write under our words is hidden where the network can, and honestly not where it cannot."""

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from msgspec.structs import replace

from heard.engagement import actions, selectors
from heard.governance.models import AuditLine
from heard.governance.permissions import NotAllowed
from heard.listening import accounts
from heard.listening.channels.contract import AuthExpired, Retryable
from tests.support.testnet import TestnetAdapter


class Wall(TestnetAdapter):
    """A network with comments that can be hidden. `hidden` is what it hides now."""

    kind = "wall"
    label = "Wall"
    capabilities = replace(TestnetAdapter.capabilities, hide=True)

    def __init__(self, network):
        super().__init__(network)
        self.hidden, self.trouble = set(), None

    def hide(self, ctx, external_id, *, hidden):
        assert not connection.in_atomic_block or connection.savepoint_ids == []  # the network is not called within our own act
        if self.trouble:
            raise self.trouble
        (self.hidden.add if hidden else self.hidden.discard)(external_id)


@pytest.fixture
def wall(testnet, monkeypatch):
    adapter = Wall(testnet)
    monkeypatch.setitem(accounts.adapters(), "wall", adapter)
    return adapter


@pytest.fixture
def rude(wall, dana_writes):
    return dana_writes("You are all thieves.", kind="wall", visibility="public")


def _verbs():
    return list(AuditLine.objects.filter(verb__startswith="message.").order_by("id").values_list("verb", flat=True))


def _foot(client, talk):
    page = client.get(reverse("routing:conversation", args=[talk.conversation_id])).content.decode()
    return page.split("data-story")[1].split('id="composer"')[0]


def _post(client, talk, **form):
    return client.post(reverse("engagement:hide", args=[talk.interaction_id]), form)


def test_a_message_is_hidden_and_shown_again_and_both_are_written_down(alice, seen_by, wall, rude):
    actions.hide(seen_by(alice), rude.interaction_id, hidden=True)
    assert wall.hidden == {f"in-{rude.account_id}-dana"}
    assert selectors.hidings([rude.interaction_id])[rude.interaction_id].is_hidden
    actions.hide(seen_by(alice), rude.interaction_id, hidden=False)
    assert wall.hidden == set()
    assert not selectors.hidings([rude.interaction_id])[rude.interaction_id].is_hidden
    assert _verbs() == ["message.hide", "message.show"]


@pytest.mark.parametrize("trouble", [Retryable("busy"), AuthExpired("sign in again")])
def test_what_the_network_did_not_do_is_not_claimed(alice, seen_by, wall, rude, trouble):
    wall.trouble = trouble
    with pytest.raises(actions.CannotHide, match=f"not hidden. Our wall says: {trouble}"):
        actions.hide(seen_by(alice), rude.interaction_id, hidden=True)
    assert selectors.hidings([rude.interaction_id]) == {}
    assert _verbs() == []


def test_private_words_and_other_networks_cannot_be_hidden(alice, seen_by, wall, dana_writes):
    for talk in (dana_writes(kind="wall"), dana_writes(visibility="public")):
        with pytest.raises(actions.CannotHide, match="only where the network can"):
            actions.hide(seen_by(alice), talk.interaction_id, hidden=True)


def test_who_may_not_answer_may_not_hide_and_a_stranger_finds_nothing(vera, bea, seen_by, wall, rude):
    with pytest.raises(NotAllowed):
        actions.hide(seen_by(vera), rude.interaction_id, hidden=True)
    with pytest.raises(ObjectDoesNotExist):
        actions.hide(seen_by(bea), rude.interaction_id, hidden=True)
    assert wall.hidden == set()


def test_the_page_offers_it_says_what_is_so_and_takes_it_back(alice, vera, browser, wall, rude):
    client = browser(alice)
    assert 'data-on="no"' in _foot(client, rude)
    answer = _post(client, rude)
    assert "hidden=no" in answer["HX-Trigger"]
    foot = _foot(client, rude)
    assert "hidden by Alice: only its author sees it" in foot
    assert 'data-on="yes"' in foot
    assert "Show again" not in _foot(browser(vera), rude)
    _post(client, rude, hidden="no")
    assert wall.hidden == set()


def test_it_costs_one_question_and_none_where_no_network_can(alice, browser, wall, rude, dana_writes):
    client, other = browser(alice), dana_writes(visibility="public")
    costs = []
    for talk in (rude, other):
        _foot(client, talk)
        with CaptureQueriesContext(connection) as asked:
            _foot(client, talk)
        costs.append(sum("engagement_hiding" in query["sql"] for query in asked.captured_queries))
    assert costs == [1, 0]

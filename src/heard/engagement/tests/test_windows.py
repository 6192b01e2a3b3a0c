"""A network that lets us write freely for a day, and then takes only words that it approved; and one way in the place of another."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from msgspec.structs import replace

from heard.engagement import actions, selectors
from heard.engagement.models import Reply
from heard.identity import actions as identity
from heard.kernel.clock import now
from heard.listening import accounts
from heard.listening.channels.contract import Rejected, Template
from heard.listening.models import Interaction
from tests.support.testnet import TestnetAdapter

READY = Template(name="order_ready", language="en", text="Hello {{1}}, your order {{2}} is ready.")


class Windowed(TestnetAdapter):
    """As WhatsApp: a day for free words, and approved ones after it."""

    kind = "windowed"
    label = "Windowed"
    capabilities = replace(
        TestnetAdapter.capabilities,
        visibilities=("private",),
        reply_window_seconds=86400,
        templates=True,
        who_may_initiate="any",
    )
    asked = 0

    def templates(self, ctx):
        self.asked += 1
        if "refuses" in ctx.account.config:
            raise Rejected("no permission to read them")
        return [READY]


@pytest.fixture
def network(testnet, monkeypatch):
    cache.clear()
    adapter = Windowed(testnet)
    monkeypatch.setitem(accounts.adapters(), "windowed", adapter)
    yield adapter
    cache.clear()


@pytest.fixture
def talk(network, dana_writes):
    """Dana wrote 30 hours ago."""
    talk = dana_writes(kind="windowed")
    Interaction.objects.update(occurred_at=now() - timedelta(hours=30))
    return talk


def _say(viewer, talk, **more):
    return actions.send_reply(
        viewer,
        talk.conversation_id,
        text=more.pop("text", ""),
        account_id=talk.account_id,
        identity_id=talk.identity_id,
        visibility="private",
        request_key="click",
        **more,
    )


def test_after_the_window_free_words_are_refused_with_when_it_closed(alice, seen_by, talk):
    with pytest.raises(actions.CannotSend, match="within 24 h of their last ones, and that ended 6 h ago"):
        _say(seen_by(alice), talk, text="Are you still there?")


def test_approved_words_go_as_the_network_approved_them(alice, seen_by, talk, testnet):
    approved = actions.Approved("order_ready", "en", ("Dana", "17"))
    _say(seen_by(alice), talk, approved=approved)
    assert Reply.objects.get().text == "Hello Dana, your order 17 is ready."
    actions.work_off(worker="w", now=now())
    assert testnet.texts() == ["Hello Dana, your order 17 is ready."]


@pytest.mark.parametrize(
    ("approved", "words"),
    [
        (actions.Approved("order_ready", "en", ("Dana",)), "Fill every gap"),
        (actions.Approved("order_ready", "en", ("Dana", " ")), "Fill every gap"),
        (actions.Approved("made_up", "en"), "does not name these words as approved"),
    ],
)
def test_what_the_network_did_not_approve_does_not_go(alice, seen_by, talk, approved, words):
    with pytest.raises(actions.CannotSend, match=words):
        _say(seen_by(alice), talk, approved=approved)


def test_while_free_words_may_go_approved_ones_are_not_asked_for(alice, seen_by, talk):
    Interaction.objects.update(occurred_at=now())
    with pytest.raises(actions.CannotSend, match="free words may go here now"):
        _say(seen_by(alice), talk, approved=actions.Approved("order_ready", "en", ("Dana", "17")))
    assert _say(seen_by(alice), talk, text="Of course.")


def test_a_draft_of_free_words_stays_when_approved_ones_go(alice, seen_by, talk):
    actions.save_draft(seen_by(alice), talk.conversation_id, mode="reply", text="For later", version=0)
    _say(seen_by(alice), talk, approved=actions.Approved("order_ready", "en", ("Dana", "17")))
    assert selectors.draft_of(seen_by(alice), talk.conversation_id).text == "For later"


# ── On the page ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _page(client, talk):
    return client.get(reverse("routing:conversation", args=[talk.conversation_id])).content.decode()


def _fields(client, talk, **asked):
    route = {"route": f"{talk.account_id}:{talk.identity_id}:private"}
    return client.get(reverse("engagement:approved_words", args=[talk.conversation_id]), route | asked)


def test_the_composer_says_why_and_offers_approved_words(alice, browser, talk, network):
    page = _page(browser(alice), talk)
    assert "cannot be used: free words may follow within 24 h" in page
    assert "Use approved words" in page
    assert network.asked == 0  # the page does not wait for the network


def test_the_words_are_fetched_when_they_are_chosen_and_kept_a_while(alice, browser, talk, network):
    client = browser(alice)
    assert b"order_ready" in _fields(client, talk).content
    filled = _fields(client, talk, template="order_ready|en").content.decode()
    assert filled.count('name="gap"') == 2
    assert network.asked == 1


def test_a_network_that_refuses_to_tell_says_so(alice, browser, talk, network):
    from heard.listening.models import ChannelAccount

    ChannelAccount.objects.update(config={"refuses": True})
    assert b"could not be asked for its approved words: no permission" in _fields(browser(alice), talk).content


def test_approved_words_are_for_those_who_may_answer_and_see_it(vera, bea, browser, talk):
    assert _fields(browser(vera), talk).status_code == 403
    assert _fields(browser(bea), talk).status_code == 404


def test_a_preview_shows_approved_words_filled(alice, browser, talk):
    form = {"route": f"{talk.account_id}:{talk.identity_id}:private", "template": "order_ready|en", "gap": ["Dana", "17"]}
    found = browser(alice).post(reverse("engagement:preview", args=[talk.conversation_id]), form).json()
    assert "Hello Dana, your order 17 is ready." in found["parts"]


def test_where_they_spoke_last_is_shut_and_the_next_best_is_offered(sam, browser, seen_by, network, dana_writes):
    mail = dana_writes("The same by mail.", kind="forgetful", network="email")
    talk = dana_writes("And here.", kind="windowed")
    Interaction.objects.update(occurred_at=now() - timedelta(hours=30))
    identity.link(seen_by(sam), talk.identity_id, mail.identity_id, why="she says so")
    page = _page(browser(sam), talk)
    assert f'data-takes-way="{mail.account_id}:{mail.identity_id}:private"' in page


def test_the_next_best_way_is_the_safest_that_is_open():
    def route(account_id, visibility, *, may_send=True):
        return selectors.Route(
            account_id=account_id,
            kind="x",
            account_name="X",
            identity_id=1,
            address="@dana",
            visibility=visibility,
            max_length=None,
            length_unit="characters",
            may_send=may_send,
            why_not="",
            in_reply_to=None,
        )

    shut, public, private = route(1, "public", may_send=False), route(2, "public"), route(3, "private")
    assert selectors.next_best([shut, public, private], than=shut) == private
    assert selectors.next_best([shut, public], than=shut) == public
    assert selectors.next_best([shut, public], than=shut, in_private=True) is None
    own = route(1, "private")
    assert selectors.next_best([private, own], than=shut) == own

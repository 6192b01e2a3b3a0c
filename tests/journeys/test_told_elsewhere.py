"""Another system is told of what happens on the desk, from the voice to the reply, in the transaction in which it happens."""

import json

import pytest

from heard.governance import actions_on_webhooks as webhooks
from heard.governance.models import WebhookMessage
from heard.governance.permissions import viewer_of
from heard.governance.rules import announcements
from heard.kernel.clock import now
from heard.listening.actions.pull import failed, succeeded
from heard.listening.channels.contract import Retryable
from heard.routing import actions as routing
from heard.routing.models import Case
from tests.support.wire import delivery, person, poison, said

pytestmark = pytest.mark.django_db(transaction=True)
dana, eve = person("Dana"), person("Eve")


@pytest.fixture(autouse=True)
def shop(ada):
    webhooks.add_endpoint(viewer_of(ada), url="https://shop.example", name="Shop", events=list(announcements.EVENTS))


def _told() -> list[tuple[str, dict]]:
    return [(m.event, json.loads(m.body)["data"]) for m in WebhookMessage.objects.order_by("id")]


def test_a_voice_and_the_case_it_opens_are_told_once_however_often_it_comes(wire, arrive):
    account = wire()
    help_ = said("1", dana, "My broadband is down since yesterday. Can you please help me?")
    arrive(
        account,
        delivery(help_, key="a"),
        delivery(help_, key="b"),
        poison(),
        delivery(said("2", eve, "lol same", visibility="public", addressed=False)),
    )
    case = Case.objects.get(kind="support")
    told = _told()
    assert [event for event, _ in told].count("voice.heard") == 2
    assert [event for event, _ in told].count("case.opened") == Case.objects.count()
    assert ("case.opened", {"case_id": case.pk, "kind": "support", "conversation_id": case.conversation_id}) in told
    assert {data["outcome"] for event, data in told if event == "voice.heard"} == {"waiting", "no_answer_due"}
    assert "broadband" not in str(told)


def test_a_case_is_resolved_once(wire, arrive, ada):
    arrive(wire(), delivery(said("1", dana, "My broadband is down. Can you please help me?")))
    case = Case.objects.get(kind="support")
    for _ in range(2):
        routing.resolve_case(viewer_of(ada), case.pk)
    assert [event for event, _ in _told()].count("case.resolved") == 1


def test_a_channel_that_fails_and_recovers(wire):
    account = wire()
    for _ in range(3):
        failed(account, Retryable("away"))
    succeeded(account)
    succeeded(account)
    assert [event for event, _ in _told()] == ["channel.failing", "channel.recovered"]


def test_a_reply_that_went_out_and_one_that_did_not(alice, seen_by, dana_writes, testnet):
    from heard.engagement import actions
    from heard.listening.channels.contract import Rejected

    talk = dana_writes()

    def say(text: str) -> None:
        where = {"account_id": talk.account_id, "identity_id": talk.identity_id, "visibility": "private"}
        actions.send_reply(seen_by(alice), talk.conversation_id, text=text, request_key=text, **where)
        actions.work_off(worker="w", now=now())

    say("We are on it.")
    testnet.before_it_hears(Rejected("not these words"))
    say("Again.")
    replies = [(event, data["conversation_id"], data.get("state")) for event, data in _told() if event.startswith("reply")]
    assert replies == [("reply.sent", talk.conversation_id, None), ("reply.failed", talk.conversation_id, "failed")]

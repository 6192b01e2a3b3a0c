"""A voice comes in, is answered, and what the customer writes under the answer comes to the same conversation."""

import msgspec

from heard.engagement import actions
from heard.engagement.selectors import utterances_of
from heard.governance.permissions import HEARD
from heard.kernel import outbox
from heard.kernel.clock import now
from heard.listening import actions as listening
from heard.listening.channels.contract import Author, RawEvent, Said, StatusChanged
from heard.project import worker
from heard.routing import selectors as routing

DANA = Author(network="testnet", external_id="dana@testnet.example", handle="@dana", name="Dana")


def _hear(account_id, *events):
    body = msgspec.json.encode(events)
    listening.receive(account_id, [RawEvent(key=str(hash(body)), body=body)])
    worker.drain("w")


def _dana_says(text, external_id, **more):
    return Said(external_id=external_id, author=DANA, occurred_at=now(), text=text, visibility="public", **more)


def test_dana_is_answered_and_her_thanks_come_to_the_same_conversation(alice, seen_by, testnet, db):
    account_id = listening.connect(HEARD, kind="testnet", name="Our testnet", address="us@testnet.example")
    _hear(account_id, _dana_says("My broadband is down since yesterday, please help!", "q1"))
    [talk] = routing.visible_conversations(seen_by(alice))
    actions.send_reply(
        seen_by(alice),
        talk.pk,
        text="A technician comes at two.",
        account_id=account_id,
        identity_id=talk.opener_id,
        visibility="public",
        request_key="one-click",
    )
    actions.work_off(worker="w", now=now())
    [(_, part)] = testnet.taken
    assert (part.in_reply_to, part.to.handle) == ("q1", "@dana")

    _hear(account_id, StatusChanged(target="net-1", status="read", occurred_at=now()))
    outbox.pass_on(worker="w", now=now())
    assert utterances_of(seen_by(alice), talk.pk)[0].state == "read"

    _hear(account_id, _dana_says("Thank you!", "q2", parent_ref="net-1"))
    assert len(routing.messages_of(talk.pk)) == 3

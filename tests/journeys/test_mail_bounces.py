"""Real bounces of a real Postfix: each fails the very answer that did not arrive, and none opens anything."""

import pytest

from heard.engagement import actions
from heard.engagement.models import Utterance
from heard.governance.permissions import HEARD
from heard.kernel import outbox
from heard.kernel.clock import now
from heard.listening import actions as listening
from heard.listening.models import Interaction
from heard.project import worker
from heard.routing import selectors as routing
from heard.routing.models import Case, Conversation
from tests.support.servers.postfix import REFUSALS, postfix_behind
from tests.support.servers.waiting import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.django_db]


@pytest.fixture
def internet(mail_server):
    with postfix_behind(mail_server):
        yield mail_server


@pytest.fixture
def mailbox(internet, desk_address, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return listening.connect(HEARD, kind="email", name="Support", address=desk_address, **internet.account(desk_address))


def hear(mailbox: int) -> None:
    listening.pull(mailbox)
    worker.drain("w")
    outbox.pass_on(worker="w", now=now())


def answered(viewer, mailbox: int, *, to: str, text: str) -> Utterance:
    """A person's answer in the conversation that `to` began, handed over."""
    talk = next(t for t in routing.visible_conversations(viewer) if t.opener.external_id == to)
    given = {"account_id": mailbox, "identity_id": talk.opener_id, "visibility": "private", "request_key": text}
    actions.send_reply(viewer, talk.pk, text=text, **given)
    actions.work_off(worker="w", now=now())
    return Utterance.objects.get(reply__text=text)


def test_each_bounce_fails_the_answer_it_is_about_and_the_others_stand(internet, desk_address, mailbox, alice, seen_by):
    refused = [f"dana@{domain}" for domain in ("unknown.test", "full.test", "strict.test")]
    for sender in (*refused, "eva@home.test"):
        internet.write(sender, desk_address, "Broadband", "My broadband is down, please help!")
    hear(mailbox)
    opened = (Conversation.objects.count(), Case.objects.count())
    sent = {to: answered(seen_by(alice), mailbox, to=to, text=f"A technician comes, {to}.") for to in (*refused, "eva@home.test")}
    wait_for(lambda: len(internet.messages(desk_address)) == 4 + len(refused))
    hear(mailbox)
    for utterance in sent.values():
        utterance.refresh_from_db()
    assert {to: u.state for to, u in sent.items()} == {**dict.fromkeys(refused, "failed"), "eva@home.test": "sent"}
    for to in refused:
        code, words = REFUSALS[to.partition("@")[2]][1].split(" ", 2)[1:]
        assert to in sent[to].error
        assert code in sent[to].error
        assert words in sent[to].error
    bounces = Interaction.objects.filter(kind="bounce")
    assert {b.parent_ref for b in bounces} == {sent[to].external_id for to in refused}
    assert {b.extra["report"]["action"] for b in bounces} == {"failed"}
    assert (Conversation.objects.count(), Case.objects.count()) == opened
    assert len(internet.messages("eva@home.test")) == 1


def test_a_warning_that_it_takes_longer_fails_nothing(internet, desk_address, mailbox, alice, seen_by):
    internet.write("dana@busy.test", desk_address, "Broadband", "My broadband is down, please help!")
    hear(mailbox)
    utterance = answered(seen_by(alice), mailbox, to="dana@busy.test", text="A technician comes.")
    wait_for(lambda: len(internet.messages(desk_address)) == 2)
    hear(mailbox)
    utterance.refresh_from_db()
    warning = Interaction.objects.get(kind="bounce")
    assert warning.extra["report"]["action"] == "delayed"
    assert warning.extra["report"]["target"] == utterance.external_id
    assert (utterance.state, utterance.error) == ("sent", "")

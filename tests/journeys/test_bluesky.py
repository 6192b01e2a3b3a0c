"""On a real Bluesky network: Dana asks in public, Alice answers in a thread, Dana's thanks find their conversation; a quote, a like
and a deletion arrive, and the firehose brings what only a keyword tells."""

import threading

import pytest

from heard.engagement import actions
from heard.engagement.selectors import utterances_of
from heard.governance.permissions import HEARD
from heard.kernel.clock import now
from heard.listening import actions as listening
from heard.listening import streams
from heard.listening.models import ChannelAccount, Identity, Interaction, Reaction, Revision
from heard.listening.selectors import voices
from heard.project import worker
from heard.routing import selectors as routing
from tests.support.servers.bluesky import mention
from tests.support.servers.waiting import wait_for

pytestmark = [pytest.mark.server, pytest.mark.django_db]


@pytest.fixture
def acme(bluesky):
    return bluesky.add("acme")


@pytest.fixture
def dana(bluesky):
    return bluesky.add("dana")


@pytest.fixture
def account(acme, settings) -> int:
    """Ours, connected as an administrator does it, on a server in our own network."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return connect(acme)


def connect(acme, **config: str) -> int:
    config = {"base_url": acme.base_url, **config}
    secrets = {"app_password": acme.app_password()}
    return listening.connect(HEARD, kind="bluesky", name="Acme", address=f"@{acme.handle}", config=config, secrets=secrets)


def hear(account: int, words: str) -> Interaction:
    """Fetch what has come and walk it, until somebody has said this."""

    def found() -> Interaction | None:
        listening.pull(account)
        worker.drain("w")
        return Interaction.objects.filter(account_id=account, text__contains=words).first()

    return wait_for(found, every=0.2)


def answer(viewer, talk, account: int, text: str) -> list[str]:
    """The addresses of the posts that went out."""
    send = {"account_id": account, "identity_id": talk.opener_id, "visibility": "public", "request_key": text[:20]}
    actions.send_reply(viewer, talk.pk, text=text, **send)
    wait_for(lambda: actions.work_off(worker="w", now=now()) == 0)
    sent = utterances_of(viewer, talk.pk)
    assert {utterance.state for utterance in sent} == {"sent"}
    return [Interaction.objects.get(pk=utterance.interaction_id).external_id for utterance in sent]


def test_dana_is_answered_in_a_thread_and_her_thanks_come_to_the_same_conversation(acme, dana, account, alice, seen_by):
    text = f"Hello @{acme.handle}, my broadband is down since yesterday, please help! 🙏"
    asked = dana.post(text, **mention(text, acme))
    heard = hear(account, "broadband is down")
    assert (heard.external_id, heard.visibility, heard.addressed) == (asked["uri"], "public", True)
    assert Identity.objects.get(pk=heard.identity_id).external_id == dana.did
    [talk] = routing.visible_conversations(seen_by(alice))

    first, second = answer(seen_by(alice), talk, account, "We are sorry, Dana. " * 10 + "A technician comes at two. " * 8)
    on_her_screen = dana.hears("(1/2)")
    assert (on_her_screen["uri"], on_her_screen["record"]["reply"]["parent"]["uri"]) == (first, asked["uri"])
    below = wait_for(lambda: dana.sees(second))
    assert (below["record"]["reply"]["parent"]["uri"], below["record"]["reply"]["root"]["uri"]) == (first, asked["uri"])

    dana.post("Thank you, two is fine", answering=below, below=asked)
    hear(account, "two is fine")
    texts = [Interaction.objects.get(pk=id_).text[:12] for id_ in routing.messages_of(talk.pk)]
    assert texts == ["Hello @acme-", "We are sorry", texts[2], "Thank you, t"]
    assert Interaction.objects.count() == 4  # our own posts came back and were known

    dana.like(below)
    wait_for(lambda: (hear(account, "two is fine"), Reaction.objects.filter(target=second, reaction="like").exists())[1])


def test_what_dana_takes_back_disappears_here(acme, dana, account, alice, seen_by):
    text = f"@{acme.handle} please help, my broadband number is 4711"
    asked = dana.post(text, **mention(text, acme))
    heard = hear(account, "4711").pk
    assert "4711" in voices(seen_by(alice), [heard])[heard].text
    dana.delete(asked["uri"])
    wait_for(lambda: (listening.pull(account), worker.drain("w"), Revision.objects.filter(withdrawn=True).exists())[2], every=0.2)
    seen = voices(seen_by(alice), [heard])[heard]
    assert (seen.is_withdrawn, seen.text) == (True, "")


def test_firehose_brings_a_mention_and_a_keyword_and_a_deletion_without_a_poll(acme, dana, settings, bluesky):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    account = connect(acme, keywords="zebrafibre", firehose=bluesky.firehose)
    text = f"@{acme.handle} is anybody there?"
    posted: list[dict] = []

    def speak() -> None:
        posted.append(dana.post("zebrafibre is slow again"))
        dana.post(text, **mention(text, acme))

    def told(words: str) -> bool:
        worker.drain("w")
        return Interaction.objects.filter(text__contains=words).exists()

    def until(words_came) -> None:
        """As the listener runs it: the stream begins anew when the account changed, as it does by signing in."""
        while not words_came():
            assert streams.listen(account, stopping=lambda: False, keep_going=lambda: not words_came())
            assert ChannelAccount.objects.get(pk=account).last_error == ""

    later = threading.Timer(1, speak)  # the first poll is then over
    later.start()
    until(lambda: told("anybody there") and told("zebrafibre is slow"))
    later.join()
    assert Interaction.objects.get(text__contains="zebrafibre").addressed is False

    threading.Timer(1, lambda: dana.delete(posted[0]["uri"])).start()
    until(lambda: told("anybody there") and Revision.objects.filter(target=posted[0]["uri"], withdrawn=True).exists())

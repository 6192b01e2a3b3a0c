"""Dana comes in by the doors that need no network of their own, and is known, routed and reachable."""

import pytest
from django.test import Client

from heard.engagement.selectors import reachable
from heard.kernel.clock import now
from heard.listening import api, form_views
from heard.listening.actions.log import log
from heard.listening.actions.tokens import make_token
from heard.listening.models import ChannelAccount, Interaction
from heard.listening.selectors import search, voices
from heard.project.worker import drain
from heard.routing.models import Disposition
from heard.routing.selectors import conversation_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_paces():
    for pace in (form_views.pace, api.pace):
        pace.forget()


@pytest.fixture
def mailbox(company):
    return ChannelAccount.objects.create(kind="email", name="Support", address="help@acme.example", state="ok")


@pytest.fixture
def write_to_us(company):
    ChannelAccount.objects.create(kind="form", name="Contact", address="help")

    def send(message: str, **more):
        words = {"name": "Dana", "email": "dana@example.org", "message": message, **more}
        answer = Client().post("/form/help/", words)
        drain()
        return answer.url.rstrip("/").rsplit("/", 1)[-1]

    return send


def test_a_form_is_understood_waits_in_a_queue_and_is_found_by_its_reference(write_to_us, alice, seen_by):
    reference = write_to_us("My router is broken since Monday, please help me.")
    voice = Interaction.objects.get()
    assert Disposition.objects.get(interaction=voice).outcome == "waiting"
    assert search(seen_by(alice), reference) == [voice.pk]


def test_the_desk_answers_a_form_by_mail(write_to_us, mailbox, alice, seen_by):
    write_to_us("My router is broken since Monday, please help me.")
    ways = [r for r in reachable(seen_by(alice), conversation_of(Interaction.objects.get().pk)) if r.may_send]
    assert [(r.account_id, r.address) for r in ways] == [(mailbox.pk, "dana@example.org")]


def test_a_call_about_it_goes_on_in_the_same_conversation(write_to_us, alice, seen_by):
    write_to_us("My router is broken since Monday, please help me.")
    by_hand = ChannelAccount.objects.create(kind="log", name="By hand")
    log(
        seen_by(alice),
        account_id=by_hand.pk,
        kind="call",
        who="dana@example.org",
        occurred_at=now(),
        text="Her router is still broken and she asks for help.",
    )
    drain()
    assert len({conversation_of(i) for i in Interaction.objects.values_list("pk", flat=True)}) == 1


def test_another_system_may_bring_the_correction_before_the_words(company, ada, seen_by):
    """Threat 43."""
    shop = ChannelAccount.objects.create(kind="api", name="Shop")
    token = make_token(seen_by(ada), shop.pk, "Shop system")
    said = {
        "external_id": "1",
        "author": {"id": "7", "network": "shop"},
        "text": "Broken!",
        "occurred_at": "2026-03-02T08:00:00Z",
    }
    edit = {
        "type": "edited",
        "external_id": "1",
        "version": "2",
        "occurred_at": "2026-03-02T08:05:00Z",
        "text": "Broken, please help!",
    }
    for item in (edit, said, edit, said):
        Client().post("/api/v1/interactions", item, content_type="application/json", headers={"Authorization": f"Bearer {token}"})
        drain()
    [voice] = voices(seen_by(ada), [Interaction.objects.get().pk]).values()
    assert (voice.text, len(voice.earlier)) == ("Broken, please help!", 1)

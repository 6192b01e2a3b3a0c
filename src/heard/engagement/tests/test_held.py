"""D7, T23: an answer in public to personal data is held until its author decides, whatever a form leaves out."""

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse

from heard.engagement import actions
from heard.engagement.models import Reply
from heard.governance.models import AuditLine
from heard.kernel.clock import now
from heard.understanding.models import Assessment


@pytest.fixture
def talk(dana_writes):
    """Dana wrote her card number in public."""
    talk = dana_writes("My card 4111 1111 1111 1111 was charged twice!", visibility="public")
    _assessed(talk.interaction_id, ["card"])
    return talk


def _assessed(interaction_id, private):
    Assessment.objects.create(
        interaction_id=interaction_id,
        version=1,
        language="en",
        sentiment="negative",
        answer_due=True,
        operational=True,
        analytical=True,
        private=private,
        assessed_at=now(),
    )


def _say(viewer, talk, text="We are on it.", **changes):
    usual = {"account_id": talk.account_id, "identity_id": talk.identity_id, "visibility": "public", "request_key": "click"}
    return actions.send_reply(viewer, talk.conversation_id, text=text, **(usual | changes))


def _lines(verb):
    return list(AuditLine.objects.filter(verb=verb).values_list("detail", flat=True))


def test_an_answer_in_public_to_a_card_number_is_held(alice, seen_by, talk):
    with pytest.raises(actions.Held, match="What they wrote holds a card number"):
        _say(seen_by(alice), talk)
    assert not Reply.objects.exists()


def test_it_goes_in_private_without_a_question(alice, seen_by, talk):
    assert _say(seen_by(alice), talk, visibility="private")
    assert _lines("reply.public_anyway") == []


def test_it_goes_in_public_knowingly_and_that_is_written_down(alice, seen_by, talk):
    reply = _say(seen_by(alice), talk, knowingly=["their-card"])
    assert _lines("reply.public_anyway") == [{"reply": reply, "kinds": ["their-card"]}]


@pytest.mark.parametrize("answers_id", [None, 999_999], ids=["no message named", "another message named"])
def test_leaving_out_what_is_answered_tricks_nobody(alice, seen_by, talk, answers_id):
    with pytest.raises(actions.Held):
        _say(seen_by(alice), talk, answers_id=answers_id)


def test_a_harmless_message_after_it_does_not_hide_the_one_that_waits(alice, seen_by, talk):
    from heard.listening.models import Interaction
    from heard.routing.models import Entry

    voice = Interaction.objects.get(pk=talk.interaction_id)
    voice.pk, voice.external_id, voice.text = None, "later", "Hello?"
    voice.save()
    Entry.objects.create(conversation_id=talk.conversation_id, interaction=voice, occurred_at=voice.occurred_at)
    with pytest.raises(actions.Held):
        _say(seen_by(alice), talk)


def test_knowing_of_one_kind_is_not_knowing_of_another(alice, seen_by, talk):
    with pytest.raises(actions.Held):
        _say(seen_by(alice), talk, "Ring us: +44 7700 900123.", knowingly=["their-card"])
    assert _say(seen_by(alice), talk, "Ring us: +44 7700 900123.", knowingly=["their-card", "our-phone"])


def test_a_card_number_in_our_own_words_never_leaves_in_public(alice, seen_by, dana_writes):
    talk = dana_writes(visibility="public")
    with pytest.raises(actions.Held, match="does not go out in public"):
        _say(seen_by(alice), talk, "Your card 4111 1111 1111 1111 is fine.", knowingly=["our-card", "their-card"])


def test_an_order_number_is_answered_in_public(alice, seen_by, dana_writes):
    talk = dana_writes("Where is order 12345678?", visibility="public")
    _assessed(talk.interaction_id, ["order"])
    assert _say(seen_by(alice), talk)


# ── On the page ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _form(talk, text="We are on it.", visibility="public", **more):
    return {"text": text, "route": f"{talk.account_id}:{talk.identity_id}:{visibility}", "request_key": "click", **more}


def _preview(client, talk, **form):
    return client.post(reverse("engagement:preview", args=[talk.conversation_id]), _form(talk, **form))


def test_the_composer_offers_the_private_way_and_the_knowing_one(alice, browser, talk):
    held = _preview(browser(alice), talk).json()["held"]
    assert f'data-takes-way="{talk.account_id}:{talk.identity_id}:private"' in held
    assert 'name="knowingly" value="their-card"' in held


def test_the_composer_says_why_nothing_private_is_open(alice, browser, talk, testnet, monkeypatch):
    from msgspec.structs import replace

    from tests.support.testnet import TestnetAdapter

    monkeypatch.setattr(TestnetAdapter, "capabilities", replace(TestnetAdapter.capabilities, private_reply=False))
    held = _preview(browser(alice), talk).json()["held"]
    assert "data-takes-way" not in held
    assert "in public only" in held


def test_words_of_ours_with_a_card_have_no_knowing_way(alice, browser, talk):
    held = _preview(browser(alice), talk, text="4111 1111 1111 1111 it is").json()["held"]
    assert "knowingly" not in held


def test_the_form_is_refused_and_goes_with_the_button_that_says_so(alice, browser, talk):
    client, address = browser(alice), reverse("engagement:reply", args=[talk.conversation_id])
    assert client.post(address, _form(talk)).status_code == 409
    assert client.post(address, _form(talk, knowingly="their-card")).status_code == 200
    assert Reply.objects.get().visibility == "public"


def test_a_preview_shows_the_parts_as_the_network_gets_them(alice, browser, talk):
    found = _preview(browser(alice), talk, text="x" * 100, visibility="private").json()
    assert found["words"] == "Goes out in 2 parts"
    assert "Part 1 of 2, 80 of 80" in found["parts"]
    assert "Part 2 of 2, 20 of 80" in found["parts"]
    assert not Reply.objects.exists()


def test_a_preview_escapes_what_was_typed(alice, browser, talk):
    assert "<b>" not in _preview(browser(alice), talk, text="<b>bold</b>").json()["parts"]


def test_a_preview_is_for_those_who_may_answer_and_see_it(vera, bea, browser, talk, seen_by):
    assert _preview(browser(vera), talk).status_code == 403
    assert _preview(browser(bea), talk).status_code == 404
    assert _preview(browser(bea), talk, text="").status_code == 404
    with pytest.raises(ObjectDoesNotExist):
        _say(seen_by(bea), talk)

"""T23: a card or a national number in a public post. What the policy masks stands nowhere in the store, whatever way it came."""

import json

import pytest
from django.apps import apps

from heard.governance import actions
from heard.governance.actions import Refused
from heard.governance.permissions import NotAllowed, viewer_of
from heard.governance.rules import masking
from heard.listening.channels.contract import Edited
from heard.listening.models import Interaction, Payload, Revision
from heard.understanding.models import Assessment
from tests.support.wire import at, delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)
dana = person("Dana")
CARD, COMPACT = "4111 1111 1111 1111", "4111111111111111"
PHONE = "+44 20 7946 0958"


def _everywhere() -> str:
    """All that stands in any table, bytes as well."""
    rows = [row for model in apps.get_models() for row in model._default_manager.values_list()]
    return " ".join(bytes(v).decode("utf-8", "replace") if isinstance(v, bytes | memoryview) else str(v) for r in rows for v in r)


def _in_public(external_id: str, text: str, **more):
    return said(external_id, dana, text, visibility="public", **more)


def test_a_card_in_a_public_post_is_nowhere_and_what_it_was_is_still_known(wire, arrive):
    text = f"My card {CARD} was charged twice! Please help me."
    arrive(
        wire(), delivery(_in_public("1", text, html=f"<p>{text}</p>", full_text=f"{text}\n> old", extra={"raw": {"t": [text]}}))
    )
    everywhere = _everywhere()
    assert (CARD in everywhere, COMPACT in everywhere) == (False, False)
    stored = Interaction.objects.get()
    assert stored.text == "My card …11 was charged twice! Please help me."
    assert "…11" in stored.html and "…11" in stored.full_text and "…11" in json.dumps(stored.extra, ensure_ascii=False)
    assert "card" in Assessment.objects.get().private


def test_its_words_are_found_and_its_number_is_not(wire, arrive, ada):
    arrive(wire(), delivery(_in_public("1", f"My card {COMPACT} was charged twice!")))
    from heard.listening import selectors

    assert selectors.search(viewer_of(ada), "charged") and not selectors.search(viewer_of(ada), COMPACT)


def test_an_edit_brings_nothing_back(wire, arrive):
    account = wire()
    arrive(account, delivery(Edited(target="1", version="2", occurred_at=at(2), text=f"It is {CARD}", html=f"<p>{CARD}</p>")))
    arrive(account, delivery(_in_public("1", "Which card do you need?")))
    assert CARD not in _everywhere()
    assert Revision.objects.get().text == "It is …11"


def test_bytes_are_let_go_only_where_something_was_masked(wire, arrive):
    arrive(
        wire(), delivery(_in_public("1", f"My card is {CARD}"), key="a"), delivery(_in_public("2", "My parcel is late"), key="b")
    )
    assert Payload.objects.count() == 1


def test_a_phone_number_is_kept_when_it_was_given_in_private_and_masked_when_everyone_reads_it(wire, arrive):
    account = wire()
    text = f"Please call me on {PHONE} about my broken router."
    arrive(account, delivery(said("1", dana, text)), delivery(_in_public("2", text)))
    private, public = Interaction.objects.order_by("external_id")
    assert (private.text, PHONE in public.text) == (text, False)


def test_the_house_decides(wire, arrive, ada):
    actions.change_masking(viewer_of(ada), {"phone": "never", "card": "never"})
    arrive(wire(), delivery(_in_public("1", f"Card {CARD}, phone {PHONE}, DE89 3704 0044 0532 0130 00")))
    text = Interaction.objects.get().text
    assert (CARD in text, PHONE in text, "DE89 3704" in text) == (True, True, False)


def test_only_who_manages_the_company_decides_and_only_what_there_is(ada, sam):
    with pytest.raises(NotAllowed):
        actions.change_masking(viewer_of(sam), {"card": "never"})
    with pytest.raises(Refused):
        actions.change_masking(viewer_of(ada), {"shoe size": "always"})


def test_a_kind_that_a_policy_does_not_name_follows_the_default():
    assert "card" in masking.masked_kinds({}, is_public=False)
    assert "phone" not in masking.masked_kinds({}, is_public=False)
    assert "phone" in masking.masked_kinds({"card": "never"}, is_public=True)


def test_the_settings_page_says_what_holds_and_changes_it(browser, ada, sam):
    page = browser(ada)
    assert "Payment cards" in page.get("/settings/privacy/").content.decode()
    page.post("/settings/privacy/", {**masking.DEFAULT, "email": "always"})
    assert "email" in masking.masked_kinds({"email": "always"}, is_public=False)
    from heard.governance.selectors import masking_policy

    assert masking_policy()["email"] == "always"
    assert browser(sam).get("/settings/privacy/").status_code == 403

"""The page of a conversation: what it holds, what is asked for when a menu is opened, and what it is without JavaScript."""

import pytest

from heard.governance.models import AuditLine
from heard.listening.models import Interaction
from heard.routing.models import Conversation, Disposition
from heard.understanding.models import Correction
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)

BROWSER = {"HX-Request": "true"}


@pytest.fixture
def message(wire, arrive) -> int:
    """Dana's router is down, and nobody has answered; the id of her message."""
    arrive(wire("Open line"), delivery(said("1", person("Dana"), "My router is down, please help me!")))
    return Interaction.objects.get().pk


@pytest.fixture
def address(message) -> str:
    return f"/conversations/{Conversation.objects.get().pk}/"


def shown(client, address: str, **headers) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_menus_under_a_message_are_asked_for_when_they_are_opened(message, address, alice, browser):
    story = shown(browser(alice), address).split("data-story")[1].split("</aside>")[0].split('id="composer"')[0]
    assert f'data-fetches="/messages/{message}/why/"' in story
    assert f'data-fetches="/messages/{message}/settle/"' in story
    assert "Not so? Say what is true" not in story
    assert "No answer due" not in story


def test_a_menu_holds_no_page_around_it(message, alice, browser):
    why = shown(browser(alice), f"/messages/{message}/why/", **BROWSER)
    settle = shown(browser(alice), f"/messages/{message}/settle/", **BROWSER)
    assert "Not so? Say what is true" in why
    assert "No answer due" in settle
    assert "<html" not in why + settle


def test_without_javascript_a_verdict_is_corrected_on_a_page_of_its_own(message, address, alice, browser):
    client = browser(alice)
    page = shown(client, f"/messages/{message}/why/")
    assert "My router is down, please help me!" in page
    assert "csrfmiddlewaretoken" in page.split("Not so? Say what is true")[1].split("</form>")[0]
    answer = client.post(f"/messages/{message}/correct/", {"sentiment": "positive"})
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert Correction.objects.get().value == "positive"


def test_without_javascript_a_message_is_settled_on_a_page_of_its_own(message, address, alice, browser):
    client = browser(alice)
    assert "No answer due" in shown(client, f"/messages/{message}/settle/")
    answer = client.post(f"/messages/{message}/settle/", {"outcome": "no_answer_due"})
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert Disposition.objects.get().outcome == "no_answer_due"


def test_who_only_reads_is_told_why_and_is_offered_nothing_to_change(message, address, vera, browser):
    client = browser(vera)
    assert f"/messages/{message}/settle/" not in shown(client, address)
    assert client.get(f"/messages/{message}/settle/").status_code == 403
    assert "Not so?" not in shown(client, f"/messages/{message}/why/", **BROWSER)


def test_looking_at_the_choices_settles_nothing(message, alice, browser):
    browser(alice).get(f"/messages/{message}/settle/", {"outcome": "spam"})
    assert Disposition.objects.get().outcome == "waiting"
    assert not AuditLine.objects.filter(object_kind="interaction", object_id=message).exists()


def test_the_list_beside_a_conversation_is_asked_for_where_it_is_seen(message, address, alice, browser):
    client = browser(alice)
    page = shown(client, f"{address}?view=mine")
    assert 'id="list"' in page
    assert 'hx-trigger="intersect once"' in page
    assert 'id="rows"' not in page
    assert 'hx-get="/?view=mine"' in page
    assert 'id="list"' not in shown(client, address, **BROWSER, **{"HX-Target": "conversation-area"})

"""What a message is held to mean, on its page: what is judged by itself, the topic, and a topic corrected with one press."""

import pytest

from heard.governance.models import AuditLine
from heard.listening.models import Interaction
from heard.routing.models import Conversation
from heard.understanding import actions_on_topics as topics
from heard.understanding.tests.topics_said import LATE, REFUND
from heard.understanding.topics.selectors import topics_of
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)

LOVES_AND_HATES = "I love the phone, but your support is terrible. Please help me!"


@pytest.fixture
def hears(wire, arrive):
    """A function: Dana says it; the answer is (her message, the address of the conversation)."""
    account_id = wire("Open line")

    def hear(text: str) -> tuple[int, str]:
        arrive(account_id, delivery(said("1", person("Dana"), text)))
        return Interaction.objects.get().pk, f"/conversations/{Conversation.objects.get().pk}/"

    return hear


def shown(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_what_is_judged_by_itself_stands_beside_the_conversation_with_its_words(hears, alice, browser):
    _, address = hears(LOVES_AND_HATES)
    panel = shown(browser(alice), address).split("What their newest words mean")[1]
    judged = panel.split("Judged by itself")[1].split("</ul>")[0]
    assert judged.index(">positive<") < judged.index(">phone<") < judged.index(">negative<") < judged.index(">support<")
    assert "“love the”" in judged
    assert "To sales: positive" in panel
    assert "support: negative. As a whole: mixed." in panel
    assert "terrible" in panel.split('data-evidence="')[1].split('"')[0]


def test_a_voice_that_is_all_one_is_not_taken_apart(hears, alice, browser):
    _, address = hears("I love the phone!")
    assert "Judged by itself" not in shown(browser(alice), address)


def test_the_topic_is_shown_and_corrected_with_one_press(hears, alice, ada, browser, seen_by):
    late = topics.make_topic(seen_by(ada), "Late parcels", texts=LATE)
    refund = topics.make_topic(seen_by(ada), "Refunds", texts=REFUND)
    message, address = hears("My parcel has not arrived, where is the delivery?")
    client = browser(alice)
    assert topics_of([message]) == {message: (late, "Late parcels")}
    assert "Late parcels</a>" in shown(client, address)
    assert client.post(f"/messages/{message}/correct/", {"topic": refund})["Location"] == address
    assert topics_of([message]) == {message: (refund, "Refunds")}
    assert AuditLine.objects.filter(verb="topic.sort", object_id=message).exists()
    client.post(f"/messages/{message}/correct/", {"topic": ""})
    assert topics_of([message]) == {}
    assert 'name="topic" value=""' not in shown(client, address)


def test_to_set_no_topic_is_refused_with_words(hears, alice, ada, browser, seen_by):
    topics.make_topic(seen_by(ada), "Late parcels", texts=LATE)
    message, _ = hears("My parcel has not arrived, where is the delivery?")
    answer = browser(alice).post(f"/messages/{message}/correct/", {"topic": "chosen", "chosen_topic": ""})
    assert (answer.status_code, "Choose a topic first." in answer.content.decode()) == (409, True)
    assert topics_of([message])


def test_who_only_reads_sees_the_topic_and_cannot_change_it(hears, ada, vera, browser, seen_by):
    late = topics.make_topic(seen_by(ada), "Late parcels", texts=LATE)
    message, address = hears("My parcel has not arrived, where is the delivery?")
    client = browser(vera)
    assert "Late parcels</a>" in shown(client, address)
    assert client.post(f"/messages/{message}/correct/", {"topic": ""}).status_code == 403
    assert topics_of([message]) == {message: (late, "Late parcels")}

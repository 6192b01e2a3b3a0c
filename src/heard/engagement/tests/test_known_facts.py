"""Facts already given, and the draft that asks for one again: for whoever may read where they were given."""

import pytest

from heard.governance.permissions import HEARD, viewer_of
from heard.identity import actions as identity
from heard.identity.models import Face, Order, Trait
from heard.kernel import clock
from heard.routing.models import Conversation
from heard.understanding.facts import facts_given
from tests.support.wire import Edited, Withdrawn, at, delivery, person, said

pytestmark = pytest.mark.django_db

DANA = person("Dana")
TOLD = "My broadband is down. My order number is 4711-22 and I already restarted the router twice. Please help!"


def face() -> Face:
    return Face.objects.get(identity__name="Dana")


def given(viewer=HEARD) -> list[tuple[str, str]]:
    return [(g.kind, g.value) for g in facts_given(viewer, [face().identity_id])]


@pytest.fixture
def line(wire):
    return wire("Open line")


@pytest.fixture
def talk(line, arrive):
    arrive(line, delivery(said("1", DANA, TOLD)))
    return Conversation.objects.get().pk


def preview(client, conversation_id: int, draft: str) -> str:
    route = f"1:{face().identity_id}:public"
    return client.post(f"/conversations/{conversation_id}/preview/", {"route": route, "text": draft}).json()["again"]


def test_what_they_said_is_given_with_where(talk, line):
    found = facts_given(HEARD, [face().identity_id])
    assert [(g.kind, g.value, g.way) for g in found] == [
        ("order", "4711-22", "wire"),
        ("tried", "My order number is 4711-22 and I already restarted the router twice.", "wire"),
    ]
    assert {g.interaction_id for g in found} == {found[0].interaction_id}


def test_given_twice_is_one_fact_from_the_last_time(talk, line, arrive):
    arrive(line, delivery(said("2", DANA, "As I said, order number 471122!", minute=90, kind="call")))
    first = facts_given(HEARD, [face().identity_id])[0]
    assert (first.way, first.times, first.at) == ("call", 2, at(90))


def test_what_was_edited_or_taken_back_is_given_as_it_reads_now(talk, line, arrive):
    arrive(line, delivery(Edited(target="1", text="Order number 9999-1, please help!", occurred_at=at(5), version="2")))
    assert given() == [("order", "9999-1")]
    arrive(line, delivery(Withdrawn(target="1", occurred_at=at(6))))
    assert given() == []


def test_masked_data_is_never_a_fact(line, arrive):
    """T23."""
    text = "My card 4111 1111 1111 1111 was charged twice for my SSN 123-45-6789, my password is hunter22!"
    arrive(line, delivery(said("1", DANA, text, visibility="public")), delivery(said("2", DANA, text, visibility="private")))
    assert given() == []


def test_what_is_on_record_is_given_too(talk):
    Trait.objects.create(
        identity_id=face().identity_id, field="postcode", value="SW1A 1AA", source="import 1", seen_at=clock.now()
    )
    Order.objects.create(
        source="shop",
        external_id="1",
        identity_id=face().identity_id,
        digest="",
        told_at=clock.now(),
        number="R-500",
        placed_at=clock.now(),
    )
    assert {("postcode", "SW1A 1AA"), ("order", "R-500")} <= set(given())


def test_a_draft_that_asks_again_is_told_so_in_two_languages(talk, alice, browser):
    """T16."""
    client = browser(alice)
    for draft in ("Could you send us your order number?", "Wie lautet bitte Ihre Bestellnummer?"):
        again = preview(client, talk, draft)
        assert "You ask for the order number; Dana gave it" in again, draft
        assert "4711-22" in again
    assert "what Dana tried" in preview(client, talk, "Have you tried restarting the router?")


@pytest.mark.parametrize(
    "draft",
    ["We are on it.", "What is your postcode?", "Thank you for the order number.", "Is 4711-22 your order number?", ""],
)
def test_a_draft_that_asks_for_nothing_on_file_is_left_alone(draft, talk, alice, browser):
    assert preview(browser(alice), talk, draft) == ""


def test_the_warning_costs_a_draft_without_questions_nothing(talk, alice, browser, django_assert_num_queries):
    from heard.engagement.known_facts import asked_again

    viewer, identity_id = viewer_of(alice), face().identity_id
    with django_assert_num_queries(0):
        assert asked_again(viewer, talk, identity_id, "We are on it.") == []


def test_a_fact_that_only_another_team_may_read_is_no_fact(talk, line, arrive, wire, sales, alice, bea):
    """Threat 18."""
    arrive(
        wire("Sales line", team=sales), delivery(said("s", DANA, "My customer number is K-99812, what is the price?", minute=3))
    )
    assert ("customer", "K-99812") in given(viewer_of(bea))
    assert ("customer", "K-99812") not in given(viewer_of(alice))


def test_what_they_gave_elsewhere_under_another_name_counts(talk, line, arrive, alice, browser):
    """T5 (b): on whatever channel, once we know that it is them."""
    by_phone = person("020 7946", network="phone")
    arrive(line, delivery(said("2", by_phone, "Customer number K-99812, postcode SW1A 1AA, please help", kind="call", minute=9)))
    phone = Face.objects.get(identity__network="phone").identity_id
    identity.link(viewer_of(alice), face().identity_id, phone)
    assert "gave it" in preview(browser(alice), talk, "Could you tell us your customer number?")


def test_the_panel_of_a_conversation_shows_them(talk, alice, browser, bea):
    page = browser(alice).get(f"/conversations/{talk}/facts/").content.decode()
    assert "Order number" in page
    assert 'data-inserts="4711-22"' in page


def test_the_page_of_the_customer_shows_facts_and_ways(talk, alice, browser):
    address = f"/customers/{face().customer_id}/"
    assert f'hx-get="{address}beside/"' in browser(alice).get(address).content.decode()
    page = browser(alice).get(f"{address}beside/").content.decode()
    assert f'hx-get="{address}facts/"' in page
    assert "4711-22" in browser(alice).get(f"{address}facts/").content.decode()
    assert "Ways to reach them" in page
    assert "only listens" in page or "Wire" in page or "No channel of ours" in page

"""Between two real servers that federate: the customer lives on the other one. snac2 is a useful non-Mastodon."""

import pytest

from heard.listening.channels.contract import Edited, Outgoing, Reacted, Rejected, Said
from heard.listening.channels.mastodon.tests.desk import Desk, account_of, adapter, somebody
from tests.support.servers.snac import snac  # noqa: F401
from tests.support.servers.waiting import wait_for

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def brand(snac):
    return snac[0].add("brand")


@pytest.fixture(scope="module")
def alice(snac):
    return snac[1].add("alice")


@pytest.fixture
def desk(brand) -> Desk:
    """Starts from where the account is now: earlier tests have spoken already."""
    desk = Desk(account_of(brand, hashtags="#help"))
    desk.pull()
    return desk


def heard(desk: Desk, words: str) -> Said:
    """What somebody said with these words, once it has crossed over."""

    def found() -> Said | None:
        return next((event for event in desk.hear() if isinstance(event, Said) and words in event.text), None)

    return wait_for(found, every=0.2)


def test_customer_of_another_server_is_heard_and_finds_the_answer_below_the_question(desk, alice):
    asked = alice.post("@brand@a.snac.test my order 12 is late\n\nsee https://example.org/orders/1234567890")
    said = heard(desk, "order 12")
    assert (said.author.external_id, said.addressed, said.visibility) == ("alice@b.snac.test", True, "public")
    assert said.text == "@brand@a.snac.test my order 12 is late\n\nsee https://example.org/orders/1234567890"
    desk.answer(said, "We look into order 12")
    assert alice.hears("We look into order 12")["in_reply_to_id"] == asked["id"]


def test_direct_message_stays_direct_on_its_way_back(desk, alice):
    alice.post("@brand@a.snac.test my number is 4711", visibility="direct")
    said = heard(desk, "4711")
    assert said.visibility == "private"
    desk.answer(said, "Thank you, noted")
    assert alice.hears("Thank you, noted")["visibility"] in ("direct", "private")


def test_long_answer_arrives_as_a_thread(desk, alice):
    alice.post("@brand@a.snac.test how does it work?")
    said = heard(desk, "how does it work")
    message = Outgoing(text="First this, then that. " * 30, to=said.author, visibility="public", in_reply_to=said.external_id)
    first, second = adapter.render(message, desk.account)
    before = adapter.send(desk.ctx, first, idem="1")
    adapter.send(
        desk.ctx, type(second)(text=second.text, to=second.to, visibility="public", in_reply_to=before.external_id), idem="2"
    )
    last, earlier = alice.hears("(2/2)"), alice.hears("(1/2)")
    assert last["in_reply_to_id"] == earlier["id"]


def test_hashtag_without_our_name_is_caught(desk, brand, snac):
    snac[0].add("carol").post("broadband down for 48 hrs #help")
    said = heard(desk, "48 hrs")
    assert (said.found_by, said.addressed) == (("#help",), False)


def test_edit_on_the_other_server_reaches_us(desk, alice):
    first = alice.post("@brand@a.snac.test it is hepl I need")
    heard(desk, "hepl")
    alice.api("PUT", f"/api/v1/statuses/{first['id']}", status="@brand@a.snac.test it is help I need")
    edit = wait_for(lambda: next((event for event in desk.hear() if isinstance(event, Edited)), None), every=0.2)
    assert "help I need" in edit.text


def test_boost_of_our_answer_is_a_signal(desk, alice):
    alice.post("@brand@a.snac.test anybody there?")
    (sent,) = desk.answer(heard(desk, "anybody there"), "Always for you")
    ours = alice.hears("Always for you")
    alice.api("POST", f"/api/v1/statuses/{ours['id']}/reblog")
    event = wait_for(lambda: next((event for event in desk.hear() if isinstance(event, Reacted)), None), every=0.2)
    assert (event.target, event.reaction) == (sent.external_id, "boost")


def test_unclear_send_is_found_though_the_server_ignores_our_key(desk, alice):
    alice.post("@brand@a.snac.test did you write?")
    said = heard(desk, "did you write")
    (sent,) = desk.answer(said, "We did, see https://example.org/a/b?c=d&e=f")
    message = Outgoing(
        text="We did, see https://example.org/a/b?c=d&e=f", to=said.author, visibility="public", in_reply_to=said.external_id
    )
    (part,) = adapter.render(message, desk.account)
    assert adapter.reconcile(desk.ctx, part, idem="key-1-1").external_id == sent.external_id


def test_burst_on_a_small_server_is_heard_whole(desk, snac):
    dave = snac[0].add("dave")
    dave.post("all quiet #help")
    heard(desk, "all quiet")
    for number in range(7):
        dave.post(f"burst {number} #help")
    texts = [text for _ in range(3) for text in desk.words(limit=3)]
    assert texts == [f"burst {number} #help" for number in range(7)]


def test_server_without_streaming_says_so_and_is_polled(desk):
    with pytest.raises(Rejected, match="it is polled"):
        next(adapter.stream(desk.ctx, {}))


def test_test_button_works_on_a_small_server(desk, brand):
    health = adapter.check(desk.ctx)
    assert (health.ok, health.details["signed in as"]) == (True, "@brand@a.snac.test")


def test_answer_to_nobody_is_refused_before_anything_is_sent(desk):
    with pytest.raises(Rejected):
        adapter.render(Outgoing(text="hello", to=somebody("alice@b.snac.test\nBcc: x")), desk.account)

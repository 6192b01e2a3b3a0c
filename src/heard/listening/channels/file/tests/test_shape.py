from datetime import UTC, datetime

import pytest

from heard.listening.channels.api.item import BadItem
from heard.listening.channels.file import shape

AIRLINE = {
    "tweet_id": "567588278875214000",
    "airline_sentiment": "negative",
    "name": "dana_flies",
    "text": "@acme late &amp; later",
    "text_unescaped": "@acme late & later",
    "tweet_created": "2015-02-16 23:36:05 -0800",
    "brand": "Acme",
}
SUPPORT = {
    "tweet_id": "11",
    "author_id": "acmecare",
    "inbound": "False",
    "created_at": "Tue Oct 31 22:10:35 +0000 2017",
    "text": "@115713 Please send us a message",
    "in_response_to_tweet_id": "12",
    "conversation": "18",
}


def _read(row: dict, **chosen: str):
    return shape.item_of(row, shape.completed(shape.guessed(shape.columns_of(row)), chosen))


def test_a_list_of_tweets_is_understood_without_a_word_from_anybody():
    item = _read(AIRLINE)
    assert (item.external_id, item.author.id, item.author.network) == ("567588278875214000", "dana_flies", "x")
    assert (item.text, item.visibility, item.kind, item.extra) == ("@acme late & later", "public", "post", {"brand": "Acme"})
    assert item.occurred_at == datetime(2015, 2, 17, 7, 36, 5, tzinfo=UTC)


def test_the_companys_answers_in_a_support_thread_are_ours():
    item = _read(SUPPORT)
    assert (item.direction, item.author.id, item.parent_ref, item.thread_ref) == ("outbound", "acmecare", "12", "18")
    assert item.occurred_at == datetime(2017, 10, 31, 22, 10, 35, tzinfo=UTC)


def test_the_customers_words_in_it_are_theirs():
    assert _read({**SUPPORT, "inbound": "True", "author_id": "115713"}).direction == "inbound"


def test_names_inside_objects_are_found():
    item = _read(
        {
            "id_str": "5",
            "full_text": "hi",
            "created_at": "2026-03-02T08:00:00Z",
            "user": {"screen_name": "dana", "name": "Dana D"},
        }
    )
    assert (item.author.id, item.author.handle, item.author.name) == ("dana", "dana", "Dana D")


def test_a_ticket_number_on_every_message_names_the_thread_and_not_the_message():
    mapping = shape.guessed(["ticket_id", "email", "body", "date"])
    assert mapping["thread_ref"] == "ticket_id" and "external_id" not in mapping


def test_an_address_as_author_is_a_person_on_the_mail_network():
    item = _read({"email": "Dana@example.org", "message": "hi", "date": "2026-03-02"})
    assert item.author.network == "email"


def test_a_person_can_say_which_column_is_what_and_what_is_always_so():
    item = _read(
        {"wer": "dana", "was": "Hallo", "date": "2026-03-02"}, author_id="wer", text="was", network="=forum", visibility="=public"
    )
    assert (item.author.network, item.author.id, item.text, item.visibility) == ("forum", "dana", "Hallo", "public")


def test_a_choice_left_empty_takes_a_guessed_field_out():
    assert "subject" not in shape.completed(shape.guessed(["text", "author", "date", "title"]), {"subject": ""})


@pytest.mark.parametrize("chosen", [{"colour": "red"}, {"text": ""}])
def test_a_mapping_that_cannot_work_is_refused_before_anything_is_read(chosen):
    with pytest.raises(shape.BadMapping):
        shape.completed(shape.guessed(["text", "author", "date"]), chosen)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"author": "", "text": "hi", "date": "2026-03-02"}, "author"),
        ({"author": "dana", "text": "  ", "date": "2026-03-02"}, "nothing was said"),
        ({"author": "dana", "text": "hi", "date": ""}, "time is missing"),
        ({"author": "dana", "text": "hi", "date": "soon"}, "cannot be read"),
        ({"author": "dana", "text": "hi", "date": "2026-03-02", "direction": "up"}, "direction"),
    ],
)
def test_a_row_that_is_no_voice_is_refused_with_the_reason(row, why):
    with pytest.raises(BadItem, match=why):
        _read(row)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T08:30:00Z",
        "2026-03-02 08:30:00",
        "2026-03-02 09:30:00 +0100",
        "Mon Mar 02 08:30:00 +0000 2026",
        "Mon, 02 Mar 2026 08:30:00 +0000",
        "1772440200",
        1772440200000,
        "02.03.2026 08:30",
    ],
)
def test_a_time_is_read_as_exports_write_it(written):
    assert shape.moment_of(written) == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)

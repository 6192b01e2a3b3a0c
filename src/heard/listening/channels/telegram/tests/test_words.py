"""Words, files and places as Telegram takes them, and formatting as it sends it."""

import pytest

from heard.listening.channels.contract import Account, Author, File, Outgoing, Rejected
from heard.listening.channels.telegram.marks import cut, html_of
from heard.listening.channels.telegram.payloads import Entity
from heard.listening.channels.telegram.refs import Place, message_ref, place_of
from heard.listening.channels.telegram.words import parts_of

ACME = Account(id=1, kind="telegram", name="Acme", address="@acme_bot")
DANA = Author(network="telegram", external_id="4001")
PICTURE = File(name="a.png", content_type="image/png", data=b"x")


def parts(text="Hello", **message):
    return parts_of(Outgoing(**{"text": text, "to": DANA, **message}), ACME)


@pytest.mark.parametrize(
    ("ref", "place"),
    [
        ("4001:11", Place(chat=4001, message=11)),
        ("-1001234567:301", Place(chat=-1001234567, message=301)),
        ("bc-Acme_1/4001:41", Place(chat=4001, business="bc-Acme_1", message=41)),
        ("bc-Acme_1/4001", Place(chat=4001, business="bc-Acme_1")),
        ("4001", Place(chat=4001)),
        ("", None),
        ("٤٠٠١:11", None),
        ("4001:11:12", None),
    ],
)
def test_id_of_a_message_says_where_it_is(ref, place):
    assert place_of(ref) == place
    assert place is None or not place.message or message_ref(place.chat, place.message, place.business) == ref


def test_emoji_are_counted_in_units_of_utf16():
    assert [len(part.text.encode("utf-16-le")) // 2 <= 4096 for part in parts("👍🏽" * 2000)] == [True] * 2
    assert len(parts("👍" * 2048)) == 1


def test_caption_takes_the_words_of_one_file_and_longer_words_go_before_it():
    assert [(part.text, len(part.attachments)) for part in parts("See", attachments=(PICTURE,))] == [("See", 1)]
    assert [len(part.attachments) for part in parts("👍" * 513, attachments=(PICTURE,))] == [0, 1]
    assert [len(part.attachments) for part in parts("See", attachments=(PICTURE, PICTURE))] == [0, 1, 1]


def test_file_that_telegram_does_not_take_is_refused_before_anything_goes_out():
    film = File(name="film.mp4", content_type="video/mp4", size_bytes=50_000_001)
    with pytest.raises(Rejected, match="50 MB"):
        parts(attachments=(film,))


def test_public_answer_to_a_private_talk_stays_private():
    [part] = parts(visibility="public", in_reply_to="4001:11")
    assert (part.visibility, part.in_reply_to, part.thread_ref) == ("private", "4001:11", "4001")


def test_private_answer_to_a_group_names_no_message_of_it():
    [part] = parts(visibility="private", in_reply_to="-1001:11")
    assert (part.visibility, part.in_reply_to, part.thread_ref) == ("private", "", "4001")


def test_who_has_no_number_cannot_be_written_to_in_private():
    channel = Author(network="telegram", external_id="-1001234567")
    with pytest.raises(Rejected, match="only be answered in the group"):
        parts(to=channel)
    assert parts(to=channel, in_reply_to="-1001234567:306", visibility="public")[0].in_reply_to == "-1001234567:306"


def test_places_of_formatting_are_in_units_of_utf16():
    text = "👩🏽‍🚀 @acme_bot"
    assert cut(text, Entity(type="mention", offset=8, length=9)) == "@acme_bot"
    assert html_of(text, [Entity(type="bold", offset=8, length=9)]) == "👩🏽‍🚀 <strong>@acme_bot</strong>"


def test_formatting_that_overlaps_or_lies_makes_no_broken_page():
    marks = [
        Entity(type="bold", offset=0, length=4),
        Entity(type="italic", offset=2, length=90),
        Entity(type="code", offset=-3, length=2),
    ]
    assert html_of("<a>bcd", marks) == "<strong>&lt;a</strong><em><strong>&gt;b</strong></em><em>cd</em>"


def test_link_that_runs_a_script_is_no_link():
    assert html_of("click", [Entity(type="text_link", offset=0, length=5, url="javascript:alert(1)")]) == ""

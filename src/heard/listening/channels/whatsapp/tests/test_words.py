"""Words, files and templates as WhatsApp takes them."""

import pytest

from heard.listening.channels.contract import Account, Author, File, Outgoing, Rejected, Template
from heard.listening.channels.whatsapp.words import addressee, filled, gaps, parameters, parts_of

ACME = Account(id=1, kind="whatsapp", name="Acme", address="106540352242922")
DANA = Author(network="phone", external_id="+491701234567")


def parts(text="Hello", **message):
    return parts_of(Outgoing(text=text, to=DANA, **message), ACME)


def test_emoji_are_counted_so_that_they_fit_however_meta_counts():
    found = parts("👍🏽" * 2000)
    assert len(found) > 1
    assert all(len(part.text.encode("utf-16-le")) // 2 <= 4096 for part in found)
    assert "".join(part.text for part in found).count("👍🏽") == 2000


def test_caption_takes_the_words_of_one_file_and_longer_words_go_before_it():
    picture = File(name="a.png", content_type="image/png", data=b"x")
    assert [(part.text, len(part.attachments)) for part in parts("See", attachments=(picture,))] == [("See", 1)]
    long = "word " * 300
    assert [(part.text, len(part.attachments)) for part in parts(long, attachments=(picture,))] == [(long.strip(), 0), ("", 1)]
    assert [len(part.attachments) for part in parts("See", attachments=(picture, picture))] == [0, 1, 1]


@pytest.mark.parametrize("address", ["dana", "", "+49", "+49170\n123456", "49170123456789012345678", "us.abc"])
def test_only_numbers_and_ids_are_written_to(address):
    with pytest.raises(Rejected, match="numbers such as"):
        addressee(Author(network="phone", external_id=address))


def test_number_is_taken_as_people_write_it():
    assert addressee(Author(network="phone", external_id="+49 (170) 123-4567")).external_id == "+491701234567"


def test_gaps_are_filled_by_their_numbers_and_names_in_the_order_they_come():
    assert gaps("{{2}} and {{1}} and {{2}}") == ["1", "2"]
    assert gaps("{{name}} of {{firm}}, {{name}}") == ["name", "firm"]
    template = Template(name="t", language="en", text="{{2}} for {{1}}", values=("Dana", "A router"))
    assert filled(template) == "A router for Dana"
    assert parameters(template) == [{"type": "text", "text": "Dana"}, {"type": "text", "text": "A router"}]
    named = Template(name="t", language="en", text="Hello {{name}}", values=("Dana",))
    assert parameters(named) == [{"type": "text", "parameter_name": "name", "text": "Dana"}]


@pytest.mark.parametrize("values", [(), ("a", "b"), ("two\nlines",), ("tab\t",), ("",), ("five     spaces",)])
def test_gap_that_meta_would_refuse_is_refused_before(values):
    with pytest.raises(Rejected):
        parts("", template=Template(name="t", language="en", text="Hello {{1}}", values=values))


def test_what_is_in_a_gap_is_no_gap_itself():
    template = Template(name="t", language="en", text="{{1}} {{2}}", values=("{{2}}", "x"))
    assert filled(template) == "{{2}} x"

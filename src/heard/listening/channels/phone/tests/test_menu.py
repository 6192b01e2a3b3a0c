import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.listening.channels.phone.menu import Entry, entry_of, in_words, read
from heard.listening.channels.phone.say import answer
from heard.listening.channels.phone.step import Step

FIELDS = {"CallSid": "CA1", "AccountSid": "AC1", "From": "+447700900123", "To": "+442079460999"}


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("1 Faults: say It ends at 17:00.", Entry("1", "Faults", "say", "It ends at 17:00.")),
        ("2. Bills: person 020 7946 0000", Entry("2", "Bills", "person", "+442079460000")),
        ("8 - Later: callback", Entry("8", "Later", "call back")),
        ("9) Message: Voicemail", Entry("9", "Message", "voicemail")),
        ("* Again: say: Hello", Entry("*", "Again", "say", "Hello")),
    ],
)
def test_line_is_read_as_people_write_it(line, entry):
    assert entry_of(line, "GB") == entry


@pytest.mark.parametrize(
    "line", ["12 Faults: voicemail", "Faults", "1 Faults", "1 Faults: say", "1 A: person x", "1 : voicemail"]
)
def test_line_that_cannot_be_used_says_why(line):
    with pytest.raises(ValueError, match="."):
        entry_of(line, "GB")


@settings(deadline=None)
@given(
    st.lists(st.text(max_size=60), max_size=6),
    st.text(max_size=30),
    st.sampled_from(["", "menu", "number", "dialled", "voicemail"]),
)
def test_caller_hears_well_formed_words_whatever_was_entered_and_pressed(lines, digits, place):
    from xml.etree import ElementTree

    menu = read({"menu": lines, "notices": lines, "greeting": digits})
    document = ElementTree.fromstring(answer(Step(place, 1, 0), {**FIELDS, "Digits": digits}, menu))
    assert document.tag == "Response"
    assert len(document) > 0


def test_wrong_line_never_shuts_the_way_to_a_person():
    menu = read({"menu": ["1 Bills: sing", "2 People: person +442079460000"]})
    assert menu.problems
    assert menu.entry("0") == Entry("2", "People", "person", "+442079460000")


def test_menu_is_told_in_words():
    told = in_words(read({"notices": ["Closed today."], "menu": ["1 Later: call back"]}))
    assert told == [
        ("First", "“Closed today.”"),
        ("Key 1", "Later: gives a number and is called back"),
        ("Any other key, or none", "is said to lead nowhere; at the second time they may ask to be called back"),
    ]


@pytest.mark.parametrize("seconds", ["4", "601", "x"])
def test_time_to_ring_is_one_that_callers_bear(seconds):
    assert "ring_seconds" in read({"ring_seconds": seconds}).problems

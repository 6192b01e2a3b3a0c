"""Somebody is found by what points to them alone, however it is written, and by nothing that points to many."""

import pytest

from heard.kernel.rules.traces import pattern, redacted, stands_in

THEIRS = pattern(
    ["dana@x.example", "+436601234567", "@dana_s", "zanzibar", "https://net.example/dana", "12345", "did:plc:abc123"],
    ["Dana Marie Hill", "Eve"],
)


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("Write to DANA@x.example.", "Write to [erased]."),
        ("<a href='mailto:dana%40x.example'>", "<a href='mailto:[erased]'>"),
        ("0660 123 45 67", "[erased]"),
        ("(@dana_s, 0660 123 45 67)", "([erased], [erased])"),
        ("0043 (0) 660/1234567", "[erased]"),
        ("+43 660 1234567!", "[erased]!"),
        ("see @dana_s and dana_s", "see [erased] and [erased]"),
        ("ask @Zanzibar", "ask [erased]"),
        ("https://net.example/dana/", "[erased]/"),
        ("at://did:plc:abc123/post/1", "at://[erased]/post/1"),
        ("dear dana  marie\nhill,", "dear [erased],"),
    ],
    ids=lambda text: text[:20],
)
def test_what_points_to_them_is_blanked(written, left):
    assert redacted(written, THEIRS) == left


@pytest.mark.parametrize(
    "written",
    [
        "a holiday in Zanzibar",  # a handle that is also a word
        "order 12345",  # a short number is many things
        "Eve and Dana were here",  # a first name is many people
        "otherdana@x.example",
        "dana_s2",
        "99660123456799",  # a longer number
        "https://net.example/danae",
    ],
)
def test_what_points_to_others_too_is_left_alone(written):
    assert redacted(written, THEIRS) == written
    assert not stands_in(written, THEIRS)


def test_every_text_inside_json_is_looked_at():
    value = {"to": ["Dana <dana@x.example>"], "n": 3, "dana@x.example": None}
    assert stands_in(value, THEIRS)
    assert redacted(value, THEIRS) == {"to": ["Dana <[erased]>"], "n": 3, "[erased]": None}


def test_of_whom_nothing_is_known_nothing_is_looked_for():
    assert pattern([], ["Eve"]) is None
    assert pattern(["", "x", "42"]) is None

"""Which texts say nearly the same, by their signatures."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.understanding.assess import readings_of
from heard.understanding.rules.near import LEAST_PAIRS, are_alike, keys_of, marks_shared, signatures
from heard.understanding.slots import Text

COMPLAINT = "You have charged all of us twice for November and nobody answers the phone, please refund everybody now!"


def signature(text: str) -> int:
    return signatures([text])[0][0]


@pytest.mark.parametrize(
    "copy",
    [
        COMPLAINT.upper(),
        f"@acme {COMPLAINT} https://t.example/abc",
        COMPLAINT.replace(",", " —").replace("!", " 😡😡"),
        f"“{COMPLAINT}”",
        COMPLAINT + " Shame!",
    ],
)
def test_a_copy_is_alike(copy):
    assert are_alike(signature(COMPLAINT), signature(copy))
    assert any(one == other for one, other in zip(keys_of(signature(COMPLAINT)), keys_of(signature(copy)), strict=True))


def test_one_other_word_hides_few_copies():
    words = COMPLAINT.split()
    others = [" ".join([*words[:n], "something", *words[n + 1 :]]) for n in range(len(words))]
    assert sum(are_alike(signature(COMPLAINT), signature(other)) for other in others) > 0.8 * len(others)


@pytest.mark.parametrize(
    "other",
    [
        "Nobody answers the phone since November, and my refund is two weeks late. What is going on with all of you now?",
        "My router has been down since Monday and I work from home, so please send somebody who can repair it.",
    ],
)
def test_another_complaint_is_not(other):
    assert not are_alike(signature(COMPLAINT), signature(other))


def test_scripts_without_spaces_have_pairs_too():
    one = "電話がつながりません。助けてください。二時間も待っています。"
    assert signatures([one])[1][0] > LEAST_PAIRS
    assert are_alike(signature(one), signature(one.replace("二", "三")))


@pytest.mark.parametrize(
    "text", ["", "thanks", "lol same", "My router is down, can you help me?", "ok " * 40, "@a @b https://x.example"]
)
def test_what_is_said_by_chance_gets_no_signature(text):
    assert readings_of([Text(text=text)])[0].group is None


def test_spam_gets_one_for_fewer_words():
    text = "Earn $500 a day, click here: buy followers"
    assert readings_of([Text(text=text, visibility="public")])[0].kinds == ["spam"]
    assert readings_of([Text(text=text, visibility="public")])[0].group is not None


@given(st.lists(st.text(max_size=60) | st.just(COMPLAINT), max_size=6))
@settings(deadline=None)
def test_a_text_has_the_same_signature_alone_and_in_a_crowd(texts):
    together, counts = signatures(texts)
    assert together == [signature(text) for text in texts]
    assert all(-(2**63) <= found < 2**63 for found in together)
    assert len(counts) == len(texts)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_marks_are_shared_both_ways_and_are_at_most_sixteen(one, other):
    assert 0 <= marks_shared(one, other) == marks_shared(other, one) <= marks_shared(one, one) == 16
    assert marks_shared(one, other) == sum((one >> 4 * n & 15) == (other >> 4 * n & 15) for n in range(16))
    assert all(0 <= key < 2**16 for key in keys_of(one))

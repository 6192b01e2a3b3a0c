"""What heard[semantic] adds: voices that mean the same in other words. The model is a package; nothing is fetched."""

import pytest

from heard.understanding import semantic
from heard.understanding.rules.clusters import themes
from heard.understanding.train import sets

OTHERS = [
    "The remote has no mute button",
    "Your engineer was friendly and quick",
    "Is the shop open on Sundays?",
    "My bill is twenty pounds too high",
    "The film had no sound after the break",
    "Do you deliver to a parcel locker?",
    "There is a cable hanging over the footpath",
    "The hub glows so brightly that I cannot sleep",
    "Does the landline work in a power cut?",
    "I love the advert with the grandfather and the dog",
    "My order was sent to the wrong street",
    "Can I take my phone to Portugal without paying more?",
]
LOGGED_OUT = [
    "The app logs me out every few minutes since the update",
    "Your new version signs me off whenever I open it",
    "I have to log in again and again, the last release broke it",
    "Signed out again, I enter my password ten times a day",
    "After the upgrade the app keeps throwing me out of my account",
    "Why does the app forget that I am logged in?",
    "Since Tuesday's update I am kicked back to the login screen all the time",
    "Login does not last any more on my phone since the update",
]


@pytest.fixture(scope="module")
def embed():
    found = semantic.embedder()
    assert found is not None, semantic.why_not()
    return found


def test_people_who_say_the_same_in_other_words_are_a_theme(embed):
    others = [row["text"] for row in sets.voices(lambda id_: id_.startswith("v3")) if row["language"] == "en"]
    texts = [*others[:100], *LOGGED_OUT]
    planted = set(range(len(others[:100]), len(texts)))
    shares = [(len(planted.intersection(t.places)), len(t.places)) for t in themes(texts, embed(texts))]
    most, size = max(shares)
    assert most >= len(planted) - 1, shares
    assert 2 * size <= 3 * most, shares


def test_voices_that_have_nothing_in_common_are_no_theme(embed):
    assert themes(OTHERS, embed(OTHERS)) == []


def test_without_the_extra_one_line_says_so_and_words_are_gone_by(monkeypatch):
    monkeypatch.setattr(semantic, "NEEDED", ("no_package_of_this_name",))
    assert semantic.embedder() is None
    assert "heard[semantic]" in semantic.why_not()

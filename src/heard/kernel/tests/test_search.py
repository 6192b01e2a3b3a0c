"""Search finds the same on both databases."""

import pytest

from heard.kernel.search import TextIndex

pytestmark = pytest.mark.django_db

words = TextIndex("listening_words")


def _found(asked: str) -> list[int]:
    return [i for page in words.hits(asked, page=2) for i in page]


@pytest.fixture(autouse=True)
def documents(db):
    words.add(
        [
            (1, "Broadband is down in Köln, order AC-1234"),
            (2, "My BROADBAND works again, thanks @acme"),
            (3, "#acmemedia fail fail fail"),
            (4, "Straße gesperrt, Étienne wartet"),
            (5, "broadbandit"),
        ]
    )


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("broadband", [5, 2, 1]),
        ("Broadband down", [1]),
        ("köln", [1]),
        ("koln", [1]),
        ("#acmemedia", [3]),
        ("etienne", [4]),
        ("strasse", [4]),
        ("broadb", [5, 2, 1]),
        ("broadband xyz", []),
        ("", []),
        ("\"' OR 1=1 --", []),
        ("NEAR( AND NOT *", []),
    ],
)
def test_all_words_are_found_newest_first_whatever_their_case_and_accents(asked, ids):
    assert _found(asked) == ids


def test_new_words_replace_the_old_ones_and_removed_ones_are_gone():
    words.add([(1, "All is well")])
    assert _found("down") == []
    assert _found("well") == [1]
    words.remove([1])
    assert _found("well") == []

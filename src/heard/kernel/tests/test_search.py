"""Search finds the same on both databases."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heard.kernel import search
from heard.kernel.rules.words import asked, has_all, indexed
from heard.kernel.search import FAR, MOST_SHELVES, NEWEST, STRETCH, TextIndex

pytestmark = pytest.mark.django_db

words = TextIndex("listening_words")
LETTERS = "aAbBéÉßñ日本語ヶがあ🔥👍_@#'’\"\\-:*&|!() ~^\u0301ёЁह"
TEXTS = st.text(st.sampled_from(LETTERS), max_size=14) | st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12
)


def _found(question: str, **how) -> list[int]:
    return [i for page in words.hits(question, **{"page": 2, **how}) for i in page]


@pytest.fixture
def documents(db):
    words.add(
        [
            (1, "Broadband is down in Köln, order AC-1234"),
            (2, "My BROADBAND works again, thanks @acme"),
            (3, "#acmemedia fail fail fail"),
            (4, "Straße gesperrt, Étienne wartet"),
            (5, "broadbandit"),
            (6, "日本語の版 🔥"),
            (7, "C'est l’année de l'été; don't"),
        ]
    )


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("broadband", [5, 2, 1]),
        ("Broadband down", [1]),
        ("köln", [1]),
        ("koln", [1]),
        ("AC-1234", [1]),
        ("#acmemedia", [3]),
        ("acmemedia", [3]),
        ("@acme", [2]),
        ("acme thanks", [2]),
        ("#acme thanks", []),
        ("etienne", [4]),
        ("strasse", [4]),
        ("broadb", [5, 2, 1]),
        ("br", []),
        ("broadband xyz", []),
        ("本語", [6]),
        ("語", [6]),
        ("日語", []),
        ("🔥", [6]),
        ("l'annee", [7]),
        ("don’t", [7]),
        ("", []),
        ("\"' OR 1=1 --", []),
        ("NEAR( AND NOT *", []),
        ("'~0' & '^0'", []),
    ],
)
def test_all_words_are_found_newest_first_whatever_their_case_and_accents(documents, question, ids):
    assert _found(question) == ids


def test_new_words_replace_the_old_ones_and_removed_ones_are_gone(documents):
    words.add([(1, "All is well"), (9, "All is new")])
    assert _found("down") == []
    assert _found("all") == [9, 1]
    words.remove([1])
    assert _found("all") == [9]


def test_of_one_document_twice_in_a_batch_the_last_stands():
    words.add([(1, "first"), (1, "second")])
    assert (_found("first"), _found("second")) == ([], [1])


def test_a_question_is_narrowed_to_shelves_and_those_of_no_shelf():
    words.add([(1, "late parcel", 7), (2, "late parcel", 8), (3, "late parcel", 7), (4, "late parcel")])
    assert _found("late") == [4, 3, 2, 1]
    assert _found("late parcel", shelves=[7]) == [4, 3, 1]
    assert _found("late", shelves=[]) == [4]
    assert _found("7") == []
    assert _found("late", shelves=range(MOST_SHELVES + 1)) == [4, 3, 2, 1]


def test_a_few_ids_are_looked_at_wherever_they_stand():
    words.add((id_, "late parcel" if id_ % 2 else "late letter", id_ % 3 + 1) for id_ in range(1, 13))
    assert _found("late parc", shelves=[1]) == [9, 3]
    assert _found("late parc", shelves=[1], also=[1, 2, 3, 11, 99]) == [11, 9, 3, 1]
    assert _found("late parc", shelves=[1], also=[1, 2, 11], before=9) == [3, 1]
    assert _found("late par", shelves=[7], also=[1, 2, 11]) == [11, 1]


def test_hits_go_on_below_an_id_however_far_the_documents_lie_apart():
    one = 1 << STRETCH
    ids = [1, 2, NEWEST, NEWEST + 1, one - 1, one, 5 * one, 9 * one, 9 * one + 1, 40 * one, (40 + FAR) * one, 300 * one]
    words.add((id_, "needle") for id_ in ids)
    assert _found("needle") == ids[::-1]
    assert [_found("needle", before=id_) for id_ in ids] == [ids[:n][::-1] for n in range(len(ids))]


SAID = {"always": 1, "often": 2, "oftentimes": 3, "now and then": 7, "hardly": 41, "once": 300}  # in every so manieth document


@pytest.fixture
def many(monkeypatch):
    """A store as large for its small stretches as one of millions is. {id: (text, shelf)}"""
    for name, small in {"STRETCH": 4, "NEWEST": 8, "ROWS_FOR_ONE": 12, "FAR": 4, "SAMPLE": 16, "MOST_ONE_BY_ONE": 6}.items():
        monkeypatch.setattr(search, name, small)
    texts = {n: " ".join(word for word, every in SAID.items() if n % every == 0) for n in range(1, 400)}
    documents = {n * 2: (text, 1 if n % 3 else 9 if n < 20 else 2) for n, text in texts.items()}
    words.add((id_, *document) for id_, document in documents.items())
    return documents


@pytest.mark.parametrize("shelves", [None, [1], [2], [9], []])
@pytest.mark.parametrize(
    "question",
    [
        "often",
        "oft",
        "hard",
        "onc",
        "always oft",
        "always hardly",
        "hardly oft",
        "now then oft",
        "often oftentimes always",
        "never oft",
    ],
)
def test_hits_are_the_same_however_often_the_words_are_said(many, question, shelves):
    right = [
        id_
        for id_, (text, shelf) in sorted(many.items(), reverse=True)
        if _says(text, asked(question)) and (shelves is None or shelf in shelves)
    ]
    for page in (1, 5, 60):
        assert _found(question, page=page, shelves=shelves) == right
    assert _found(question, before=300, shelves=shelves) == [id_ for id_ in right if id_ < 300]


def test_a_batch_of_any_size_takes_the_same_number_of_statements():
    def statements(first: int, count: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            words.add((id_, "word") for id_ in range(first, first + count))
        return len([q for q in captured if not q["sql"].startswith("--")])

    assert statements(1, 2) == statements(1000, 900) <= 3


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=1, max_size=6), question=TEXTS)
def test_both_databases_find_what_the_rule_says(texts, question):
    """The rule alone, in Python, is the yardstick of both engines."""
    documents = list(enumerate(texts, start=1))
    words.remove(range(1, 10))
    words.add(documents)
    assert _found(question) == [id_ for id_, text in reversed(documents) if _says(text, asked(question))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_every_text_is_found_by_all_its_words(text):
    words.remove([1])
    words.add([(1, text)])
    assert _found(text) == ([1] if asked(text) else [])


def _says(text: str, question: list[str]) -> bool:
    return bool(question) and has_all(question, indexed(text).split())

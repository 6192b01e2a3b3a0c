"""Which of two texts answers a question better."""

import pytest

from heard.kernel.rules.relevance import relevance
from heard.kernel.rules.words import asked, folded


def _score(question: str, title: str, text: str) -> float:
    return relevance(asked(question), folded(title).split(), folded(text).split(), usual_length=8)


@pytest.mark.parametrize(
    ("why", "question", "better", "worse"),
    [
        ("said more often", "router", ("", "router router is broken today and"), ("", "router thing is broken today and")),
        ("about nothing else", "router", ("", "router broken"), ("", "router broken and the phone the box the tea as well")),
        ("side by side", "red router", ("", "my red router is off"), ("", "red light on my new router")),
        ("the word itself", "rout router", ("", "router rout it"), ("", "router route it")),
        ("the whole word", "broad", ("", "the broad one"), ("", "the broadband one")),
        ("in the subject", "refund", ("Refund please", "I sent it back"), ("I sent it back", "refund please")),
        ("once in two is not twice in one", "red router", ("", "red router red router"), ("", "red red red router")),
    ],
)
def test_the_better_answer_comes_first(why, question, better, worse):
    assert _score(question, *better) > _score(question, *worse), why


def test_a_text_without_one_of_the_words_is_no_answer():
    assert _score("red router", "", "red red red") == 0
    assert _score("red", "", "reddish") > 0 == _score("re", "", "reddish")

"""Whoever reads German reads in German why a row was left out."""

import ast
from pathlib import Path

import pytest
from django.utils.translation import override

from heard.identity.importing import batches, keep, undo, voices
from heard.identity.reasons import WORDS, in_words

IMPORTING = Path(keep.__file__).parent
SAID = {"BadRow"}


def _in(path: Path):
    """What each `raise BadRow(...)` of a file says, with something in each gap. What is passed on from elsewhere says itself."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAID:
            text = node.args[0]
            parts = text.values if isinstance(text, ast.JoinedStr) else [text]
            said = [str(part.value) if isinstance(part, ast.Constant) else "x" for part in parts]
            if any(isinstance(part, ast.Constant) for part in parts):
                yield "".join(said)


REASONS = sorted({why for path in IMPORTING.glob("*.py") for why in _in(path)})
OTHERS = [
    keep.NOBODY,
    batches.OTHER_REASONS,
    voices.ANSWERED,
    voices.BEING_READ,
    undo._since(None),
    undo._since(7),
    "owner: no colleague has the address 'x'",
    "was erased at their own request on 2026-01-02",
]


def test_every_reason_is_found():
    assert len(REASONS) > 15


@pytest.mark.parametrize("why", [*REASONS, *OTHERS])
def test_every_reason_is_said_in_german(why):
    with override("de"):
        assert in_words(why) != why


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("birth_date: the time '31.31.1990' cannot be read", "Geburtsdatum: die Zeit '31.31.1990' ist nicht lesbar"),
        ("email: 'is no number' is no mail address", "E-Mail-Adresse: 'is no number' ist keine E-Mail-Adresse"),
        ("what was said in it: the author is missing", "was darin gesagt wurde: the author is missing"),
        ("something that nobody foresaw", "something that nobody foresaw"),
    ],
)
def test_what_stands_in_it_stays_as_it_was_written(why, words):
    with override("de"):
        assert in_words(why) == words


def test_one_reason_is_told_apart_in_one_way():
    assert len(set(WORDS)) == len(WORDS)
    with override("en"):
        assert in_words("given_name is empty") == "Given name is empty"

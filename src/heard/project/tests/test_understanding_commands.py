"""`heard understanding …`: learnt, looked at, switched on and taken back; every command says what it did."""

import pytest

from heard.project import cli
from heard.understanding import slots
from heard.understanding.assessors import VERSION
from heard.understanding.learning import in_use
from heard.understanding.tests.lessons import corrected, heard, trade_talk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loomwise(monkeypatch):
    """An assessor elsewhere that is plugged in; nothing listens there."""
    monkeypatch.setattr(slots.remotes, "_plugged", {})
    slots.remotes.plug("loomwise", slots.Remote(url="https://loomwise.example/read", fields=("sentiment",), per_day=20))


def test_an_assessor_elsewhere_is_off_until_somebody_says_on(loomwise, capsys):
    said = []
    for words in ([], ["loomwise", "on"], ["loomwise", "off"]):
        assert cli.main(["understanding", "remote", *words]) == 0
        said.append(capsys.readouterr().out)
    assert said[0].startswith("loomwise  off, https://loomwise.example/read, sentiment; 0 of 20 questions in the last day")
    assert said[1].startswith("loomwise  on,")
    assert said[2].startswith("loomwise  off,")


def test_one_that_is_not_plugged_in_is_refused_with_words(loomwise, capsys):
    assert cli.main(["understanding", "remote", "someone", "on"]) == 1
    assert "There is no remote assessor 'someone'; plugged in: loomwise." in capsys.readouterr().out


@pytest.fixture(autouse=True)
def as_it_ships():
    """What a test takes into use is not in use for the next one."""
    yield
    in_use._state["now"] = in_use.SHIPPED


@pytest.fixture
def told(wire, care, alice) -> None:
    talk = trade_talk(60)
    corrected(alice, heard(wire(team=care), [words for words, _ in talk]), "sentiment", [what for _, what in talk])


def test_everything_can_be_typed(told, capsys):
    assert cli.main(["understanding", "versions"]) == 0
    assert capsys.readouterr().out == f"version {VERSION}  as Heard ships, reads now\n"
    assert cli.main(["understanding", "learn", "--field", "sentiment"]) == 0
    assert "sentiment 1: F1" in capsys.readouterr().out
    assert cli.main(["understanding", "reread", "--now"]) == 0
    assert "60 voices were read" in capsys.readouterr().out
    assert cli.main(["understanding", "changes", str(VERSION + 2)]) == 0
    assert "of 60 voices would mean something else" in capsys.readouterr().out
    assert cli.main(["understanding", "use", str(VERSION + 2)]) == 0
    assert f"heard understanding use {VERSION + 1}" in capsys.readouterr().out
    assert cli.main(["understanding", "use", "none", "--field", "sentiment"]) == 0
    assert cli.main(["understanding", "versions"]) == 0
    listed = capsys.readouterr().out
    assert "60 corrections" in listed
    assert listed.count("reads now") == 1


@pytest.mark.parametrize(
    "asked", [["use", "9"], ["use", "x"], ["use", "4", "--field", "sentiment"], ["changes", "9"], ["reread", "--with", "x"]]
)
def test_what_cannot_be_is_said_and_nothing_changes(asked, capsys):
    assert cli.main(["understanding", *asked]) == 1
    assert capsys.readouterr().out.startswith("heard: ")


def test_learning_from_nothing_changes_nothing(capsys):
    assert cli.main(["understanding", "learn"]) == 0
    assert capsys.readouterr().out.endswith("Nothing is changed.\n")

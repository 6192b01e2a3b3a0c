"""`heard identity …`: weights are learnt, used, and taken out of use again; every command says what it did."""

import random

import pytest

from heard.identity.models import IdentityLink, MatchWeights, Trait
from heard.identity.rules.matching import SHIPPED
from heard.kernel.clock import now
from heard.listening.models import Identity
from heard.project import cli

pytestmark = pytest.mark.django_db(transaction=True)


def _recorded(count: int, people: int) -> None:
    """So many records of so many people, with names that some share and slips in some fields."""
    chance = random.Random(7)
    letters = "abdefgiklmnoprstuvw"
    names = ["".join(chance.choices(letters, k=6)) for _ in range(people)]
    for n in range(count):
        who = n % people
        identity = Identity.objects.create(
            network="record", external_id=f"shop:{n}", name="", first_seen_at=now(), profile_at=now()
        )
        said = {
            "given_name": names[who % 40],
            "surname": names[who] if chance.random() < 0.9 else names[who][:-1] + "x",
            "birth_date": f"{1940 + who % 60}-{1 + who % 12:02}-{1 + who % 28:02}",
            "email": f"{names[who]}@example.org" if chance.random() < 0.8 else f"{names[who][::-1]}@example.net",
            "postcode": f"b{who % 30} {who % 9}ab",
        }
        Trait.objects.bulk_create(
            Trait(identity=identity, field=f, value=v, source="import 1", seen_at=now())
            for f, v in said.items()
            if chance.random() < 0.9
        )


def test_what_ships_judges_until_something_was_learnt(capsys):
    assert cli.main(["identity", "weights"]) == 0
    assert capsys.readouterr().out == f"{SHIPPED.version}  ships with Heard, judges\n"
    assert cli.main(["identity", "use", "own-1"]) == 1
    assert "no weights 'own-1'" in capsys.readouterr().out


def test_too_little_to_learn_from_is_said_and_nothing_changes(capsys):
    assert cli.main(["identity", "learn", "--use"]) == 1
    assert "200 are needed" in capsys.readouterr().out
    assert not MatchWeights.objects.exists()


def test_a_version_is_used_and_taken_back(capsys):
    MatchWeights.objects.create(version="own-1", levels={}, report={"records": 300}, learnt_at=now())
    assert cli.main(["identity", "use", "own-1"]) == 0
    assert cli.main(["identity", "use", SHIPPED.version]) == 0
    capsys.readouterr()
    cli.main(["identity", "weights"])
    assert "judges" in capsys.readouterr().out.splitlines()[0]


def test_everybody_of_whom_something_was_said_is_judged_again(capsys):
    _recorded(6, people=3)
    assert cli.main(["identity", "match"]) == 0
    assert "6 were held" in capsys.readouterr().out
    assert IdentityLink.objects.filter(weight__gt=0).count() == 3


@pytest.mark.slow
def test_splink_learns_from_the_records_there_are(capsys):
    pytest.importorskip("splink", reason="needs heard[learn]")
    _recorded(600, people=200)
    assert cli.main(["identity", "learn", "--use"]) == 0
    assert "judges from now on" in capsys.readouterr().out
    row = MatchWeights.objects.get(is_used=True)
    assert row.report["records"] == 600
    assert row.levels["surname"]["differs"]["base"] < 0 < row.levels["surname"]["close"]["base"]

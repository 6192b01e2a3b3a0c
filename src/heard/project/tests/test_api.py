"""The REST API as a whole: what colleagues may read of it, and that its description tells the truth."""

import json
from pathlib import Path

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from heard.listening import api as intake
from heard.listening.actions.tokens import make_token
from heard.listening.models import ChannelAccount, Interaction
from heard.project.management.commands.describe_api import described
from heard.project.wsgi import application
from heard.routing.models import Conversation
from heard.routing.selectors import conversation_of
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db
DESCRIPTION = Path(__file__).parents[4] / "docs" / "api" / "openapi.json"
dana, eve = person("Dana"), person("Eve")
# An item in which nothing is said fits the schema and is refused all the same; strangers are tried by tests of their own.
BEYOND_A_SCHEMA = [positive_data_acceptance, ignored_auth]


@pytest.fixture
def heard(company, care, sales, wire, arrive):
    """Dana's trouble is the care team's, Eve's is the sales team's."""
    arrive(wire("Care", team=care), delivery(said("1", dana, "My broadband is down, can you please help me?")))
    arrive(wire("Sales", team=sales), delivery(said("2", eve, "My router is broken, please help me today.")))
    Conversation.objects.filter(opener__name="Eve").update(team=sales)
    return {i.external_id: i.pk for i in Interaction.objects.all()}


# ── What colleagues read ────────────────────────────────────────────────────────────────────────────────────────────


def test_alice_reads_who_she_is_and_what_she_may_do(browser, alice):
    told = browser(alice).get("/api/v1/me").json()
    assert (told["name"], told["role"], told["team_ids"]) == ("Alice", "agent", [alice.teams.get().pk])
    assert "conversation.reply" in told["may"] and "token.manage" not in told["may"]


@pytest.mark.parametrize("path", ["me", "conversations", "conversations/1", "interactions/1"])
def test_a_stranger_reads_nothing(browser, company, path):
    assert browser().get(f"/api/v1/{path}").status_code == 401


def test_alice_reads_a_conversation_with_what_was_said_in_it(browser, alice, heard):
    [row] = browser(alice).get("/api/v1/conversations").json()["conversations"]
    assert (row["customer"], row["channel"], row["state"]) == ("Dana", "wire", "open")
    told = browser(alice).get(f"/api/v1/conversations/{row['id']}").json()
    assert [m["text"] for m in told["messages"]] == ["My broadband is down, can you please help me?"]
    assert told["cases"] and told["earlier_messages"] == 0


def test_alice_reads_one_voice(browser, alice, heard):
    told = browser(alice).get(f"/api/v1/interactions/{heard['1']}").json()
    assert (told["author"], told["direction"], told["files"]) == ("Dana", "inbound", [])


def test_another_teams_voices_are_not_there_for_alice(browser, alice, heard):
    """Threat 18: identifiers of other teams, swapped into every address that takes one."""
    paths = [f"/api/v1/interactions/{heard['2']}", f"/api/v1/conversations/{conversation_of(heard['2'])}"]
    assert [browser(alice).get(path).status_code for path in paths] == [404, 404]
    assert [browser(alice).get(path).json() for path in paths] == [
        {"detail": "There is no such interaction."},
        {"detail": "There is no such conversation."},
    ]


def test_a_supervisor_reads_page_after_page_and_misses_nobody(browser, sam, heard):
    first = browser(sam).get("/api/v1/conversations?limit=1").json()
    second = browser(sam).get("/api/v1/conversations", {"limit": 1, "cursor": first["next"]}).json()
    assert {page["conversations"][0]["customer"] for page in (first, second)} == {"Dana", "Eve"}
    assert second["next"] is None


@pytest.mark.parametrize(
    "query", ["cursor=nonsense", "cursor=2026-01-01T00:00:00_5", "cursor=_-4", "limit=0", "view=all", "queue=x", "channel=%00"]
)
def test_a_question_that_makes_no_sense_is_refused_in_words(browser, sam, query):
    answer = browser(sam).get(f"/api/v1/conversations?{query}")
    assert answer.status_code == 400 and answer.json()["detail"]


def test_nothing_is_changed_by_reading(browser, alice, heard):
    """Threat 32."""
    assert [browser(alice).post(f"/api/v1/{path}").status_code for path in ("me", "conversations")] == [405, 405]


# ── Its description ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_description_in_the_docs_is_what_the_api_says_of_itself():
    assert json.loads(DESCRIPTION.read_text()) == json.loads(described()), (
        "run: python manage.py describe_api > docs/api/openapi.json"
    )


def test_every_door_is_described_with_its_refusals():
    described_doors = [op for path in json.loads(described())["paths"].values() for op in path.values()]
    assert all("401" in op["responses"] and op["summary"] and op["security"] for op in described_doors)


@pytest.fixture
def asked(heard, ada, seen_by, monkeypatch):
    """The API as it describes itself, asked in this process by somebody with every right."""
    monkeypatch.setattr(intake, "pace", intake.Pace(limit=10**9, window_seconds=1))
    shop = ChannelAccount.objects.create(kind="api", name="Shop")
    token = make_token(seen_by(ada), shop.pk, "anything goes")
    signed_in = Client()
    signed_in.force_login(ada)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    schema.config.update(
        headers={"Authorization": f"Bearer {token}", "Cookie": f"sessionid={signed_in.cookies['sessionid'].value}"}
    )
    return schema


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", json.loads(described())["paths"])
def test_whatever_is_asked_the_answer_is_one_that_was_described(asked, path):
    """Schemathesis makes up questions, good and bad; its own pytest plugin does not get on with pytest 9."""
    [operation] = asked[path].values()

    @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=operation.as_strategy())
    def ask(case):
        case.call_and_validate(excluded_checks=BEYOND_A_SCHEMA)

    ask()

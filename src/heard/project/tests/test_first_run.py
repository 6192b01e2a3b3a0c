import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from heard.governance import selectors as people
from heard.governance.permissions import HEARD
from heard.project import first_run
from heard.routing.selectors import visible_queues

pytestmark = pytest.mark.django_db
FILLED_IN = {
    "company": "Acme",
    "timezone": "Europe/Vienna",
    "name": "Ada",
    "email": "ada@acme.example",
    "password": "correct horse battery",
}


def test_an_empty_house_leads_everybody_to_the_first_page(browser):
    assert browser().get("/channels/")["Location"] == "/welcome/"
    assert browser().get("/welcome/").status_code == 200


def test_filling_it_in_founds_the_house_and_signs_in(browser):
    client = browser()
    assert client.post("/welcome/", FILLED_IN).status_code == 302
    assert people.company().name == "Acme"
    assert visible_queues(HEARD).count() > 3
    assert client.get("/channels/").status_code == 200


def test_a_call_can_be_written_down_from_the_first_minute(browser):
    client = browser()
    client.post("/welcome/", FILLED_IN)
    page = client.get("/log/")
    assert b"Write down what was said" in page.content
    assert b"There is no place" not in page.content


def test_the_page_is_closed_afterwards(browser):
    browser().post("/welcome/", FILLED_IN)
    assert browser().get("/welcome/")["Location"] == "/accounts/login/"
    assert browser().post("/welcome/", {**FILLED_IN, "email": "eve@evil.example"})["Location"] == "/accounts/login/"
    assert [m.email for m in people.members(HEARD)] == ["ada@acme.example"]


def test_of_two_first_runs_at_once_one_wins_and_the_other_is_told(browser, monkeypatch):
    """Both passed the look at the door; the second one in finds the house founded."""
    monkeypatch.setattr(first_run.people, "has_members", lambda: False)
    browser().post("/welcome/", FILLED_IN)
    late = browser().post("/welcome/", {**FILLED_IN, "company": "Evil", "email": "eve@evil.example"})
    assert late.status_code == 422
    assert b"has an administrator already" in late.content
    assert [m.email for m in people.members(HEARD)] == ["ada@acme.example"]
    assert people.company().name == "Acme"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("password", "short", b"too short"),
        ("password", "password123", b"too common"),
        ("password", "ada@acme.example", b"too similar"),
        ("email", "not an address", b"valid email"),
        ("timezone", "Mars/Olympus", b"valid choice"),
        ("company", "", b"required"),
    ],
)
def test_what_cannot_be_used_is_said_beside_it_and_nothing_is_founded(browser, field, value, words):
    answer = browser().post("/welcome/", {**FILLED_IN, field: value})
    assert answer.status_code == 422
    assert words in answer.content
    assert not people.has_members()


@pytest.mark.django_db(transaction=True)
def test_eight_people_pressing_the_button_in_the_same_moment_make_one_administrator(browser):
    ready = threading.Barrier(8)

    def open_the_house(n: int) -> int:
        try:
            ready.wait(timeout=20)
            return browser().post("/welcome/", {**FILLED_IN, "email": f"person{n}@acme.example"}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(open_the_house, range(8)))
    assert set(answers) <= {302, 422}
    assert len(people.members(HEARD)) == 1
    assert visible_queues(HEARD).count() == len(set(visible_queues(HEARD).values_list("name", flat=True)))

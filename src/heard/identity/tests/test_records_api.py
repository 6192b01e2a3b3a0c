"""Other systems bring records and visits with a token; colleagues read what they may see."""

import json

import pytest
from django.test import Client

from heard.governance.permissions import HEARD, viewer_of
from heard.identity import actions_on_imports as imports
from heard.identity.importing.plan import made
from heard.identity.models import Face, Order, Record, Value
from heard.listening.actions import connect
from heard.listening.actions.tokens import make_token

pytestmark = pytest.mark.django_db(transaction=True)

DANA = {"id": "1", "name": "Dana Smith", "email": ["dana@x.example"], "postcode": "1010"}
ORDER = {"id": "o1", "customer": "1", "total": 12.5, "currency": "EUR", "placed_at": "2026-01-02T10:00:00Z"}


@pytest.fixture
def call(ada):
    """A call as the shop makes it: (kind of record, items)."""
    account_id = connect(viewer_of(ada), kind="api", name="Shop")
    token = make_token(viewer_of(ada), account_id, "shop")

    def post(path: str, items, **more):
        headers = {"Authorization": f"Bearer {more.get('token', token)}"}
        return Client().post(f"/api/v1/{path}", json.dumps(items), content_type="application/json", headers=headers)

    return post


def test_records_come_by_call_and_again_without_a_double(call):
    first = call("records/contact", [DANA])
    assert first.json() == {"received": 1, "new": 1, "changed": 0, "same": 0, "refused": []}
    assert call("records/order", [ORDER, ORDER]).json() == {"received": 2, "new": 1, "changed": 0, "same": 1, "refused": []}
    assert call("records/order", [{**ORDER, "total": "20"}]).json()["changed"] == 1
    assert Order.objects.get().total == 20
    assert Value.objects.get().total == 20
    assert Face.objects.get(identity__network="email").customer_id == Face.objects.get(identity__network="record").customer_id


def test_what_cannot_be_kept_is_named_and_the_rest_is_kept(call):
    told = call("records/order", [{"id": "x"}, ORDER, {**ORDER, "id": "o2", "placed_at": "soon"}]).json()
    assert (told["new"], [r["index"] for r in told["refused"]]) == (1, [0, 2])
    assert told["refused"][1]["error"] == "placed_at: the time 'soon' cannot be read"


def test_what_an_import_wrote_and_a_call_changed_is_kept_when_the_import_is_undone(call, tmp_path):
    (tmp_path / "orders.csv").write_text(
        "id,customer,total,currency,placed_at\no1,1,12.50,EUR,2026-01-02\no2,1,1,EUR,2026-01-02\n"
    )
    number, _ = imports.bring(HEARD, made(tmp_path / "orders.csv", kind="order"))
    call("records/order", [{**ORDER, "total": "99"}])
    imports.take_back(HEARD, number)
    assert list(Order.objects.values_list("external_id", flat=True)) == ["o1"]
    assert Record.objects.get(external_id="1").is_bare


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("records/contact", [], 400),
        ("records/contact", {"id": 1}, 400),
        ("records/shoe", [DANA], 400),
        ("sites/nope/events", [{}], 404),
    ],
)
def test_what_is_not_understood_is_refused_whole(call, path, body, status):
    assert call(path, body).status_code == status
    assert not Record.objects.exists()


def test_no_token_brings_nothing(call):
    assert call("records/contact", [DANA], token="wrong").status_code == 401
    assert not Record.objects.exists()


def test_colleagues_read_what_they_may_see_and_no_more(call, browser, alice, sales, tmp_path):
    call("records/contact", [{**DANA, "organisation": "Acme"}])
    call("records/order", [ORDER, {**ORDER, "id": "o2"}])
    dana = Face.objects.get(identity__external_id="crm:1").customer_id
    known = browser(alice).get(f"/api/v1/customers/{dana}/known").json()
    assert (known["worth"]["frequency"], known["worth"]["money"]) == (2, {"EUR": "25.00"})
    assert (known["organisations"], known["records"]) == (["Acme"], [{"source": "crm", "number": "1"}])
    page = browser(alice).get(f"/api/v1/customers/{dana}/records/order?limit=1").json()
    assert [row["external_id"] for row in page["rows"]] == ["o2"]
    rest = browser(alice).get(f"/api/v1/customers/{dana}/records/order?limit=1&below={page['next']}").json()
    assert ([row["external_id"] for row in rest["rows"]], rest["next"]) == (["o1"], None)

    (tmp_path / "theirs.csv").write_text("id,name\n9,Zanzibar\n")
    imports.bring(HEARD, made(tmp_path / "theirs.csv"), team_id=sales.pk)
    hidden = Face.objects.get(identity__external_id="crm:9").customer_id
    for path in ("known", "records/order", "facts"):
        assert browser(alice).get(f"/api/v1/customers/{hidden}/{path}").status_code == 404
        assert browser().get(f"/api/v1/customers/{dana}/{path}").status_code == 401


def test_colleagues_find_customers_by_what_they_know_and_page_on(call, browser, alice, sales, tmp_path):
    call("records/contact", [{**DANA, "id": str(n), "email": [f"dana{n}@x.example"]} for n in range(45)])
    (tmp_path / "theirs.csv").write_text("id,name\n99,Dana Zanzibar\n")
    imports.bring(HEARD, made(tmp_path / "theirs.csv"), team_id=sales.pk)
    client = browser(alice)
    page = client.get("/api/v1/customers?q=dana").json()
    rest = client.get(f"/api/v1/customers?q=dana&below={page['next']}").json()
    assert [len(page["customers"]), len(rest["customers"]), rest["next"]] == [40, 5, None]
    assert "Dana Zanzibar" not in {row["name"] for row in (*page["customers"], *rest["customers"])}
    [found] = client.get("/api/v1/customers?q=dana7@x.example").json()["customers"]
    assert {"network": "email", "address": "dana7@x.example"} in found["addresses"]
    assert client.get("/api/v1/customers?q=").status_code == 400
    assert browser().get("/api/v1/customers?q=dana").status_code == 401


def test_colleagues_read_the_facts_that_a_customer_gave(call, browser, alice):
    call("records/contact", [DANA])
    dana = Face.objects.get(identity__external_id="crm:1").customer_id
    facts = browser(alice).get(f"/api/v1/customers/{dana}/facts").json()["facts"]
    told = {(fact["kind"], fact["value"], fact["way"], fact["interaction_id"]) for fact in facts}
    assert ("postcode", "1010", "crm", None) in told
    assert ("email", "dana@x.example") in {(fact["kind"], fact["value"]) for fact in facts}

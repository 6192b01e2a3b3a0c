"""What other systems tell of a customer stands on their page, for those who may see them."""

import pytest

from heard.governance.permissions import HEARD, viewer_of
from heard.identity import actions_on_imports as imports
from heard.identity.importing.plan import made
from heard.identity.models import Face
from heard.identity.worth import known_of

pytestmark = pytest.mark.django_db(transaction=True)

FILES = {
    "people.csv": "id,name,email,company,title,owner\n1,Dana Smith,dana@x.example,Acme,Buyer,alice@acme.example\n2,Sam Smith,sam@x.example,,,\n",
    "orders.csv": "order_id,customer_id,total,currency,order_date,status\n100,1,12.50,EUR,2026-01-02,paid\n",
    "lines.csv": "order_id,sku,product,qty,price\n100,S1,Router,2,6.25\n",
    "payments.csv": "payment_id,order_id,amount,currency,payment_method,date\np1,100,12.5,EUR,card,2026-01-03\n",
    "shipments.csv": "shipment_id,order_id,carrier,tracking_number,shipped_at,delivered_at\ns1,100,Post,T-1,2026-01-04,2026-01-06\n",
    "returns.csv": "return_id,order_id,reason,amount,currency,return_date\nr1,100,too slow,2.50,EUR,2026-01-09\n",
    "tickets.csv": "ticket_id,customer,subject,opened_at,closed_at,agent\nt1,1,Router keeps rebooting,2026-01-08,2026-01-09,Kim\n",
    "relations.csv": "customer,other,relation\n1,2,spouse\n",
}


@pytest.fixture
def dana(tmp_path, alice) -> int:
    """Somebody of whom every kind of record is told; the customer's id."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
        _, counts = imports.bring(HEARD, made(tmp_path / name))
        assert counts.refused == 0, (name, counts.reasons)
    return Face.objects.get(identity__external_id="crm:1").customer_id


def test_the_page_tells_everything_that_happened(dana, browser, alice):
    page = "".join(browser(alice).get(f"/customers/{dana}/{part}").content.decode() for part in ("", "beside/"))
    for words in (
        "Order 100",
        "12.50 EUR, paid, 2 × Router",
        "Paid 12.50 EUR",
        "Shipped order 100",
        "Post, T-1, delivered 2026-01-06",
        "Returned order 100",
        "too slow, 2.50 EUR given back",
        "Router keeps rebooting",
        "Looked after by Alice",
        "Same household as",
        "Sam Smith",
        "Acme",
        "10.00 EUR",
    ):
        assert words in page, words


def test_a_relation_reads_from_either_side(tmp_path, browser, alice):
    (tmp_path / "people.csv").write_text("id,name\n1,Dana\n2,Kid\n")
    (tmp_path / "relations.csv").write_text("customer,other,relation\n1,2,mother\n")
    for name in ("people.csv", "relations.csv"):
        imports.bring(HEARD, made(tmp_path / name))
    customers = dict(Face.objects.values_list("identity__external_id", "customer_id"))
    assert "Parent of" in browser(alice).get(f"/customers/{customers['crm:1']}/beside/").content.decode()
    assert "Child of" in browser(alice).get(f"/customers/{customers['crm:2']}/beside/").content.decode()


def test_a_filter_shows_one_kind_alone(dana, browser, alice):
    page = browser(alice).get(f"/customers/{dana}/?kind=shipment").content.decode()
    assert "Shipped order 100" in page
    assert "Paid 12.50 EUR" not in page


def test_records_of_another_team_are_not_there(tmp_path, browser, alice, sales):
    (tmp_path / "people.csv").write_text("id,name,email\n1,Zanzibar,z@x.example\n")
    imports.bring(HEARD, made(tmp_path / "people.csv"), team_id=sales.pk)
    customer = Face.objects.get(identity__external_id="crm:1").customer_id
    assert browser(alice).get(f"/customers/{customer}/").status_code == 404


def test_worth_is_asked_in_the_same_few_queries_however_much_there_is(dana, alice, django_assert_max_num_queries):
    ids = list(Face.objects.filter(customer_id=dana).values_list("identity_id", flat=True))
    with django_assert_max_num_queries(11):
        known = known_of(viewer_of(alice), ids)
    assert known.worth is not None
    assert known.worth.frequency == 1
    assert known.records == [("crm", "1")]

"""Threat 57: an import tells what it would do, counts truly, may be repeated without a double, and is taken back as a whole."""

import csv
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from openpyxl import Workbook

from heard.governance.models import AuditLine
from heard.governance.permissions import HEARD, NotAllowed, viewer_of
from heard.governance.suppression import suppress
from heard.identity import actions
from heard.identity import actions_on_imports as imports
from heard.identity.importing.plan import made
from heard.identity.imports import try_out
from heard.identity.models import (
    Customer,
    Face,
    ImportBatch,
    Membership,
    Order,
    OrderLine,
    Organisation,
    Owner,
    Payment,
    Record,
    Relation,
    Trait,
    Value,
)
from heard.identity.selectors import visible_faces
from heard.kernel.clock import now
from heard.listening.models import Identity
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = """Customer Number,First Name,Last Name,Email,Phone,Company,Postcode
1,Dana,Smith,dana@x.example,+43 660 1234567,Acme,1010
2,Eve,Jones,eve@x.example;info@acme.example,,Acme,1020
3,Bob,Ray,info@acme.example,,Acme,1030
"""
ORDERS = """Order ID,Customer Number,Customer Email,Total,Currency,Order Date,Status
100,1,,12.50,EUR,2026-01-02,paid
101,,dana@x.example,20,EUR,2026-02-02,paid
102,9,,"1.000,00",EUR,2026-02-03,cancelled
"""
RECORDS = [
    m for m in apps.get_app_config("identity").get_models() if m.__name__ not in ("ImportBatch", "Findable", "MatchedUpTo")
]


@pytest.fixture
def bring(tmp_path):
    """Bring a file of this text: (number of the import, counts)."""

    def of(text: str, name: str = "rows.csv", *, viewer=HEARD, chosen=None, kind="", source="", **options):
        path = tmp_path / name
        path.write_text(text)
        return imports.bring(viewer, made(path, kind=kind, source=source, chosen=chosen), **options)

    return of


def everything() -> dict[str, list]:
    """Every row about people, but for numbers that are given anew."""
    rows = {m.__name__: sorted(map(str, m.objects.values_list())) for m in [*RECORDS, Identity]}
    return {name: found for name, found in rows.items() if found}


def counted(counts) -> tuple[int, int, int, int, int]:
    return counts.read, counts.new, counts.changed, counts.same, counts.refused


def customer_of(network: str, external_id: str) -> int:
    return Face.objects.get(identity__network=network, identity__external_id=external_id).customer_id


# ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_becomes_a_face_with_what_is_said_of_it(bring):
    _, counts = bring(PEOPLE)
    assert counted(counts) == (3, 3, 0, 0, 0)
    dana = Record.objects.get(source="crm", external_id="1")
    assert dana.identity.network == "record"
    assert dana.identity.external_id == "crm:1"
    assert set(Trait.objects.filter(identity=dana.identity).values_list("field", "value")) == {
        ("given_name", "Dana"),
        ("surname", "Smith"),
        ("email", "dana@x.example"),
        ("phone", "+436601234567"),
        ("employer", "Acme"),
        ("postcode", "1010"),
    }
    assert Membership.objects.get(identity=dana.identity).organisation.name == "Acme"


def test_addresses_that_a_system_vouches_for_are_one_person_with_the_record(bring):
    bring(PEOPLE)
    assert customer_of("record", "crm:1") == customer_of("email", "dana@x.example") == customer_of("phone", "+436601234567")


def test_a_shared_mailbox_joins_nobody(bring):
    bring(PEOPLE)
    eve, bob, box = customer_of("record", "crm:2"), customer_of("record", "crm:3"), customer_of("email", "info@acme.example")
    assert len({eve, bob, box}) == 3


def test_a_mailbox_that_turns_out_to_be_shared_lets_go_of_whom_it_held(bring):
    bring(PEOPLE.split("3,Bob")[0])
    assert customer_of("record", "crm:2") == customer_of("email", "info@acme.example")
    bring(PEOPLE)
    assert customer_of("record", "crm:2") != customer_of("email", "info@acme.example")
    assert customer_of("record", "crm:2") == customer_of("email", "eve@x.example")


def test_who_wrote_before_their_record_came_keeps_the_customer_they_had(bring, wire, arrive):
    arrive(wire(), delivery(said("1", person("dana@x.example", network="email"), "My parcel did not arrive, please help.")))
    before = customer_of("email", "dana@x.example")
    bring(PEOPLE)
    assert customer_of("email", "dana@x.example") == customer_of("record", "crm:1") == before


def test_what_a_colleague_took_back_is_not_said_again(bring, ada):
    bring(PEOPLE)
    link = actions.IdentityLink.objects.get(left__external_id="crm:1", right__network="email")
    actions.unlink(viewer_of(ada), link.pk)
    bring(PEOPLE.replace("1010", "1011"))
    assert customer_of("record", "crm:1") != customer_of("email", "dana@x.example")


def test_a_name_that_a_colleague_gave_outlives_the_next_import(bring, ada):
    bring(PEOPLE)
    actions.rename(viewer_of(ada), customer_of("record", "crm:2"), name="Evelyn")
    bring(PEOPLE.replace("Dana,Smith", "Dana,Brown").replace("Eve,Jones", "Eva,Jones"))
    assert Customer.objects.get(pk=customer_of("record", "crm:1")).name == "Dana Brown"
    assert Customer.objects.get(pk=customer_of("record", "crm:2")).name == "Evelyn"


def test_records_of_a_team_are_seen_by_that_team_alone(bring, care, sales, alice, bea):
    bring(PEOPLE, team_id=sales.pk)
    assert not visible_faces(viewer_of(alice)).exists()
    assert visible_faces(viewer_of(bea)).filter(identity__external_id="crm:1").exists()
    assert visible_faces(viewer_of(bea)).filter(identity__external_id="dana@x.example").exists()


def test_who_was_erased_does_not_come_back_with_an_old_list(bring):
    suppress({("email", "dana@x.example"): []}, at=now())
    _, counts = bring(PEOPLE)
    assert counted(counts) == (3, 2, 0, 0, 1)
    [why] = counts.reasons
    assert why.startswith("was erased at their own request on")
    assert not Record.objects.filter(external_id="1").exists()


# ── Counts and reasons ──────────────────────────────────────────────────────────────────────────────────────────────

BAD = """id,name,email,owner,birth date
1,Dana,dana@x.example,,
2,Eve,no-mail,,
3,Bob,bob@x.example,nobody@acme.example,
,Nobody,,,
5,Extra,e@x.example,,,,surplus
1,Dana,dana@x.example,,
1,Dana B,dana@x.example,,
"""


def test_every_row_is_counted_once_and_every_refusal_has_a_reason(bring, tmp_path):
    rejects = tmp_path / "bad.rejects.csv"
    _, counts = bring(BAD, rejects=rejects)
    assert counted(counts) == (7, 1, 1, 1, 4)
    assert counts.read == counts.new + counts.changed + counts.same + counts.refused
    rows = list(csv.DictReader(rejects.open()))
    assert [(r["row"], r["why it was refused"]) for r in rows] == [
        ("3", "email: 'no-mail' is no mail address"),
        ("4", "owner: no colleague has the address 'nobody@acme.example'"),
        ("5", "has no number, mail address or international phone number to know them by"),
        ("6", "has 7 values for 5 columns"),
    ]
    assert Record.objects.filter(is_bare=False).count() == counts.new


def test_refused_rows_can_be_mended_and_brought_as_they_lie(bring, tmp_path):
    rejects = tmp_path / "bad.rejects.csv"
    bring(BAD, rejects=rejects)
    _, counts = bring(rejects.read_text().replace("Eve,no-mail", "Eve,eve@x.example"), name="mended.csv")
    assert counts.refused == 2
    assert Record.objects.filter(external_id="2").exists()


@pytest.mark.parametrize("text", [PEOPLE, ORDERS, BAD], ids=["people", "orders", "bad rows"])
@pytest.mark.parametrize("before", ["", PEOPLE])
def test_a_dry_run_says_what_the_import_then_does_and_writes_nothing(bring, tmp_path, text, before):
    if_any = before or "id,name,email\n77,Zed,zed@x.example\n"
    bring(if_any, name="before.csv")
    path = tmp_path / "rows.csv"
    path.write_text(text)
    stands = everything()
    promised = try_out(HEARD, made(path))
    assert everything() == stands
    assert ImportBatch.objects.count() == 1
    _, done = imports.bring(HEARD, made(path))
    assert (counted(promised), promised.reasons, promised.examples) == (counted(done), done.reasons, done.examples)


@pytest.mark.parametrize("text", [PEOPLE, ORDERS, BAD], ids=["people", "orders", "bad rows"])
def test_the_same_file_again_brings_no_double(bring, text):
    _, first = bring(text)
    stands = everything()
    _, again = bring(text)
    assert again.new == 0
    assert again.read == first.read
    after = everything()
    after.pop("ImportChange", None)  # of the bad rows two contradict each other, each time anew
    stands.pop("ImportChange", None)
    assert {n: len(rows) for n, rows in after.items()} == {n: len(rows) for n, rows in stands.items()}


def test_a_broken_file_says_where_it_breaks_and_keeps_what_came_before(bring):
    _, counts = bring('{"id": 1, "name": "Dana"}\nnot json\n{"id": 2, "name": "Eve"}\n', name="rows.jsonl")
    assert counted(counts) == (3, 2, 0, 0, 1)
    assert counts.examples[0][0] == 2


# ── Undo ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", [PEOPLE, ORDERS, BAD], ids=["people", "orders", "bad rows"])
def test_an_import_into_an_empty_house_leaves_no_trace_when_it_is_taken_back(bring, text):
    stands = everything()
    number, _ = bring(text)
    assert everything() != stands
    assert imports.take_back(HEARD, number) == {}
    assert everything() == stands
    assert ImportBatch.objects.get(pk=number).state == "undone"


def test_what_an_import_changed_says_again_what_it_said(bring, wire, arrive):
    arrive(wire(), delivery(said("1", person("dana@x.example", network="email"), "My parcel did not arrive, please help.")))
    bring(PEOPLE)
    bring(ORDERS, name="orders.csv")
    stands = everything()
    people, _ = bring(
        PEOPLE.replace("Dana,Smith", "Dana,Brown").replace("dana@x.example", "d@y.example") + "4,New,One,n@x.example,,Other,1\n"
    )
    orders, _ = bring(ORDERS.replace("12.50", "99") + "103,4,,5,EUR,2026-02-02,paid\n", name="orders.csv")
    assert customer_of("record", "crm:1") != customer_of("email", "dana@x.example")
    assert imports.take_back(HEARD, orders) == {}
    assert imports.take_back(HEARD, people) == {}
    after = everything()
    assert {n: rows for n, rows in after.items() if n not in NUMBERED_ANEW} == {
        n: rows for n, rows in stands.items() if n not in NUMBERED_ANEW
    }
    assert {n: len(after[n]) for n in NUMBERED_ANEW - {"IdentityLink"}} == {
        n: len(stands[n]) for n in NUMBERED_ANEW - {"IdentityLink"}
    }
    assert customer_of("record", "crm:1") == customer_of("email", "dana@x.example")


NUMBERED_ANEW = {"Trait", "Vouched", "Value", "IdentityLink"}  # rows of these are written anew, and withdrawn reasons are kept


def test_what_was_changed_since_stays_and_is_said(bring):
    first, _ = bring(ORDERS)
    bring(ORDERS.replace("12.50", "99"))
    kept = imports.take_back(HEARD, first)
    assert sum(kept.values()) >= 1
    assert any("import 2" in why or "changed since" in why for why in kept)
    assert Order.objects.get(external_id="100").total == Decimal("99")
    assert not Order.objects.filter(external_id="101").exists()
    assert ImportBatch.objects.get(pk=first).state == "partly_undone"


def test_who_still_has_orders_of_another_import_stays_as_a_mere_mention(bring):
    people, _ = bring(PEOPLE)
    bring(ORDERS, name="orders.csv")
    kept = imports.take_back(HEARD, people)
    assert kept == {"others still tell of them: kept without what this import said": 1}
    dana = Record.objects.get(external_id="1")
    assert dana.is_bare
    assert not Trait.objects.filter(identity=dana.identity, field="surname").exists()
    assert Order.objects.filter(identity=dana.identity).exists()


def test_whom_a_colleague_judged_stays(bring, wire, arrive, ada):
    arrive(wire(), delivery(said("1", person("Dana"), "My parcel did not arrive, please help.")))
    number, _ = bring(PEOPLE)
    dana, record = Identity.objects.get(external_id="dana"), Record.objects.get(external_id="1").identity
    actions.link(viewer_of(ada), dana.pk, record.pk)
    assert imports.take_back(HEARD, number) == {"a colleague said who they are": 1}
    assert Record.objects.filter(external_id="1").exists()
    assert not Record.objects.filter(external_id="2").exists()


def test_an_undo_may_be_repeated_and_says_when_there_is_nothing_left(bring):
    number, _ = bring(PEOPLE)
    imports.take_back(HEARD, number)
    with pytest.raises(imports.CannotUndo, match="undone already"):
        imports.take_back(HEARD, number)


def test_only_leads_bring_records_and_each_run_leaves_a_line(bring, alice, sam):
    with pytest.raises(NotAllowed):
        bring(PEOPLE, viewer=viewer_of(alice))
    number, _ = bring(PEOPLE, viewer=viewer_of(sam))
    with pytest.raises(NotAllowed):
        imports.take_back(viewer_of(alice), number)
    imports.take_back(viewer_of(sam), number)
    lines = AuditLine.objects.filter(object_kind="import").order_by("id").values_list("verb", "member__name")
    assert list(lines) == [("import.run", "Sam"), ("import.take_back", "Sam")]


# ── The other kinds ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_orders_find_their_customer_by_number_or_address_whichever_comes_first(bring):
    bring(ORDERS, name="orders.csv")
    bring(PEOPLE)
    assert {customer_of("record", f"crm:{n}") for n in ("1", "dana@x.example")} == {customer_of("email", "dana@x.example")}
    assert set(Order.objects.values_list("external_id", "identity__external_id")) == {
        ("100", "crm:1"),
        ("101", "crm:dana@x.example"),
        ("102", "crm:9"),
    }


def test_what_somebody_bought_adds_up_without_what_was_never_sold_or_came_back(bring):
    bring(PEOPLE)
    bring(ORDERS, name="orders.csv")
    bring(
        "Return ID,Order ID,Customer Number,Reason,Amount,Currency,Return Date\nr1,100,1,broken,2.50,EUR,2026-03-01\n",
        name="r.csv",
    )
    assert list(Value.objects.values_list("identity__external_id", "currency", "orders", "total")) == [
        ("crm:1", "EUR", 2, Decimal("30.00"))
    ]


def test_payments_and_lines_hang_on_the_customer_of_their_order(bring):
    bring(ORDERS, name="orders.csv")
    _, payments = bring(
        "payment_id,order_id,amount,payment_method,date\np1,100,12.5,card,2026-01-02\np2,999,1,card,2026-01-02\n", name="p.csv"
    )
    assert counted(payments) == (2, 1, 0, 0, 1)
    assert list(payments.reasons) == ["nobody is known by this customer number, mail address, phone number or order"]
    _, lines = bring("order_id,sku,product,quantity,price,serial\n100,S1,Router X,1,12.5,SN-1\n", name="l.csv")
    assert lines.new == 1
    assert Payment.objects.get().identity == OrderLine.objects.get().identity == Order.objects.get(external_id="100").identity


def test_orders_may_bring_their_lines_along(bring):
    order = {
        "id": "o1",
        "customer": {"email": "dana@x.example"},
        "total_price": "5.00",
        "currency": "EUR",
        "created_at": "2026-01-02T10:00:00Z",
        "line_items": [{"id": 1, "sku": "S1", "name": "Cable", "quantity": 2, "price": "2.50"}],
    }
    chosen = {"email": "customer.email", "total": "total_price"}
    _, counts = bring(json.dumps(order) + "\n", name="o.jsonl", kind="order", chosen=chosen)
    assert counted(counts) == (1, 1, 0, 0, 0)
    line = OrderLine.objects.get()
    assert (line.of_order, line.sku, line.quantity, line.unit_price) == ("o1", "S1", Decimal(2), Decimal("2.50"))


def test_people_who_belong_together_stay_two(bring):
    bring(PEOPLE)
    _, counts = bring("customer,other,relation\n1,2,spouse\n1,3,flatmate\n", name="rel.csv")
    assert counted(counts) == (2, 1, 0, 0, 1)
    relation = Relation.objects.get()
    assert (relation.identity.external_id, relation.other.external_id, relation.kind) == ("crm:1", "crm:2", "household")
    assert customer_of("record", "crm:1") != customer_of("record", "crm:2")


def test_a_file_says_who_looks_after_whom(bring, alice):
    bring("id,name,owner\n1,Dana,Alice@acme.example\n")
    assert Owner.objects.get().member == alice


def test_a_spreadsheet_is_read_like_a_table(tmp_path):
    book = Workbook()
    for row in (["id", "name", "email", "birth date"], [1.0, "Dana", "dana@x.example", None], [2, "Eve", "no mail", None]):
        book.active.append(row)
    book.save(tmp_path / "people.xlsx")
    _, counts = imports.bring(HEARD, made(tmp_path / "people.xlsx"))
    assert counted(counts) == (2, 1, 0, 0, 1)
    assert Record.objects.get().external_id == "1"


def test_organisations_that_nobody_belongs_to_go_with_the_import_that_made_them(bring):
    Organisation.objects.create(name="Old")
    number, _ = bring(PEOPLE)
    imports.take_back(HEARD, number)
    assert list(Organisation.objects.values_list("name", flat=True)) == ["Old"]


def test_an_import_that_is_broken_off_keeps_what_it_had_goes_on_and_is_taken_back(bring):
    text = "id,name\n" + "".join(f"{n},Somebody {n}\n" for n in range(1, 1201))

    def pulled_the_plug(part: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(text, show=pulled_the_plug)
    first = ImportBatch.objects.get()
    assert (first.state, first.read, first.new) == ("broken_off", 1000, 1000)
    second, counts = bring(text)
    assert counted(counts) == (1200, 200, 0, 1000, 0)
    assert Record.objects.count() == 1200
    assert imports.take_back(HEARD, second) == imports.take_back(HEARD, first.pk) == {}
    assert everything() == {}


def test_one_that_is_still_under_way_is_not_taken_back(bring):
    number, _ = bring(PEOPLE)
    ImportBatch.objects.filter(pk=number).update(state="running", ended_at=None)
    with pytest.raises(imports.CannotUndo, match="still under way"):
        imports.take_back(HEARD, number)
    ImportBatch.objects.filter(pk=number).update(moved_at=now() - timedelta(minutes=5))
    assert imports.take_back(HEARD, number) == {}

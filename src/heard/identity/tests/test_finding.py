"""Customers are found by anything that is known of them, by whoever may know them, before and after they are indexed."""

import pytest

from heard.governance.permissions import HEARD, viewer_of
from heard.identity import actions, directory, finding
from heard.identity.directory import FIRST
from heard.identity.models import Customer, Face, Order, Organisation, Record, Trait
from heard.identity.rules.findable import dialled, questions, words_of
from heard.kernel import clock
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db

DANA = person("Dana Whitfield", network="wire")
ASKED = {
    "the name": "Dana Whitfield",
    "the beginning of the name": "dana whit",
    "the family name": "whitfield",
    "without regard to accents and case": "DÁNA",
    "the handle": "@dana",
    "the mail address": "dana.w@example.org",
    "its beginning": "dana.w@exa",
    "the phone number as it was given": "+44 20 7946 0018",
    "as it is dialled at home": "020 79460018",
    "in one piece, begun": "4420794600",
    "the order number": "4711-22",
    "in one piece": "471122",
    "the postcode": "SW1A 1AA",
    "and the postcode in one piece": "sw1a1aa",
    "the customer number": "K-99812",
    "the organisation": "Harbour Bakery",
    "what they only said": "88231",
}


@pytest.fixture(params=["already indexed", "not indexed yet"])
def known(request, wire, arrive):
    """Dana, with all that is on record, and a crowd."""
    account_id = wire("Open line")
    crowd = [delivery(said(f"c-{n}", person(f"Customer {n}"), "Please help me", minute=n)) for n in range(5)]
    arrive(account_id, *crowd, delivery(said("d-1", DANA, "My parcel for order 88231 never came, please help.", minute=9)))
    face = Face.objects.select_related("identity").get(identity__name="Dana Whitfield")
    told = {"email": "dana.w@example.org", "phone": "+44 20 7946 0018", "postcode": "SW1A 1AA", "customer_number": "K-99812"}
    for field, value in told.items():
        Trait.objects.create(identity=face.identity, field=field, value=value, source="test", seen_at=clock.now())
    Order.objects.create(
        source="shop", external_id="o-1", identity=face.identity, digest="", told_at=clock.now(), number="4711-22",
        placed_at=clock.now(),
    )  # fmt: skip
    bakery = Organisation.objects.create(name="Harbour Bakery")
    Customer.objects.filter(pk=face.customer_id).update(organisation=bakery)
    if request.param == "already indexed":
        assert finding.catch_up() == 6
        assert finding.catch_up() == 0
    return face


@pytest.mark.parametrize("by", ASKED)
def test_a_customer_is_found_by(by, known):
    assert directory.named(HEARD, ASKED[by]).customer_ids == [known.customer_id], ASKED[by]


@pytest.mark.parametrize("asked", ["Zanzibar", "", "   ", "***", "99999", "Dana Zanzibar"])
def test_nobody_is_found_by_what_nobody_is_called(asked, known):
    assert directory.named(HEARD, asked).customer_ids == []


def test_a_number_and_its_forms():
    assert dialled("+44 20 7946 0018") == ["442079460018", "02079460018", "2079460018"]
    assert dialled("110") == ["110"]
    assert questions("020 7946-0018") == ["02079460018", "020 7946-0018"]
    assert questions("@dana_w77") == ["@dana_w77", " dana w 77"]
    assert questions("SW1A") == ["SW1A", "SW 1 A"]
    assert questions("4711") == ["4711"]
    assert questions("Dana") == ["Dana"]
    assert words_of(["Dana", "", "Dana"], [], ["SW1A 1AA"]).split(" \n ") == ["Dana", "SW1A 1AA", "SW1A1AA"]


def test_a_new_name_finds_and_the_old_one_does_not(known, ada):
    finding.catch_up()
    actions.rename(viewer_of(ada), known.customer_id, name="Dana Byron")
    assert directory.named(HEARD, "Byron").customer_ids == [known.customer_id]


def test_who_calls_themselves_otherwise_is_found_by_the_new_name(wire, arrive):
    account_id = wire("Open line")
    arrive(account_id, delivery(said("1", person("Eve"), "Please help me")))
    finding.catch_up()
    renamed = person("Eve")
    renamed = type(renamed)(network=renamed.network, external_id=renamed.external_id, handle="@eve_now", name="Eve Now")
    arrive(account_id, delivery(said("2", renamed, "Still me", minute=5)))
    assert len(directory.named(HEARD, "eve_now").customer_ids) == 1


def test_nobody_finds_whom_only_another_team_knows(world, alice, bea):
    """Threat 18."""
    finding.catch_up()
    assert directory.named(viewer_of(bea), "Bid Corp").customer_ids == [world.bid]
    assert directory.named(viewer_of(alice), "Bid Corp").customer_ids == []
    assert directory.named(viewer_of(alice), "900").customer_ids == []  # what they said, either


def test_two_faces_of_one_person_are_one_line_on_one_page(wire, arrive, alice, monkeypatch):
    monkeypatch.setattr(directory, "PAGE", 2)
    account_id = wire("Open line")
    names = ["Dana A", "Dana B", "Dana C", "Dana D", "Dana E"]
    arrive(account_id, *(delivery(said(name, person(name), "Please help me", minute=n)) for n, name in enumerate(names)))
    finding.catch_up()
    first, last = (Face.objects.get(identity__name=name).identity_id for name in ("Dana A", "Dana E"))
    actions.link(viewer_of(alice), first, last)
    pages, place = [], FIRST
    while place is not None:
        part = directory.named(HEARD, "Dana", place)
        pages.append(part.customer_ids)
        place = part.older
    shown = [id_ for page in pages for id_ in page]
    assert len(shown) == len(set(shown)) == 4
    assert str(directory.named(HEARD, "Dana").count) == "4"


def test_the_forgotten_are_found_no_more(known):
    from heard.identity.forget import forget_identities

    finding.catch_up()
    forget_identities([known.identity_id])
    assert directory.named(HEARD, "Whitfield").customer_ids == []
    assert list(finding.index.hits("Whitfield")) == []


def test_records_are_found_by_the_number_of_their_system(known):
    finding.catch_up()
    Record.objects.create(source="crm", external_id="ACME-5521", identity=known.identity, digest="", told_at=clock.now())
    finding.renew([known.identity_id])
    assert directory.named(HEARD, "ACME-5521").customer_ids == [known.customer_id]

"""Who looks after a customer, where they work and whom they belong with, said by hand: audited, undone, and kept by imports."""

import pytest
from django.urls import reverse

from heard.governance.models import AuditLine
from heard.governance.permissions import HEARD, viewer_of
from heard.identity import actions_on_belonging as actions
from heard.identity import actions_on_imports as imports
from heard.identity.belonging import belonging
from heard.identity.importing.plan import made
from heard.identity.models import Face, ImportBatch, Membership, Owner, Relation
from heard.identity.selectors import identities_of
from heard.identity.worth import known_of

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = "id,name,company,owner\n1,Dana,Acme,alice@acme.example\n2,Eve,,\n"


@pytest.fixture
def people(tmp_path, alice, ada):
    """(Dana, Eve): customers."""
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    imports.bring(HEARD, made(path))
    return tuple(Face.objects.get(identity__external_id=f"crm:{n}").customer_id for n in (1, 2))


def of(viewer, customer_id):
    return belonging(viewer, identities_of([customer_id])[customer_id])


def owner_of(customer_id) -> str:
    return known_of(HEARD, identities_of([customer_id])[customer_id]).owner[1]


def pages_of(client, customer_id: int, act: str, **given):
    return client.post(reverse(f"identity:{act}", args=[customer_id]), given, follow=True).content.decode()


def test_whom_a_colleague_names_comes_before_what_a_file_says_and_outlives_it(people, ada, alice, tmp_path):
    dana, _ = people
    assert owner_of(dana) == "Alice"
    assert actions.look_after(viewer_of(alice), dana, ada.pk) is None
    path = tmp_path / "again.csv"
    path.write_text(PEOPLE.replace("Dana", "Dana Smith"))
    imports.bring(HEARD, made(path))
    assert owner_of(dana) == "Ada"
    assert actions.look_after(viewer_of(alice), dana, None) == ada.pk
    assert owner_of(dana) == "Alice"


def test_naming_an_owner_on_the_page_can_be_undone_there(people, ada, alice, browser):
    _, eve = people
    client = browser(alice)
    page = pages_of(client, eve, "look_after", member=ada.pk)
    assert f'<option value="{ada.pk}" selected>' in page
    assert 'name="member" value=""' in page
    pages_of(client, eve, "look_after", member="")
    assert not Owner.objects.filter(source="heard").exists()
    lines = AuditLine.objects.filter(verb="customer.look_after", object_id=eve).order_by("id")
    assert [line.detail for line in lines] == [{"member": ada.pk, "before": None}, {"member": None, "before": ada.pk}]


def test_two_who_belong_together_stay_two_and_each_page_says_how(people, alice):
    dana, eve = people
    id_ = actions.relate(viewer_of(alice), dana, eve, kind="parent")
    assert actions.relate(viewer_of(alice), dana, eve, kind="parent") == id_
    assert [(line.words, line.name, line.by_hand) for line in of(HEARD, dana).people] == [("parent of", "Eve", True)]
    assert [(line.words, line.name) for line in of(HEARD, eve).people] == [("child of", "Dana")]
    assert dana != eve


def test_taking_a_relation_away_from_the_other_side_is_undone_as_it_was(people, alice, browser):
    dana, eve = people
    id_ = actions.relate(viewer_of(alice), dana, eve, kind="carer")
    client = browser(alice)
    page = pages_of(client, eve, "unrelate", relation=id_)
    assert not Relation.objects.exists()
    assert f'name="other" value="{dana}"' in page
    pages_of(client, eve, "relate", other=dana, kind="carer", turned="yes")
    assert Relation.objects.get().identity.external_id == "crm:1"


def test_what_a_file_said_is_not_taken_away_by_hand(people, alice, tmp_path):
    dana, _ = people
    path = tmp_path / "rel.csv"
    path.write_text("customer,other,relation\n1,2,spouse\n")
    imports.bring(HEARD, made(path))
    with pytest.raises(actions.CannotSay):
        actions.unrelate(viewer_of(alice), dana, Relation.objects.get().pk)
    with pytest.raises(actions.CannotSay):
        actions.leave(viewer_of(alice), dana, Membership.objects.get().pk)


def test_an_organisation_is_made_once_and_a_membership_taken_away_and_given_back(people, alice, browser):
    _, eve = people
    client = browser(alice)
    pages_of(client, eve, "employ", name="  Acme ", title="Chair")
    membership = Membership.objects.get(source="heard")
    assert (membership.organisation.name, membership.title) == ("Acme", "Chair")
    page = pages_of(client, eve, "leave", membership=membership.pk)
    assert not Membership.objects.filter(source="heard").exists()
    assert 'name="name" value="Acme"' in page
    pages_of(client, eve, "employ", name="Acme", title="Chair")
    assert Membership.objects.filter(source="heard", title="Chair").count() == 1


@pytest.mark.parametrize("given", [{"kind": "enemy"}, {"kind": "team", "to": "self"}])
def test_what_makes_no_sense_is_refused_in_words(people, alice, given):
    dana, eve = people
    with pytest.raises(actions.CannotSay):
        actions.relate(viewer_of(alice), dana, dana if "to" in given else eve, kind=given["kind"])
    with pytest.raises(actions.CannotSay):
        actions.employ(viewer_of(alice), dana, "  ")
    with pytest.raises(actions.CannotSay):
        actions.look_after(viewer_of(alice), dana, 999_999)


def test_those_who_only_read_change_nothing(people, vera, browser):
    dana, eve = people
    client = browser(vera)
    for act in ("look_after", "relate", "employ"):
        answer = client.post(reverse(f"identity:{act}", args=[dana]), {"other": eve, "kind": "team", "name": "X"})
        assert answer.status_code == 403
    assert not Relation.objects.exists()


def test_the_import_of_them_says_that_a_colleague_relies_on_them(people, alice):
    dana, eve = people
    actions.relate(viewer_of(alice), dana, eve, kind="household")
    kept = imports.take_back(HEARD, ImportBatch.objects.get().pk)
    assert kept == {"others still tell of them: kept without what this import said": 2}
    assert Relation.objects.count() == 1

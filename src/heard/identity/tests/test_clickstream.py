"""What visitors look at: only of those who agreed, once however often it is told, and theirs when it turns out who they are."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from heard.governance.permissions import HEARD, NotAllowed, viewer_of
from heard.identity import actions
from heard.identity.actions_on_sites import BadSite, add_site, switch_site
from heard.identity.clickstream import look_at
from heard.identity.importing.entries import reader
from heard.identity.importing.keep import keep
from heard.identity.importing.kinds import CONTACT
from heard.identity.importing.people import Teller
from heard.identity.models import Face, IdentityLink, PageView, Record, Visit
from heard.identity.rules.clickstream import Looked, bare, why_not
from heard.identity.selectors import visible_faces
from heard.kernel.bulk import one_writer
from heard.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)
SHOP = "https://shop.example"


@pytest.fixture
def site(ada):
    return add_site(viewer_of(ada), "Shop", origins=[SHOP + "/"])


def looked(**more) -> Looked:
    moment = now()
    about = {
        "visitor": "visitor-1",
        "visit": "visit-001",
        "key": "event-001",
        "at": moment,
        "agreed_at": moment - timedelta(hours=1),
    }
    return Looked(**{**about, **more})


def post(site, events, *, origin=SHOP):
    return Client().post(
        f"/site/{site.key}/events", json.dumps(events, default=str), content_type="text/plain", headers={"Origin": origin}
    )


def as_sent(**more) -> dict:
    event = looked(**more)
    return {name: getattr(event, name) for name in Looked.__struct_fields__}


def test_a_visit_is_kept_once_however_often_it_is_told(site):
    events = [looked(), looked(key="event-002", kind="search", detail="router")]
    assert look_at(site, events)[:2] == (2, 0)
    assert look_at(site, [*events, looked(key="event-003")])[:2] == (1, 2)
    visit = Visit.objects.get()
    assert visit.pages == PageView.objects.count() == 3


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"agreed_at": now() + timedelta(days=1)}, "the visitor had not agreed yet"),
        ({"at": now() - timedelta(days=60), "agreed_at": now() - timedelta(days=61)}, "the time lies too far from now"),
        ({"kind": "stare"}, "kind is none of view, search, cart, order, help"),
    ],
)
def test_what_nobody_agreed_to_is_not_kept(site, more, why):
    kept = look_at(site, [looked(**more)])
    assert (kept.new, kept.refused) == (0, [(0, why)])
    assert not Visit.objects.exists()
    assert not Face.objects.exists()


def test_an_event_without_consent_is_not_even_understood(site):
    event = as_sent()
    del event["agreed_at"]
    assert post(site, [event]).status_code == 400
    assert not Visit.objects.exists()


def test_what_stands_behind_the_question_mark_is_not_kept(site):
    look_at(site, [looked(url="https://shop.example/reset?token=secret#x", referrer="javascript:alert(1)")])
    assert PageView.objects.get().url == "https://shop.example/reset"
    assert Visit.objects.get().referrer == ""
    assert bare("https://a.example/b?c") == "https://a.example/b"


def test_a_page_of_another_site_brings_nothing_and_no_page_says_who_is_signed_in(site):
    assert post(site, [as_sent()], origin="https://eve.example").status_code == 403
    assert post(site, [as_sent(customer="1")]).status_code == 204
    assert Visit.objects.count() == 1
    assert not IdentityLink.objects.exists()


def test_a_site_that_is_off_takes_nothing(site, ada):
    switch_site(viewer_of(ada), site.key, on=False)
    assert post(site, [as_sent()]).status_code == 404
    assert Client().get(f"/site/{site.key}/visits.js").status_code == 404
    switch_site(viewer_of(ada), site.name, on=True)
    assert Client().get(f"/site/{site.key}/visits.js").status_code == 200


def test_a_site_that_nobody_made_is_not_switched(site, ada):
    with pytest.raises(BadSite, match="No site is called 'Elsewhere'"):
        switch_site(viewer_of(ada), "Elsewhere", on=False)
    add_site(viewer_of(ada), site.name, origins=["https://other.example"])
    with pytest.raises(BadSite, match="Several sites"):
        switch_site(viewer_of(ada), site.name, on=False)


def test_the_script_is_tiny_and_sets_no_cookie(site):
    answer = Client().get(f"/site/{site.key}/visits.js")
    assert answer.status_code == 200
    assert len(answer.content) < 2048
    assert not answer.cookies
    assert b"cookie" not in answer.content
    assert not post(site, [as_sent()]).cookies


def _dana() -> int:
    with one_writer():
        keep([reader(CONTACT, {"id": "id", "name": "name"})({"id": "1", "name": "Dana"})], Teller("crm", now()))
    return Face.objects.get(identity__external_id="crm:1").customer_id


def test_the_server_says_who_is_signed_in_and_the_known_customer_goes_on(site):
    look_at(site, [looked()])
    visitor = Face.objects.get(identity__network="site")
    dana = _dana()
    look_at(site, [looked(key="event-002", customer="1")], source="crm")
    visitor.refresh_from_db()
    assert visitor.customer_id == dana != visitor.home_id


def test_a_join_that_a_colleague_took_back_is_not_made_again(site, ada):
    dana = _dana()
    look_at(site, [looked(customer="1")], source="crm")
    actions.unlink(viewer_of(ada), IdentityLink.objects.get().pk)
    look_at(site, [looked(key="event-002", customer="1")], source="crm")
    assert Face.objects.get(identity__network="site").customer_id != dana


def test_visitors_of_a_teams_site_are_seen_by_that_team_alone(ada, alice, bea, sales):
    look_at(add_site(viewer_of(ada), "Sales", origins=[SHOP], team_id=sales.pk), [looked()])
    assert Record.objects.get().team == sales
    assert not visible_faces(viewer_of(alice)).exists()
    assert visible_faces(viewer_of(bea)).count() == 1


@pytest.mark.parametrize("origin", ["shop.example", "https://shop.example/path", "javascript:alert(1)", ""])
def test_a_site_needs_origins_that_are_origins(ada, origin):
    with pytest.raises(BadSite):
        add_site(viewer_of(ada), "Shop", origins=[origin])


def test_only_administrators_add_sites(sam):
    with pytest.raises(NotAllowed):
        add_site(viewer_of(sam), "Shop", origins=[SHOP])
    assert add_site(HEARD, "Shop", origins=[SHOP]).origins == [SHOP]


def test_a_time_needs_a_zone():
    assert why_not(looked(at=now().replace(tzinfo=None)), now=now()) == "times need a zone"

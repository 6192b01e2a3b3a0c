"""The demo world goes in one click, and takes nothing along that anyone added."""

import json

import pytest
from django.apps import apps

from heard.governance import actions as people
from heard.governance import selectors as governance
from heard.governance.permissions import HEARD, NotAllowed, viewer_of
from heard.identity import actions as identity
from heard.listening import actions as listening
from heard.listening.channels.contract import RawEvent
from heard.listening.selectors import search, visible_accounts, visible_interactions
from heard.project import demo, worker
from heard.project.demo import world
from heard.routing import actions as routing
from heard.routing.selectors import conversations_of, visible_conversations

pytestmark = pytest.mark.django_db

STAYS = {"kernel.StreamEvent", "kernel.News", "kernel.Lease", "routing.Queue", "governance.AuditLine"}


def rows() -> dict[str, int]:
    """{table: rows} of everything that holds customers, words or colleagues."""
    models = [m for m in apps.get_models() if m.__module__.startswith("heard.") and m._meta.label not in STAYS]
    return {m._meta.label: m.objects.count() for m in models}


def member(address: str):
    return viewer_of(governance.members(HEARD).get(email=address))


@pytest.fixture
def ours():
    """A house of our own, with an administrator and one real customer in it."""
    ada = viewer_of(
        people.found_company("Real Ltd", timezone="UTC", name="Ada", email="ada@real.test", password="a long password")
    )
    routing.seed_queues()
    say(ada, "My order is late, where is it?")
    return ada


def say(viewer, text: str, *, who: str = "rosa@real.test") -> None:
    known = visible_accounts(HEARD).filter(name="Our intake").first()
    account_id = known.pk if known else listening.connect(viewer, kind="api", name="Our intake")
    body = json.dumps({"author": {"network": "email", "id": who}, "text": text, "occurred_at": "2026-11-20T10:00:00Z"}).encode()
    listening.receive(account_id, [RawEvent(key=text, body=body, content_type="application/json")])
    worker.drain()


def test_an_empty_house_is_empty_again():
    before = rows()
    world.build(password="kettle-harbour-lantern-42")
    demo.remove(member(world.SIGN_IN))
    assert rows() == before
    assert not governance.has_members()


def test_a_house_in_use_keeps_exactly_what_it_had(ours):
    before = rows()
    assert demo.build()
    assert demo.remove(ours)
    assert rows() == before
    assert governance.company().name == "Real Ltd"
    assert not governance.company().has_demo_world


def test_nobody_of_the_demo_can_sign_in_to_a_house_in_use(ours):
    world.build(password="kettle-harbour-lantern-42")
    colleagues = governance.members(HEARD).exclude(email="ada@real.test")
    assert not colleagues.filter(email=world.SIGN_IN).exists()
    assert not any(c.check_password("kettle-harbour-lantern-42") for c in colleagues)


def test_what_somebody_added_to_the_demo_stays():
    world.build(password="kettle-harbour-lantern-42")
    host = member(world.SIGN_IN)
    token = people.invite(host, email="ada@real.test", name="Ada", role="administrator")
    ada = viewer_of(people.accept_invitation(token, name="Ada", password="a long password"))
    listening.watch_for(ada, kind="brand", pattern="Real Ltd")
    say(ada, "My order is late, where is it?")
    demo.remove(ada)
    [kept] = visible_interactions(ada)
    assert kept.text == "My order is late, where is it?"
    assert visible_conversations(ada).get().pk == conversations_of([kept.pk])[kept.pk]
    assert [m.email for m in governance.members(ada) if m.is_active] == ["ada@real.test"]
    assert [a.name for a in visible_accounts(ada)] == ["Our intake"]


def test_a_real_customer_who_was_linked_to_a_demo_one_is_who_they_were(ours):
    demo.build()
    rosa = visible_interactions(ours).get(text__startswith="My order is late")
    dana = visible_interactions(ours).filter(identity__external_id="danawhitfield").first()
    identity.link(ours, rosa.identity_id, dana.identity_id)
    demo.remove(ours)
    say(ours, "Still nothing. Where is my order?")
    assert visible_conversations(ours).count() == 1


def test_the_words_of_the_demo_are_not_found_any_more(ours):
    demo.build()
    assert search(ours, "kiln")
    demo.remove(ours)
    assert not search(ours, "kiln")


def test_removing_twice_does_nothing_more(ours):
    demo.build()
    assert demo.remove(ours)
    assert not demo.remove(ours)


def test_the_demo_can_be_built_again(ours):
    demo.build()
    demo.remove(ours)
    assert demo.build()


def test_an_agent_cannot_take_the_demo_away():
    world.build(password="kettle-harbour-lantern-42")
    with pytest.raises(NotAllowed):
        demo.remove(member("alice@heard.example"))
    assert visible_interactions(HEARD).count() > 400

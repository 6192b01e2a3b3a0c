import pytest

from heard.identity.models import Face, IdentityLink
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_faces(wire, arrive):
    """Dana on the wire and somebody on the phone; nobody has said yet that they are one person."""
    account_id = wire("Open line")
    arrive(account_id, delivery(said("1", person("Dana"), "My router is down, please help.")))
    arrive(
        account_id,
        delivery(said("2", person("020 7946", network="phone"), "It is still down, please help.", kind="call", minute=9)),
    )
    return [face.identity_id for face in Face.objects.order_by("identity_id")]


def customer_of(identity_id: int) -> int:
    return Face.objects.get(identity_id=identity_id).customer_id


def test_everything_a_customer_said_on_any_channel_stands_on_one_timeline(two_faces, alice, browser):
    dana, phone = two_faces
    client = browser(alice)
    client.post(f"/customers/{customer_of(dana)}/link/", {"identity": dana, "other": phone, "why": "Said so"})
    page = client.get(f"/customers/{customer_of(dana)}/").content.decode()
    assert page.index("It is still down") < page.index("My router is down")  # newest first
    assert "Said so" in page
    assert "Alice" in page


def test_the_timeline_can_be_narrowed_to_calls(two_faces, alice, browser):
    dana, phone = two_faces
    client = browser(alice)
    client.post(f"/customers/{customer_of(dana)}/link/", {"identity": dana, "other": phone})
    page = client.get(f"/customers/{customer_of(dana)}/?kind=call")
    assert [event.thing.voice.kind for event in page.context["stretch"].events] == ["call"]


def test_taking_a_reason_back_gives_everyone_their_customer_again(two_faces, alice, browser):
    """Threat 53."""
    before = [customer_of(i) for i in two_faces]
    client = browser(alice)
    client.post(f"/customers/{before[0]}/link/", {"identity": two_faces[0], "other": two_faces[1]})
    assert customer_of(two_faces[0]) == customer_of(two_faces[1])
    reason = IdentityLink.objects.get()
    client.post(f"/customers/{before[0]}/reasons/{reason.pk}/take-back/")
    assert [customer_of(i) for i in two_faces] == before
    assert b"taken back" in client.get(f"/customers/{before[0]}/").content


def test_saying_different_keeps_two_people_apart_whoever_says_same_later_is_seen(two_faces, alice, browser):
    dana, phone = two_faces
    client = browser(alice)
    page = client.post(f"/customers/{customer_of(dana)}/different/", {"identity": dana, "other": phone}, follow=True)
    assert b"different people" in page.content
    assert customer_of(dana) != customer_of(phone)


def test_a_viewer_is_offered_nothing_to_change_and_is_refused(two_faces, vera, browser):
    dana, phone = two_faces
    client = browser(vera)
    assert b"Same person as" not in client.get(f"/customers/{customer_of(dana)}/").content
    assert client.post(f"/customers/{customer_of(dana)}/link/", {"identity": dana, "other": phone}).status_code == 403
    assert not IdentityLink.objects.exists()


def test_an_identity_of_somebody_else_cannot_be_slipped_in(two_faces, alice, browser):
    """Threat 18: both ids are checked, not only the one in the address."""
    dana, phone = two_faces
    answer = browser(alice).post(f"/customers/{customer_of(dana)}/link/", {"identity": phone, "other": dana})
    assert answer.status_code == 404
    assert not IdentityLink.objects.exists()


def test_nobody_links_to_somebody_whom_only_another_team_knows(world, alice, browser):
    """Threat 18."""
    bid = Face.objects.get(customer=world.bid).identity_id
    eve = Face.objects.get(customer=world.eve).identity_id
    page = browser(alice).post(f"/customers/{world.eve}/link/", {"identity": eve, "other": bid}, follow=True)
    assert b"cannot see everything" in page.content
    assert not IdentityLink.objects.exists()


def test_a_face_known_to_another_team_only_is_counted_and_not_shown(world, ada, bea, browser):
    dana, phone = (Face.objects.get(customer__name=name).identity_id for name in ("Dana", "Dana Smith"))
    browser(ada).post(f"/customers/{world.dana}/link/", {"identity": dana, "other": phone})
    page = browser(bea).get(f"/customers/{world.dana}/").content.decode()
    assert "1 known to other teams only" in page
    assert "Still down, please call back" not in page
    assert "dana smith" not in page


def test_customers_are_found_by_name_address_and_handle(world, alice, browser):
    for asked in ("Dana", "@eve", "dana smi"):
        assert browser(alice).get("/customers/", {"q": asked}).context["rows"], asked
    assert not browser(alice).get("/customers/", {"q": "Bid"}).context["rows"]


def test_a_customer_can_be_given_their_real_name(two_faces, alice, browser):
    customer = customer_of(two_faces[1])
    browser(alice).post(f"/customers/{customer}/name/", {"name": "Dana Whitfield"})
    assert b"Dana Whitfield" in browser(alice).get("/customers/").content


@pytest.mark.parametrize("messages", [3, 90])
def test_the_page_takes_the_same_queries_for_one_message_and_for_many(
    messages, wire, arrive, alice, browser, django_assert_max_num_queries
):
    account_id, dana = wire(), person("Dana")
    arrive(account_id, *(delivery(said(str(n), dana, f"Please help with {n}", minute=n)) for n in range(messages)))
    client = browser(alice)
    with django_assert_max_num_queries(28):
        client.get(f"/customers/{Face.objects.get().customer_id}/")


def test_the_list_takes_the_same_queries_for_many_customers(wire, arrive, alice, browser, django_assert_max_num_queries):
    account_id = wire()
    arrive(account_id, *(delivery(said(str(n), person(f"Customer{n}"), "Please help me")) for n in range(120)))
    client = browser(alice)
    with django_assert_max_num_queries(12):
        client.get("/customers/")

"""Pairs that a colleague must judge: side by side, one word each, and an undo."""

from datetime import timedelta

import pytest

from heard.governance.models import AuditLine
from heard.governance.permissions import NotAllowed, viewer_of
from heard.identity import actions, preview, review, review_page
from heard.identity.models import Customer, Face, IdentityLink, ReviewPair, Trait
from heard.identity.people import regroup
from heard.kernel.clock import now
from heard.listening.actions import CannotNote, note_consent
from heard.listening.models import Identity
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db

PARTS = [
    {"field": "email", "left": "dana@example.org", "right": "dana@example.org", "level": "exact", "bits": 12.4},
    {"field": "city", "left": "Leeds", "right": "York", "level": "differs", "bits": -2.1},
    {"field": "prior", "bits": -8.0},
]


@pytest.fixture
def people(wire, arrive):
    """Dana, Dana Smith on the phone, and Eve: identity ids by name."""
    account = wire("Open line")
    arrive(account, delivery(said("1", person("Dana"), "My router is down, please help.")))
    arrive(account, delivery(said("2", person("Smith", network="phone"), "It is still down, please help.", minute=9)))
    arrive(account, delivery(said("3", person("Eve"), "Please help with my bill.", minute=12)))
    return {i.name: i.pk for i in Identity.objects.filter(is_ours=False)}


def pair_of(one: int, other: int, *, weight: float = 2.3, parts=()) -> ReviewPair:
    left, right = sorted((one, other))
    return ReviewPair.objects.create(
        left_id=left, right_id=right, weight=weight, parts=list(parts), weights_version="t", found_at=now()
    )


@pytest.fixture
def pair(people):
    return pair_of(people["Dana"], people["Smith"], parts=PARTS)


def matched(one: int, other: int, weight: float = 9.0) -> IdentityLink:
    left, right = sorted((one, other))
    link = IdentityLink.objects.create(left_id=left, right_id=right, kind="matched", weight=weight, parts=PARTS, made_at=now())
    regroup([left, right])
    return link


def customer_of(identity_id: int) -> int:
    return Face.objects.get(identity_id=identity_id).customer_id


def test_the_two_stand_side_by_side_with_what_speaks_for_and_against(pair, people, alice, browser):
    Trait.objects.create(identity_id=people["Dana"], field="phone", value="020 7946", source="profile", seen_at=now())
    page = browser(alice).get("/customers/to-judge/")
    words = page.content.decode()
    shown = page.context["pair"]
    assert [row.field for row in shown.rows] == ["Same mail address", "Different town", "Phone number"]
    assert [row.line.strength for row in shown.rows[:2]] == ["very strongly for", "clearly against"]
    assert "about 5 to 1 that it is one person" in words
    assert "My router is down" in words
    assert "It is still down" in words
    assert "2 addresses and handles stand on one page" in words
    assert "1 pair to judge" in words


def test_same_joins_and_the_next_pair_comes_at_once(pair, people, alice, browser):
    later = pair_of(people["Dana"], people["Eve"], weight=0.5)
    client = browser(alice)
    page = client.post(f"/customers/to-judge/{pair.pk}/", {"decision": "same", "why": "Her voice"}, follow=True)
    assert customer_of(people["Dana"]) == customer_of(people["Smith"])
    assert page.context["pair"].id == later.pk
    assert b"the same person, says Alice" in page.content
    pair.refresh_from_db()
    assert (pair.decision, pair.decided_by) == ("same", alice)
    assert IdentityLink.objects.get().why == "Her voice"


def test_different_keeps_apart_whatever_matching_finds_later(pair, people, alice):
    actions.decide(viewer_of(alice), pair.pk, "different")
    matched(people["Dana"], people["Smith"], 40.0)
    assert customer_of(people["Dana"]) != customer_of(people["Smith"])


def test_later_asks_again_after_a_week(pair, alice):
    viewer = viewer_of(alice)
    actions.decide(viewer, pair.pk, "later")
    assert review.next_open(viewer, now()) is None
    assert review.next_open(viewer, now() + timedelta(days=8)) == pair
    actions.take_back(viewer, pair.pk)
    assert review.next_open(viewer, now()) == pair


def test_taking_back_puts_the_pair_into_the_queue_again(pair, people, alice, browser):
    client = browser(alice)
    before = [customer_of(i) for i in people.values()]
    client.post(f"/customers/to-judge/{pair.pk}/", {"decision": "same"})
    page = client.post(f"/customers/to-judge/{pair.pk}/again/", follow=True)
    assert [customer_of(i) for i in people.values()] == before
    assert page.context["pair"].id == pair.pk
    pair.refresh_from_db()
    assert (pair.decision, pair.decided_by, pair.decided_at) == ("", None, None)


def test_the_word_that_a_newer_one_replaced_stands_again(pair, alice, ada):
    """Un-merge is exact: the earlier "different" is not lost by a "same" that was taken back."""
    actions.say_different(viewer_of(ada), pair.left_id, pair.right_id, why="I know both.")
    link_id = actions.link(viewer_of(alice), pair.left_id, pair.right_id)
    assert customer_of(pair.left_id) == customer_of(pair.right_id)
    actions.unlink(viewer_of(alice), link_id)
    standing = IdentityLink.objects.get(withdrawn_at=None)
    assert (standing.kind, standing.author) == ("said_different", ada)
    pair.refresh_from_db()
    assert (pair.decision, pair.decided_by) == ("different", ada)
    matched(pair.left_id, pair.right_id)
    assert customer_of(pair.left_id) != customer_of(pair.right_id)


def test_two_colleagues_at_one_pair_the_quicker_word_stands(pair, alice, ada):
    actions.decide(viewer_of(ada), pair.pk, "different")
    with pytest.raises(actions.Judged, match="Ada settled this meanwhile: different people"):
        actions.decide(viewer_of(alice), pair.pk, "same")
    assert customer_of(pair.left_id) != customer_of(pair.right_id)


def test_what_other_evidence_answers_need_not_be_judged_until_that_is_taken_back(pair, people, alice):
    viewer = viewer_of(alice)
    link = matched(people["Dana"], people["Smith"])
    pair.refresh_from_db()
    assert pair.decision == "moot"
    assert review.how_many(viewer) == 0
    actions.unlink(viewer, link.pk)
    pair.refresh_from_db()
    assert pair.decision == ""
    assert review.how_many(viewer) == 1


def test_who_was_told_apart_from_one_face_is_not_asked_about_for_the_others(pair, people, alice):
    matched(people["Dana"], people["Eve"])
    actions.say_different(viewer_of(alice), people["Eve"], people["Smith"])
    pair.refresh_from_db()
    assert pair.decision == "moot"


def test_nobody_says_same_over_somebody_elses_different(people, alice, ada):
    """It would be a word that changes nothing; the preview and the verb say so, and nothing is kept."""
    actions.link(viewer_of(ada), people["Dana"], people["Eve"])
    actions.say_different(viewer_of(ada), people["Eve"], people["Smith"])
    count = IdentityLink.objects.count()
    assert "different people" in preview.of_joining(viewer_of(alice), people["Dana"], people["Smith"]).refusal
    with pytest.raises(actions.CannotLink, match="Take that back first"):
        actions.link(viewer_of(alice), people["Dana"], people["Smith"])
    assert IdentityLink.objects.count() == count


def test_a_word_is_heard_before_a_match_and_the_preview_says_who_leaves(people, alice, ada):
    matched(people["Dana"], people["Eve"])
    actions.say_different(viewer_of(ada), people["Eve"], people["Smith"])
    would = preview.of_joining(viewer_of(alice), people["Dana"], people["Smith"])
    assert [change.words for change in would.changes if change.about == "Leaves"] == [
        "@eve goes: a colleague said that this is somebody else."
    ]
    actions.link(viewer_of(alice), people["Dana"], people["Smith"])
    assert customer_of(people["Dana"]) == customer_of(people["Smith"]) != customer_of(people["Eve"])


def test_a_viewer_judges_nothing_and_nobody_judges_whom_they_cannot_see(pair, vera, bea, people, care, browser, wire, arrive):
    with pytest.raises(NotAllowed):
        actions.decide(viewer_of(vera), pair.pk, "same")
    assert browser(vera).get("/customers/to-judge/").status_code == 403
    arrive(wire("Care only", team=care), delivery(said("9", person("Frank"), "Please help with my contract.")))
    hidden = pair_of(Identity.objects.get(name="Frank").pk, people["Eve"], weight=9.0)
    client = browser(bea)
    assert client.get("/customers/to-judge/").context["pair"].id == pair.pk
    assert client.post(f"/customers/to-judge/{hidden.pk}/", {"decision": "same"}).status_code == 404
    assert review.how_many(viewer_of(bea)) == 1
    hidden.refresh_from_db()
    assert hidden.decision == ""


def test_an_empty_queue_says_what_it_is_for(alice, browser, people):
    page = browser(alice).get("/customers/to-judge/").content
    assert b"Nobody to judge" in page
    assert b'href="/customers/to-judge/"' not in browser(alice).get("/customers/").content


def test_the_list_of_customers_says_how_many_pairs_wait(pair, alice, vera, browser):
    assert browser(alice).get("/customers/").context["to_judge"] == 1
    assert "to_judge" not in browser(vera).get("/customers/").context


def test_the_page_takes_the_same_queries_for_a_short_queue_and_a_long_one(
    pair, people, alice, browser, django_assert_max_num_queries, wire, arrive
):
    arrive(wire("More"), *(delivery(said(f"m{n}", person(f"Maker{n}"), "Please help me")) for n in range(30)))
    ids = list(Identity.objects.filter(name__startswith="Maker").values_list("id", flat=True))
    for one, other in zip(ids, ids[1:], strict=False):
        pair_of(one, other)
    client = browser(alice)
    with django_assert_max_num_queries(40):
        client.get("/customers/to-judge/")


def test_a_preview_says_what_changes_and_what_does_not(people, alice, browser):
    viewer = viewer_of(alice)
    actions.rename(viewer, customer_of(people["Smith"]), name="Dana Smith")
    note_consent(viewer, people["Dana"], channel_kind="wire", purpose="offers", is_given=True, how="On the phone")
    note_consent(viewer, people["Smith"], channel_kind="phone", purpose="offers", is_given=False, how="On the phone")
    before = list(Face.objects.order_by("id").values_list("customer_id", flat=True))
    page = browser(alice).get(
        f"/customers/{customer_of(people['Dana'])}/joining/", {"identity": people["Dana"], "other": people["Smith"]}
    )
    told = {change.about: change for change in page.context["preview"].changes}
    assert "2 addresses" in told["Addresses"].words
    assert "called Dana." in told["Name"].words
    assert "“Dana Smith” is kept" in told["Name"].words
    assert told["Consent"].is_warning
    assert "(1 yes, 1 no)" in told["Consent"].words
    assert "2 conversations on one page, 1 and 1. None is moved" in told["Conversations"].words
    assert list(Face.objects.order_by("id").values_list("customer_id", flat=True)) == before
    assert not IdentityLink.objects.exists()


def test_the_reasons_on_the_page_of_a_customer_say_what_agreed(people, alice, browser):
    matched(people["Dana"], people["Smith"])
    page = browser(alice).get(f"/customers/{customer_of(people['Dana'])}/").content.decode()
    assert "They agree on enough: about 510 to 1 that it is one person" in page
    assert "Same mail address" in page
    assert "very strongly for, +12.4 bits" in page
    assert "Take back" in page


def test_a_visitor_who_came_first_gives_way_to_the_customer(wire, arrive, alice):
    account = wire()
    arrive(account, delivery(said("1", person("v-81", network="webchat"), "Hello, is anybody there? Please help.")))
    arrive(account, delivery(said("2", person("Dana", network="email"), "My router is down, please help.", minute=3)))
    visitor, dana = Face.objects.order_by("id")
    actions.link(viewer_of(alice), visitor.identity_id, dana.identity_id)
    assert customer_of(visitor.identity_id) == dana.home_id
    assert review_page.waiting(viewer_of(alice)) == 0


def test_what_they_allow_is_noted_with_its_proof(people, alice, vera, bea, browser):
    client, dana = browser(alice), people["Dana"]
    address = f"/customers/{customer_of(dana)}/faces/{dana}/consent/"
    words = {"purpose": "offers", "channel": "wire", "is_given": "yes", "how": "On the phone, 3 May"}
    page = client.post(address, words, follow=True).content.decode()
    assert "Offers and news" in page
    assert "On the phone, 3 May, noted by Alice" in page
    assert AuditLine.objects.filter(verb="consent.note").count() == 1
    assert b"Say how they told us" in client.post(address, words | {"how": " "}, follow=True).content
    assert browser(vera).post(address, words).status_code == 403
    elsewhere = f"/customers/{customer_of(dana)}/faces/{people['Eve']}/consent/"
    assert client.post(elsewhere, words).status_code == 404
    with pytest.raises(CannotNote, match="choose one of"):
        note_consent(viewer_of(alice), dana, channel_kind="wire", purpose="everything", is_given=True, how="x")


def test_a_face_keeps_its_audience_its_tone_and_its_distance(people, alice, browser):
    dana = people["Dana"]
    actions.link(viewer_of(alice), dana, people["Smith"])
    words = {"never_link": "on", "audience": "Readers of her blog", "tone": "Playful"}
    page = browser(alice).post(f"/customers/{customer_of(dana)}/faces/{dana}/", words, follow=True).content.decode()
    assert "never link openly" in page
    assert "Readers of her blog" in page
    assert "Playful" in page


def test_an_identity_of_nobody_known_is_not_there(people, alice, browser):
    customer = Customer.objects.get(pk=customer_of(people["Dana"]))
    client = browser(alice)
    assert client.get(f"/customers/{customer.pk}/joining/", {"identity": people["Dana"], "other": 999_999}).status_code == 404
    assert client.post("/customers/to-judge/999999/", {"decision": "same"}).status_code == 404


def test_the_rail_says_how_many_wait_to_whoever_may_judge(pair, people, alice, browser):
    client = browser(alice)
    assert 'hx-get="/customers/to-judge/count/"' in client.get("/customers/").content.decode()
    shown = client.get("/customers/to-judge/count/").content.decode()
    assert 'class="rail-count"' in shown
    assert ">1</span>" in shown
    actions.decide(viewer_of(alice), pair.pk, "later")
    assert client.get("/customers/to-judge/count/").content.strip() == b""

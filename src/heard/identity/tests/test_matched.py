"""Who comes is matched through the store: joined, asked about, left alone; and every belief can be taken back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from heard.governance.permissions import viewer_of
from heard.identity import actions, learn, matching, weights
from heard.identity.models import Face, IdentityLink, MatchKey, MatchWeights, ReviewPair, TermCount, Trait
from heard.identity.rules.matching import SHIPPED, profile_of
from heard.kernel.bulk import one_writer
from heard.kernel.clock import now
from heard.listening.channels.contract import Author
from heard.listening.models import Identity
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)
HELD = {"proved_link": ["https://dana.example"]}
BORN = {"birth_date": "1986-03-14", "postcode": "BS2 0EL"}


@pytest.fixture
def met(wire, arrive):
    """Somebody says hello, on any network; the identity."""
    account = wire()
    count = iter(range(1, 100))

    def say(author: Author, **extra) -> int:
        n = next(count)
        arrive(account, delivery(said(str(n), author, "My parcel did not arrive, please help.", minute=n, extra=extra)))
        return Identity.objects.get(network=author.network, external_id=author.external_id).pk

    return say


def _author(network: str, name: str, handle: str, external_id: str = "") -> Author:
    return Author(network=network, external_id=external_id or handle, handle=handle, name=name)


def _told(identity_id: int, **traits: str) -> None:
    Trait.objects.bulk_create(
        Trait(identity_id=identity_id, field=field, value=value, source="a test", seen_at=now())
        for field, value in traits.items()
    )
    while matching.catch_up():
        pass


def _customers() -> list[int]:
    return list(Face.objects.order_by("identity_id").values_list("customer_id", flat=True))


def test_one_name_and_one_proved_link_on_two_networks_are_one_customer_with_reasons(met):
    first = met(_author("mastodon", "Dana Whitfield", "@kestrel77@social.example"), traits=HELD)
    second = met(_author("bluesky", "Dana Whitfield", "@kestrel77"), traits=HELD)
    assert _customers() == [_customers()[0]] * 2
    link = IdentityLink.objects.get()
    assert (link.left_id, link.right_id, link.kind, link.weights_version) == (first, second, "matched", SHIPPED.version)
    assert {part["field"] for part in link.parts} >= {"link", "handle", "surname", "prior"}
    assert sum(part["bits"] for part in link.parts) == pytest.approx(link.weight, abs=0.1)
    assert "link" in link.why


def test_a_proof_that_is_no_more_parts_them_again(met):
    dana = _author("mastodon", "Dana Whitfield", "@kestrel77@social.example")
    met(dana, traits=HELD)
    met(_author("bluesky", "Dana Whitfield", "@dana.example"), traits=HELD)
    assert len(set(_customers())) == 1
    met(dana, traits={"link": ["https://dana.example"]})
    assert len(set(_customers())) == 2
    assert not Trait.objects.filter(identity__network="mastodon", field="proved_link").exists()


def test_whoever_copies_a_profile_on_another_network_is_asked_about_and_not_joined(met):
    met(_author("mastodon", "Dana Whitfield", "@kestrel77@social.example"), traits=HELD)
    met(
        _author("bluesky", "Dana Whitfield", "@kestrel77"), traits={"link": ["https://dana.example", "https://social.example/@k"]}
    )
    assert len(set(_customers())) == 2
    assert not IdentityLink.objects.exists()
    assert ReviewPair.objects.get().decision == ""


def test_two_of_one_batch_are_matched_with_each_other(wire, arrive):
    authors = [_author("mastodon", "Dana Whitfield", "@kestrel77@a.example"), _author("bluesky", "Dana Whitfield", "@kestrel77")]
    voices = (said(str(n), a, "Where is my parcel?", minute=n, extra={"traits": HELD}) for n, a in enumerate(authors))
    arrive(wire(), *map(delivery, voices))
    assert len(set(_customers())) == 1


def test_a_name_and_the_handle_made_of_it_join_nobody_but_may_be_asked_about(met):
    met(_author("mastodon", "Dana Whitfield", "@danawhitfield@social.example"))
    met(_author("bluesky", "Dana Whitfield", "@dana.whitfield"))
    assert len(set(_customers())) == 2
    assert not IdentityLink.objects.exists()
    assert ReviewPair.objects.get().decision == ""


def test_what_records_say_joins_later_and_is_taken_back_exactly(met, alice):
    first = met(person("Dana Whitfield", network="one"))
    second = met(person("D Whitfield", network="two"))
    before = _customers()
    _told(first, name="Dana Whitfield", **BORN)
    _told(second, name="Dana Whitfield", **BORN)
    assert len(set(_customers())) == 1

    actions.unlink(viewer_of(alice), IdentityLink.objects.get(withdrawn_at=None).pk)
    assert _customers() == before
    with one_writer():
        matching.match([first, second])
    assert _customers() == before  # a colleague took it back: it is not found again


def test_a_different_of_a_colleague_outlives_every_new_run(met, alice):
    first, second, third = (met(person(f"Dana{n}", network=f"net{n}")) for n in range(3))
    actions.say_different(viewer_of(alice), first, second)
    for identity_id in (first, second, third):
        _told(identity_id, name="Dana Whitfield", **BORN)
    with one_writer():
        matching.match([first, second, third])
    customers = dict(Face.objects.values_list("identity_id", "customer_id"))
    assert customers[first] != customers[second]
    assert len(set(customers.values())) == 2


def test_evidence_follows_what_is_known(met):
    first, second = met(person("Dana", network="one")), met(person("Dee", network="two"))
    _told(first, name="Dana Whitfield", **BORN)
    _told(second, name="Dana Whitfield", **BORN)
    assert len(set(_customers())) == 1
    Trait.objects.filter(identity_id=second).delete()
    _told(second, name="Nora Quist", birth_date="1951-11-30", postcode="LS1 4AP")
    assert len(set(_customers())) == 2
    assert IdentityLink.objects.filter(withdrawn_at=None, weight__gt=0).count() == 0
    assert IdentityLink.objects.exclude(withdrawn_at=None).get().withdrawn_by is None


def test_a_mailbox_that_many_share_joins_nobody(met):
    names = ("Ada Cole", "Ben Dorn", "Cleo East", "Dov Frey", "Eva Gill", "Finn Hope", "Gia Ives", "Hal Jones")
    for n, name in enumerate(names):
        _told(met(person(name.split()[0], network=f"net{n}")), name=name, email="desk@acme.example", phone="+44 7700 900123")
    assert len(set(_customers())) == len(names)


def test_a_visitor_of_a_site_and_our_own_handles_are_found_by_nothing(met):
    met(Author(network="webchat", external_id="1:abc", handle="visitor abc1", name="Visitor abc1"))
    assert not MatchKey.objects.exists()


def test_what_somebody_says_of_themselves_is_kept_once_and_matched(met):
    first = met(person("dana one", network="one"), traits={"name": "Dana Whitfield", **BORN, "shoe_size": "40"})
    met(person("dana one", network="one"), traits={"name": "Dana Whitfield", **BORN})
    assert Trait.objects.filter(identity_id=first).count() == 3
    met(person("dw", network="two"), traits={"name": "Dana Whitfield", **BORN})
    assert len(set(_customers())) == 1


def test_a_value_is_counted_once_for_a_person_however_often_it_is_matched(met):
    first = met(person("dana one", network="one"))
    _told(first, name="Dana Whitfield", **BORN)
    with one_writer():
        matching.match([first])
        matching.match([first])
    assert TermCount.objects.get(term=0).count == 1
    assert set(TermCount.objects.values_list("count", flat=True)) == {1}


def test_who_is_known_is_not_written_down_again(met):
    author = _author("mastodon", "Dana Whitfield", "@kestrel77@social.example")
    met(author)
    before = MatchKey.objects.count()
    met(author)
    assert MatchKey.objects.count() == before


def test_matching_a_batch_takes_as_many_queries_as_matching_one(met):
    names = ("Ada Cole", "Ben Dorn", "Cleo East", "Dov Frey", "Eva Gill", "Finn Hope")
    ids = [met(person(names[n // 2].split()[n % 2], network=f"net{n}")) for n in range(12)]
    Trait.objects.bulk_create(
        Trait(identity_id=i, field=f, value=v, source="a test", seen_at=now())
        for n, i in enumerate(ids)
        for f, v in {
            "name": names[n // 2],
            "birth_date": f"19{50 + n // 2 * 7}-0{1 + n // 2}-{10 + n // 2}",
            "postcode": "BS2 0EL",
        }.items()
    )
    asked = []
    for some in (ids[:2], ids[2:]):
        with one_writer(), CaptureQueriesContext(connection) as queries:
            matching.match(some)
        asked.append(len(queries))
    assert len(set(_customers())) == 6
    assert asked[1] <= asked[0] + 4  # more than a score of rows are inserted by two statements


def _caught_up() -> None:
    while matching.catch_up():
        pass


def test_a_name_that_changes_later_is_held_against_everybody_again(met):
    one = met(_author("mastodon", "Kestrel", "@danawhitfield@social.example"))
    met(_author("bluesky", "Dana Whitfield", "@dana.whitfield"))
    ReviewPair.objects.all().delete()
    _caught_up()
    assert not ReviewPair.objects.exists()
    assert met(_author("mastodon", "Dana Whitfield", "@danawhitfield@social.example")) == one
    _caught_up()
    assert ReviewPair.objects.get().decision == ""
    assert len(set(_customers())) == 2


def test_a_change_of_name_parts_nobody_who_was_believed_to_be_one(met):
    first = met(_author("mastodon", "Dana Whitfield", "@kestrel77@social.example"), traits=HELD)
    met(_author("bluesky", "Dana Whitfield", "@kestrel77"), traits=HELD)
    assert len(set(_customers())) == 1
    for name, handle in (("Nora Quist", "@kestrel77"), ("Nora Quist", "@quist"), ("Lady Crumble", "@crumbs")):
        met(_author("mastodon", name, f"{handle}@social.example", external_id="@kestrel77@social.example"))
        _caught_up()
    assert Identity.objects.get(pk=first).name == "Lady Crumble"
    assert len(set(_customers())) == 1
    assert not IdentityLink.objects.exclude(withdrawn_at=None).exists()


# ── Learning ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_learnt_weights_judge_once_they_are_used_and_can_be_taken_back():
    MatchWeights.objects.create(
        version="own-1", levels={"surname": {"differs": {"base": -9.0}}}, report={"records": 300}, learnt_at=now()
    )
    assert weights.current() == SHIPPED
    learn.use("own-1")
    used = weights.current()
    assert (used.version, used.levels["surname"]["differs"].base) == ("own-1", -9.0)
    assert used.levels["surname"]["exact"] == SHIPPED.levels["surname"]["exact"]
    learn.use(SHIPPED.version)
    assert weights.current() == SHIPPED
    with pytest.raises(learn.NoSuchWeights):
        learn.use("own-2")


def test_from_a_handful_of_records_nothing_is_learnt():
    with pytest.raises(learn.CannotLearn, match="200 are needed"):
        learn.learn([profile_of([("name", "Dana Whitfield")])] * 5)
    assert not MatchWeights.objects.exists()

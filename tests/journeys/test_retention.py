"""Nothing is removed without a rule, a rule shows first what it means, and then it is followed a little at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from heard.governance import actions_on_personal_data as actions
from heard.governance import retention
from heard.governance.actions import Refused
from heard.governance.models import AuditLine, RetentionRule
from heard.governance.permissions import NotAllowed
from heard.identity.models import Customer, Visit
from heard.kernel.clock import now
from heard.listening.models import Attachment, Identity, Interaction, Payload
from heard.project import timetable
from heard.routing.models import Conversation
from tests.support.wire import NOON, delivery, person, said

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=400)
KINDS = {"public_posts", "private_conversations", "deliveries", "attachments", "visits", "audit"}


@pytest.fixture
def admin(ada, seen_by):
    return seen_by(ada)


@pytest.fixture
def posts(quagmire, arrive):
    """Three posts of strangers: two that nobody answers, and one of Eve, who is known for more."""
    post = {"visibility": "public", "addressed": False, "kind": "message"}
    arrive(
        quagmire.account,
        delivery(said("p-1", person("Passer"), "lol", minute=1, **post)),
        delivery(said("p-2", person("Walker"), "so true", minute=2, **post)),
        delivery(said("p-3", person("Eve"), "haha", minute=3, **post)),
    )
    return quagmire


def _voices():
    return set(Interaction.objects.values_list("external_id", flat=True))


def test_without_a_rule_nothing_ever_goes(posts):
    before = _voices(), Payload.objects.count()
    assert set(retention.kinds.names()) == KINDS
    assert retention.work_off(now=LATER + timedelta(days=36_500)) == 0
    assert (_voices(), Payload.objects.count()) == before


def test_posts_of_strangers_go_with_their_authors_and_nothing_else(posts, admin):
    actions.keep_for(admin, "public_posts", days=30)
    everything = _voices()
    assert retention.work_off(now=LATER) > 0
    assert everything - _voices() == {"p-1", "p-2", "p-3"}
    assert not Identity.objects.filter(name__in=["Passer", "Walker"]).exists()
    assert not Customer.objects.filter(name="Passer").exists()
    assert Identity.objects.filter(name="Eve").exists()


def test_a_preview_counts_what_goes_and_removes_nothing(posts, admin):
    before = _voices()
    seen = retention.preview(admin, "public_posts", days=1)
    assert str(seen.count) == "3"
    assert seen.oldest == NOON + timedelta(minutes=1)
    assert [e.words for e in seen.examples] == ["@passer: lol", "@walker: so true", "@eve: haha"]
    assert _voices() == before


def test_young_things_stay(posts, admin):
    actions.keep_for(admin, "public_posts", days=30)
    assert retention.work_off(now=NOON + timedelta(days=29)) == 0


def test_private_conversations_go_whole_once_nobody_waits_in_them(quagmire, admin):
    from heard.routing.models import Case

    Conversation.objects.filter(pk=quagmire.conversation).update(last_at=NOON)
    actions.keep_for(admin, "private_conversations", days=30)
    retention.work_off(now=LATER)
    assert Conversation.objects.filter(pk=quagmire.conversation).exists()  # a case is open
    Case.objects.update(state="resolved")
    Conversation.objects.filter(pk=quagmire.conversation).update(state="quiet", is_public=False)
    retention.work_off(now=LATER)
    assert not Conversation.objects.filter(pk=quagmire.conversation).exists()
    assert not {"o-1", "us-1"} & _voices()
    assert "Dear Ottilie" not in str(quagmire.traces())


@pytest.mark.parametrize(
    ("kind", "model", "left"),
    [
        ("deliveries", Payload.objects.filter(delivery__state="walked"), 0),
        ("attachments", Attachment.objects.exclude(sha256=""), 0),
        ("visits", Visit.objects.all(), 0),
        ("audit", AuditLine.objects.filter(verb="customer.link"), 0),
    ],
    ids=["deliveries", "attachments", "visits", "audit"],
)
def test_each_kind_removes_what_it_names(quagmire, admin, kind, model, left):
    before = _voices()
    assert model.all().exists()
    actions.keep_for(admin, kind, days=30)
    retention.work_off(now=now() + timedelta(days=31))
    assert model.all().count() == left
    assert _voices() == before


def test_what_could_not_be_read_is_not_let_go_by_age(quagmire, admin):
    actions.keep_for(admin, "deliveries", days=30)
    retention.work_off(now=now() + timedelta(days=3000))
    assert Payload.objects.filter(delivery__state="quarantined").count() == 2


@pytest.mark.parametrize("kind", sorted(KINDS - {"audit"}))
def test_a_legal_hold_keeps_what_is_theirs(quagmire, admin, kind):
    from heard.routing.models import Case, Entry

    Entry.objects.filter(interaction__external_id="o-3").delete()  # a post that stands nowhere
    Case.objects.update(state="resolved")
    Conversation.objects.update(state="quiet", is_public=False, last_at=NOON)
    actions.place_hold(admin, quagmire.identities, reason="Lawsuit 12/26.")
    actions.keep_for(admin, kind, days=30)
    theirs = Interaction.objects.filter(identity_id__in=quagmire.identities)
    before = [theirs.count(), Payload.objects.filter(delivery__in=theirs.values("delivery")).count()]
    before += [Attachment.objects.exclude(sha256="").count(), Visit.objects.count()]
    retention.work_off(now=now() + timedelta(days=3000))
    after = [theirs.count(), Payload.objects.filter(delivery__in=theirs.values("delivery")).count()]
    assert [*after, Attachment.objects.exclude(sha256="").count(), Visit.objects.count()] == before


def test_a_killed_run_goes_on_where_it_was(posts, admin, monkeypatch):
    """The place is written with each batch; a turn that is out of time is the same to the next one as one that died."""
    actions.keep_for(admin, "public_posts", days=30)
    monkeypatch.setitem(retention.kinds._plugged, "public_posts", replace(retention.kinds["public_posts"], at_once=1))
    for _ in range(10):
        retention.work_off(now=LATER, seconds=0.001)
    assert not {"p-1", "p-2", "p-3"} & _voices()
    assert RetentionRule.objects.get().removed > 0


def test_what_went_is_in_the_audit(posts, admin):
    actions.keep_for(admin, "public_posts", days=30)
    retention.work_off(now=LATER)
    change, removal = AuditLine.objects.filter(verb__startswith="retention").order_by("id")
    assert (change.detail["now"], change.member.name) == (30, "Ada")
    assert removal.member is None
    assert removal.detail["rows"] > 0


def test_the_timetable_follows_the_rules(posts, admin):
    actions.keep_for(admin, "public_posts", days=1)
    timetable.keep("w", timetable.IN_THEIR_OWN_TIME)
    assert not {"p-1", "p-2", "p-3"} & _voices()


def test_only_an_administrator_sets_a_rule(quagmire, sam, alice, seen_by):
    for member in (sam, alice):
        with pytest.raises(NotAllowed):
            actions.keep_for(seen_by(member), "public_posts", days=1)
        with pytest.raises(NotAllowed):
            retention.preview(seen_by(member), "public_posts", days=1)
    assert not RetentionRule.objects.exists()


def test_nonsense_is_refused_and_the_rule_stays(quagmire, admin):
    actions.keep_for(admin, "public_posts", days=30)
    for kind, days in (("public_posts", 0), ("public_posts", 10**6), ("nothing", 30)):
        with pytest.raises(Refused):
            actions.keep_for(admin, kind, days=days)
    assert RetentionRule.objects.get().days == 30


def test_ada_sees_what_would_go_before_she_sets_it(posts, ada, browser):
    client = browser(ada)
    page = client.get(reverse("governance:masking")).content.decode()
    assert "Public posts of strangers" in page
    assert "For ever" in page
    preview = client.get(reverse("governance:keep", args=["public_posts"]), {"days": "1"}).content.decode()
    assert "<strong>3</strong> are older than 1 day" in preview
    assert "@passer: lol" in preview
    assert not RetentionRule.objects.exists()
    assert client.post(reverse("governance:keep", args=["public_posts"]), {"days": "365"}).status_code == 302
    assert "Set by Ada" in client.get(reverse("governance:masking")).content.decode()
    client.post(reverse("governance:keep", args=["public_posts"]), {"days": ""})
    assert not RetentionRule.objects.exists()
    assert client.get(reverse("governance:keep", args=["nothing"]), {"days": "1"}).status_code == 404

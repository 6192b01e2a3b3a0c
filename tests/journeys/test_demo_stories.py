"""The stories of scenarios.md in the demo world, read by the same selectors that the pages use."""

from datetime import timedelta

import pytest
from django.db import transaction

from heard.engagement.selectors import reachable
from heard.governance import selectors as governance
from heard.governance.permissions import HEARD, viewer_of
from heard.identity.selectors import customers_of
from heard.kernel.clock import now
from heard.listening import actions as listening
from heard.listening.accounts import adapter_of
from heard.listening.selectors import visible_accounts, visible_interactions, voices
from heard.project import worker
from heard.project.demo import world
from heard.routing import story
from heard.routing.selectors import conversations_of, dispositions_of, messages_of, visible_conversations
from heard.routing.unattended import unattended
from heard.understanding.selectors import verdicts

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """The demo world, built once; each test takes back what it changes, and the last one all of it."""
    with django_db_blocker.unblock(), transaction.atomic():
        world.build(password="kettle-harbour-lantern-42")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def acme(built, db):
    """Acme Media as a visitor of the demo finds it; the viewer is its supervisor."""
    return viewer_of(governance.members(HEARD).get(email="bob@heard.example"))


def said(words: str):
    """The one voice with these words."""
    return visible_interactions(HEARD).get(text__contains=words)


def verdict(words: str):
    voice = said(words)
    return verdicts(HEARD, [voice.pk])[voice.pk]


def conversation_about(words: str):
    voice = said(words)
    return story.conversation(HEARD, conversations_of([voice.pk])[voice.pk])


def cases_about(words: str) -> dict[str, str]:
    """{kind of the open case: queue it waits in}"""
    return {c.kind: c.queue for c in story.cases(conversation_about(words)) if c.is_open}


def disposition_of(words: str):
    voice = said(words)
    return dispositions_of([voice.pk])[voice.pk]


# ── T1–T4 ───────────────────────────────────────────────────────────────────────────────────────────────────────────

BUY = "I want to buy your product, it is awesome"
VIDEO = "Check out my [6 minute] video"
EXPENSIVE = "way too expensive, lower the price"
MIXED = "I like parts of your product, but there are issues"


def test_somebody_who_wants_to_buy_is_a_lead_in_the_sales_queue(acme):
    found = verdict(BUY)
    assert {"sales", "praise"} <= set(found.kinds)
    assert found.operational and found.answer_due
    assert cases_about(BUY) == {"sales": "Sales"}
    assert customers_of([said(BUY).identity_id])


def test_a_student_who_praises_in_a_video_is_advocacy_and_no_ticket(acme):
    found = verdict(VIDEO)
    assert {"praise", "marketing"} <= set(found.kinds)
    assert "sales" not in found.kinds and not found.operational
    assert cases_about(VIDEO) == {}
    assert disposition_of(VIDEO).outcome == "no_answer_due"


def test_a_client_of_a_client_is_a_lead_and_a_voice_on_price_at_once(acme):
    found = verdict(EXPENSIVE)
    assert {"sales", "product"} <= set(found.kinds)
    assert found.operational and found.analytical
    assert "Sales" in cases_about(EXPENSIVE).values()


def test_half_praise_half_trouble_stays_mixed_and_reaches_service_and_product(acme):
    found = verdict(MIXED)
    assert {"support", "product"} <= set(found.kinds)
    assert found.sentiment == "mixed" and found.answer_due
    assert "support" in cases_about(MIXED)
    article = visible_interactions(HEARD).get(kind="article")
    assert article.permalink in said(MIXED).text


# ── T5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

FAIL = "#acmemedia broadband now down for 48 hrs"


def test_the_post_that_names_nobody_is_caught_by_its_hashtag(acme):
    post = said(FAIL)
    assert not post.addressed
    assert verdict(FAIL).kinds and "support" in verdict(FAIL).kinds
    assert disposition_of(FAIL).outcome == "waiting"


def test_five_dropped_calls_credit_visit_and_post_stand_on_one_timeline(acme):
    heard = visible_interactions(HEARD).filter(id__in=messages_of(conversation_about(FAIL).pk), direction="inbound")
    told = heard.order_by("occurred_at")
    kinds = [(i.account.kind, i.kind) for i in told]
    assert kinds == [("simulated_phone", "call")] * 6 + [("simulated_web", "visit"), ("simulated", "post")]
    assert [i.extra.get("outcome") for i in told][:6] == ["dropped"] * 5 + ["talked"]
    assert "Credited 10 pounds" in told[5].text
    assert len(set(customers_of({i.identity_id for i in told}).values())) == 1


# ── T10 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rant_that_nobody_touched_stands_on_the_unattended_page_long_before_two_days(acme):
    rant = said("Day nine. Nine days of @acmemedia")
    assert rant.occurred_at > now() - timedelta(hours=48)
    assert conversations_of([rant.pk])[rant.pk] in {o.row.id for o in unattended(acme).overdue}


def test_the_unattended_page_names_a_channel_that_fell_silent(acme):
    social = visible_accounts(HEARD).get(kind="simulated")
    before = unattended(acme)
    listening.failed(social.pk, RuntimeError("the network is gone"))
    listening.failed(social.pk, RuntimeError("the network is gone"))
    listening.failed(social.pk, RuntimeError("the network is gone"))
    after = unattended(acme)
    assert not before.alarms
    assert [alarm.account_id for alarm in after.alarms] == [social.pk]
    assert not after.can_say_nobody


def test_every_inbound_voice_has_exactly_one_disposition(acme):
    inbound = visible_interactions(HEARD).filter(direction="inbound").values_list("id", flat=True)
    found = dispositions_of(inbound)
    assert set(found) == set(inbound)
    assert all(d.case_id for d in found.values() if d.outcome == "waiting")


# ── T15 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

DIG = "Dana came to the Harrowick shop"


def test_dana_is_one_conversation_on_five_channels(acme):
    assert conversation_about(DIG).channel_kinds == ["simulated_phone", "simulated_web", "simulated", "simulated_mail", "log"]


def test_dana_can_be_answered_on_each_channel_that_reaches_her(acme):
    routes = reachable(acme, conversation_about(DIG).pk)
    assert {r.kind for r in routes if r.may_send} == {"simulated_phone", "simulated_web", "simulated", "simulated_mail"}


def test_our_answers_bear_the_name_of_the_colleague(acme):
    sketch = said("Ifeoma has it and comes tomorrow")
    assert voices(acme, [sketch.pk])[sketch.pk].author_name == "Alice Moreau"


# ── The world ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_desk_has_a_day_of_work_before_it_and_three_weeks_behind_it(acme):
    conversations = visible_conversations(acme)
    assert 20 <= conversations.filter(state="open").count() <= 60
    assert conversations.count() > 200
    assert conversations.order_by("started_at").first().started_at < now() - timedelta(days=19)
    assert visible_interactions(acme).filter(occurred_at__gt=now()).count() == 0


def test_the_cast_is_a_few_hundred_people_who_speak_four_languages(acme):
    heard = visible_interactions(acme).filter(direction="inbound")
    assert len(set(customers_of(heard.values_list("identity_id", flat=True)).values())) > 250
    assert {"en", "de", "fr", "es"} <= set(visible_conversations(acme).values_list("language", flat=True))


def test_the_stream_goes_on_by_the_ordinary_pollers(acme):
    before = visible_interactions(acme).count()
    for account in visible_accounts(acme).filter(kind__startswith="simulated"):
        assert "poll" in adapter_of(account.kind).capabilities.inbound
        assert listening.pull(account.pk) > 0
    worker.drain()
    assert visible_interactions(acme).count() > before + 6


def test_a_second_start_doubles_nothing(acme):
    before = visible_interactions(acme).count(), visible_accounts(acme).count()
    assert world.build(password="another") is False
    worker.drain()
    assert (visible_interactions(acme).count(), visible_accounts(acme).count()) == before

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from heard.listening.channels.contract import (
    Account,
    Author,
    Context,
    Edited,
    Outgoing,
    Reacted,
    Rejected,
    Said,
    StatusChanged,
    Unknown,
    Withdrawn,
)
from heard.listening.channels.simulated import script, wire
from heard.listening.channels.simulated.adapter import Adapter
from heard.listening.channels.simulated_mail.adapter import Adapter as Mail
from heard.listening.channels.simulated_phone.adapter import Adapter as Phone
from heard.listening.channels.simulated_web.adapter import Adapter as Web

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DANA = Author(network="social", external_id="danawhitfield", handle="@danawhitfield", name="Dana Whitfield")
KINDS = pytest.mark.parametrize("adapter", [Adapter(), Mail(), Phone(), Web()], ids=lambda a: a.kind)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def context(adapter, clock=None, *, account_id=1, **config) -> Context:
    account = Account(id=account_id, kind=adapter.kind, name="Acme Media", address="@acmemedia", config=config)
    return Context(account=account, http=None, now=clock or Clock())


def events(adapter, ctx, page):
    return [event for raw in page.deliveries for event in adapter.normalise(raw, ctx.account)]


def since(minutes: float) -> dict:
    """The cursor of somebody who has listened for an hour, and last that many minutes ago."""
    return {"until": (NOON - timedelta(minutes=minutes)).isoformat(), "since": (NOON - timedelta(hours=1)).isoformat()}


@KINDS
def test_a_network_keeps_talking(adapter):
    ctx = context(adapter)
    said = events(adapter, ctx, adapter.pull(ctx, since(5)))
    assert said
    assert all(isinstance(e, Said) and e.text and e.author.name for e in said)


@KINDS
def test_the_same_span_of_time_brings_the_same_deliveries(adapter):
    ctx = context(adapter)
    assert adapter.pull(ctx, since(5)) == adapter.pull(ctx, since(5))


@KINDS
def test_two_short_pulls_bring_what_one_long_pull_brings(adapter):
    clock = Clock()
    ctx = context(adapter, clock)
    whole = adapter.pull(ctx, since(4)).deliveries
    clock.now = NOON - timedelta(minutes=2)
    first = adapter.pull(ctx, since(4))
    clock.now = NOON
    second = adapter.pull(ctx, first.cursor)
    assert [*first.deliveries, *second.deliveries] == whole


def test_a_small_page_says_that_there_is_more_and_loses_nothing():
    adapter = Adapter()
    ctx = context(adapter, seconds_between_voices=2)
    whole = adapter.pull(ctx, since(4)).deliveries
    cursor, pages = since(4), []
    for _ in range(len(whole)):
        page = adapter.pull(ctx, cursor, limit=7)
        cursor = page.cursor
        pages += page.deliveries
    assert pages == whole
    assert adapter.pull(ctx, since(4), limit=7).has_more


def test_a_first_pull_begins_now():
    ctx = context(Adapter())
    assert Adapter().pull(ctx, {}).deliveries == []


def test_a_night_without_listening_is_not_made_up_for():
    ctx = context(Adapter())
    said = events(Adapter(), ctx, Adapter().pull(ctx, since(8 * 60)))
    assert min(e.occurred_at for e in said) > NOON - timedelta(minutes=5)


def test_nobody_answers_what_was_said_while_nobody_listened():
    adapter, clock = Adapter(), Clock()
    ctx = context(adapter, clock, seconds_between_voices=3)
    cursor, heard = since(8 * 60), []
    for minutes in range(12):
        clock.now = NOON + timedelta(minutes=minutes)
        page = adapter.pull(ctx, cursor)
        cursor = page.cursor
        heard += events(adapter, ctx, page)
    known = {e.external_id for e in heard}
    follow_ups = [e for e in heard if e.parent_ref]
    assert len(follow_ups) > 20
    assert all(e.parent_ref in known for e in follow_ups)


def test_a_network_can_be_silenced():
    ctx = context(Adapter(), seconds_between_voices=0)
    assert Adapter().pull(ctx, since(5)).deliveries == []


def test_every_voice_is_heard_before_any_comes_again():
    length = len(script.voices("heard.project.demo.material", "live-social"))
    for round_ in range(5):
        places = {script.place_in_script(round_ * length + n, length) for n in range(length)}
        assert places == set(range(length))


def test_an_hour_does_not_sound_like_the_hour_before():
    pace = Adapter.seconds_between_voices
    hours = [
        [
            s.text
            for s in script.between(
                "heard.project.demo.material", "live-social", after=start, until=start + timedelta(hours=1), pace=pace
            )
        ]
        for start in (NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=2))
    ]
    assert all(one != other for one, other in pairwise(hours))
    assert all("{" not in text for hour in hours for text in hour)


def test_what_we_say_is_taken_once_arrives_is_read_and_answered():
    adapter, clock = Adapter(), Clock()
    ctx = context(adapter, clock, account_id=77, seconds_between_voices=0)
    sent = []
    for number in range(10):
        [part] = adapter.render(Outgoing(text="It works again.", to=DANA, in_reply_to="x"), ctx.account)
        sent.append(adapter.send(ctx, part, idem=f"idem-{number}"))
        assert adapter.send(ctx, part, idem=f"idem-{number}") == sent[-1]
        assert adapter.reconcile(ctx, part, idem=f"idem-{number}") == sent[-1]
    clock.now = NOON + timedelta(minutes=1)
    heard = events(adapter, ctx, adapter.pull(ctx, {"until": NOON.isoformat()}))
    statuses = [e for e in heard if isinstance(e, StatusChanged)]
    answers = [e for e in heard if isinstance(e, Said)]
    assert {e.target for e in statuses} == {s.external_id for s in sent}
    assert [e.status for e in statuses if e.target == sent[0].external_id] == ["delivered", "read"]
    assert 3 <= len(answers) <= 10
    assert {e.author.external_id for e in answers} == {"danawhitfield"}
    assert {e.parent_ref for e in answers} <= {s.external_id for s in sent}


def test_what_was_never_sent_is_not_found():
    ctx = context(Adapter())
    [part] = Adapter().render(Outgoing(text="Hello", to=DANA), ctx.account)
    assert Adapter().reconcile(ctx, part, idem="never") is None


def test_a_german_customer_answers_in_german():
    adapter, clock = Mail(), Clock()
    ctx = context(adapter, clock, account_id=78, seconds_between_voices=0)
    german = next(c for c in script.characters("heard.project.demo.material") if c.lang == "de")
    to = wire.author_of(adapter.person(german))
    for number in range(6):
        [part] = adapter.render(Outgoing(text="Es geht wieder.", to=to, subject="Re: Störung"), ctx.account)
        adapter.send(ctx, part, idem=f"de-{number}")
    clock.now = NOON + timedelta(minutes=1)
    answers = [e for e in events(adapter, ctx, adapter.pull(ctx, {"until": NOON.isoformat()})) if isinstance(e, Said)]
    fitting = {v.text for v in script.voices("heard.project.demo.material", "live-answers") if v.lang == "de"}
    assert answers
    assert {e.text for e in answers} <= fitting
    assert all(e.full_text.endswith("> Es geht wieder.") for e in answers)


def test_only_the_last_part_of_a_long_answer_is_answered():
    adapter, clock = Adapter(), Clock()
    ctx = context(adapter, clock, account_id=79, seconds_between_voices=0)
    for number in range(8):
        for part in adapter.render(Outgoing(text="very long words " * 60, to=DANA), ctx.account):
            adapter.send(ctx, part, idem=f"long-{number}-{part.number}")
    clock.now = NOON + timedelta(minutes=1)
    heard = events(adapter, ctx, adapter.pull(ctx, {"until": NOON.isoformat()}))
    assert len([e for e in heard if isinstance(e, StatusChanged) and e.status == "read"]) == 16
    assert 1 <= len([e for e in heard if isinstance(e, Said)]) <= 8


@pytest.mark.parametrize("name", ["os", "heard", "../../etc", "heard.project.demo/../..", "heard.nothing.here"])
def test_only_packaged_scripts_can_be_played(name):
    ctx = context(Adapter(), script=name)
    assert not Adapter().check(ctx).ok
    with pytest.raises(Rejected):
        Adapter().pull(ctx, since(1))


def test_everything_the_network_says_has_its_meaning():
    anna = wire.Person(on="social", id="anna")
    said, changed, gone, liked, arrived, strange = (
        wire.events_of(body)
        for body in (
            wire.encoded(wire.Word(id="1", at=NOON, by=anna, text="hello", kind="post", seen_by="public")),
            wire.encoded(wire.Change(of="1", at=NOON, version="2", text="hello all")),
            wire.encoded(wire.Gone(of="1", at=NOON)),
            wire.encoded(wire.Sign(of="1", at=NOON, by=anna, sign="favourite")),
            wire.encoded(wire.Arrival(of="1", at=NOON, how_far="read")),
            b'{"what": "poll"}',
        )
    )
    assert isinstance(said[0], Said) and said[0].visibility == "public"
    assert isinstance(changed[0], Edited) and changed[0].text == "hello all"
    assert isinstance(gone[0], Withdrawn)
    assert isinstance(liked[0], Reacted) and liked[0].active
    assert isinstance(arrived[0], StatusChanged) and arrived[0].status == "read"
    assert isinstance(strange[0], Unknown)


def test_a_broken_delivery_is_an_error_and_not_a_guess():
    with pytest.raises(wire.Garbled):
        wire.events_of(b'{"what": "word"}')

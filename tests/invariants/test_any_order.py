"""Threat 43: any permutation with duplicates of what a network tells gives one final state."""

import re
from pprint import pformat

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from heard.governance.permissions import HEARD
from heard.listening import selectors as listening
from heard.listening.channels.contract import Edited, ReachedUntil, Reacted, StatusChanged, Withdrawn
from heard.listening.conformance import fixtures, suites
from heard.listening.models import ChannelAccount, Interaction, Reaction, SentStatus, VoiceCount
from heard.routing.models import Case, Clock, Conversation, Disposition, Entry, Participant
from tests.support.wire import at, delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)

dana, eve = person("Dana"), person("Eve")

STORY = (
    said("1", dana, "My broadband is down, please help me.", minute=0),
    Edited(target="1", version="1", occurred_at=at(1), text="My broadband is down since Monday, please help."),
    Edited(target="1", version="2", occurred_at=at(2), text="My broadband is down since Sunday, please help."),
    Edited(target="1", version="2", occurred_at=at(2), text="My broadband is down since Sunday."),
    said("2", dana, "Hello? Is anyone there?", minute=3, parent_ref="1"),
    Withdrawn(target="2", occurred_at=at(4)),
    said("3", eve, "Same here, it is broken for me too.", minute=5, visibility="public", addressed=False),
    Reacted(target="1", author=eve, reaction="favourite", occurred_at=at(6)),
    Reacted(target="1", author=eve, reaction="favourite", occurred_at=at(7), active=False),
    Reacted(target="3", author=dana, reaction="favourite", occurred_at=at(8)),
    said("ours", person("Acme"), "We are on it.", minute=9, direction="outbound", parent_ref="1", recipients=(dana,)),
    StatusChanged(target="ours", status="sent", occurred_at=at(10)),
    StatusChanged(target="ours", status="read", occurred_at=at(12)),
    StatusChanged(target="ours", status="delivered", occurred_at=at(11)),
    said("ours-2", person("Acme"), "It works again.", minute=13, direction="outbound", thread_ref="dana", recipients=(dana,)),
    said("ours-3", person("Acme"), "Does it?", minute=16, direction="outbound", thread_ref="dana", recipients=(dana,)),
    ReachedUntil(author=dana, thread_ref="dana", status="delivered", until=at(17), occurred_at=at(17)),
    ReachedUntil(author=dana, thread_ref="dana", status="read", until=at(14), occurred_at=at(14)),
    ReachedUntil(author=dana, thread_ref="dana", status="read", until=at(13), occurred_at=at(15)),
)

fay, fay_proven = person("Fay", network="sms"), person("Fay", network="sms", verified=True)
fay_elsewhere = person("Fay", network="whatsapp", verified=True)
HELP = "Please help me, my {} has been broken since Monday."

# Several people and matters, with everything that threading looks at: replies, threads, subjects, warmth, our own words on the
# network, chatter that answers, what is taken back, and evidence that comes late that two are one.
TANGLE = (
    said("a1", dana, HELP.format("router"), minute=0, thread_ref="a"),
    said("a2", dana, "lol", minute=1, parent_ref="a1", addressed=False, visibility="public"),
    said("a3", dana, "and then some", minute=2, parent_ref="a2", addressed=False, visibility="public"),
    said("a4", person("Acme"), "Which router is it?", minute=3, direction="outbound", parent_ref="a1"),
    said("a5", dana, "Order 123456, the blue one.", minute=4, parent_ref="a4"),
    said("a6", eve, "Me too!", minute=5, thread_ref="a", visibility="public"),
    said("a7", person("Acme"), "Thank you both.", minute=6, direction="outbound", thread_ref="a"),
    said("b1", dana, HELP.format("phone line"), minute=7, subject="Phone line"),
    said("b2", dana, HELP.format("contract"), minute=8, subject="Contract"),
    said("b3", dana, "Any news about it?", minute=9, subject="Re: Phone line"),
    said("b4", dana, "This is dangerous, the box is burning, help!", minute=10),
    said("c1", eve, HELP.format("TV box"), minute=11),
    Withdrawn(target="c1", occurred_at=at(12)),
    said("c2", eve, "My customer number is 4711.", minute=13),
    said("c3", eve, HELP.format("TV box"), minute=11),
    said("c4", eve, "Are you there? I am still waiting for your help.", minute=14 + 15 * 24 * 60),
    said("d1", person("Acme"), "Shall we call you?", minute=15, direction="outbound", recipients=(eve,)),
    said("e1", fay, HELP.format("invoice"), minute=20),
    said("e2", fay_elsewhere, "Please help me, the invoice is still wrong.", minute=21),
    said("e3", fay_proven, "Hello? I need an answer about my invoice, please.", minute=22),
    said("e4", fay_elsewhere, "Great, thank you so much!", minute=23),
)

THANKS = "Thank you so much, great service!"


def _edited(target: str, text: str, *, minute: float) -> Edited:
    return Edited(target=target, version=f"{minute:06}", occurred_at=at(minute), text=text)


# What is asked changes with the words: before and after our answers, from chatter to a matter and back, with what refers to it.
CHANGED = (
    said("f1", dana, THANKS, minute=0),
    _edited("f1", HELP.format("router"), minute=3),
    said("f2", dana, "Order 123456, the blue one.", minute=1, parent_ref="f1"),
    said("f3", person("Acme"), "Which router is it?", minute=2, direction="outbound", parent_ref="f1"),
    said("g1", eve, HELP.format("phone line"), minute=4),
    _edited("g1", "I mean the contract: please help me to cancel it.", minute=5),
    _edited("g1", THANKS, minute=6),
    said("g2", eve, "And now?", minute=7, parent_ref="g1"),
    said("h1", fay, "lol", minute=8, addressed=False, visibility="public"),
    _edited("h1", "@acme my TV box is burning, this is dangerous, help!", minute=9),
    said("h2", fay, "nobody there", minute=10, parent_ref="h1", addressed=False, visibility="public"),
    said("i1", person("Gus"), HELP.format("remote"), minute=11, addressed=False, visibility="public"),
    said("i2", person("Acme"), "We send a new one.", minute=12, direction="outbound", parent_ref="i1"),
    _edited("i1", HELP.format("remote") + " And I want to buy a second one, how much is it?", minute=13),
    said("j1", person("Hal"), HELP.format("invoice"), minute=14, addressed=False, visibility="public"),
    _edited("j1", "lol", minute=15),
    said("k1", person("Ida"), THANKS, minute=16),
    Withdrawn(target="k1", occurred_at=at(17)),
    _edited("k1", HELP.format("modem"), minute=18),
)


def tellings(story):
    """A story told in some order, some of it twice, cut into deliveries of some size."""
    return st.permutations(story).flatmap(
        lambda told: st.tuples(st.just(told), st.lists(st.sampled_from(story), max_size=6), st.integers(1, len(story)))
    )


def _state() -> dict:
    voices = listening.voices(HEARD, Interaction.objects.values_list("id", flat=True))
    ids = dict(Interaction.objects.values_list("id", "external_id"))
    return {
        "voices": sorted(
            (ids[v.id], v.text, v.is_withdrawn, v.edited_at is not None, v.author_name, v.reactions) for v in voices.values()
        ),
        "found": sorted(ids[i] for i in listening.search(HEARD, "broadband")),
        "reactions": sorted(Reaction.objects.values_list("target", "identity__external_id", "active")),
        "statuses": sorted(SentStatus.objects.values_list("target", "status")),
        "counted": sum(VoiceCount.objects.values_list("count", flat=True)),
        "conversations": sorted(_conversation(c, ids) for c in Conversation.objects.select_related("opener", "team")),
        "loose": sorted(
            (ids[i], outcome, why)
            for i, outcome, why in Disposition.objects.values_list("interaction_id", "outcome", "why")
            if not Entry.objects.filter(interaction_id=i).exists()
        ),
    }


def _conversation(c: Conversation, ids: dict[int, str]) -> str:
    """All that anybody can see of it. Text, because it is only to be compared and read."""
    voices = sorted(ids[i] for i in Entry.objects.filter(conversation=c).values_list("interaction_id", flat=True))
    dispositions = Disposition.objects.filter(interaction__external_id__in=voices).select_related("case")
    running = {clock.case_id: (clock.started_at, clock.due_at) for clock in Clock.objects.filter(stopped_at=None)}
    return pformat(
        {
            "voices": voices,
            "shown": {f.name: getattr(c, f.name) for f in Conversation._meta.fields if f.name not in ("id", "opener", "team")},
            "opener": c.opener.external_id,
            "team": c.team and c.team.name,
            "participants": [
                (p.identity.external_id, p.since) for p in Participant.objects.filter(conversation=c).order_by("id")
            ],
            "why": sorted((ids[e.interaction_id], e.why) for e in Entry.objects.filter(conversation=c).exclude(why="")),
            "dispositions": sorted((ids[d.interaction_id], d.outcome, d.why, d.case and d.case.kind) for d in dispositions),
            "cases": sorted(
                (k.kind, k.state, k.queue.name, k.urgency, str(k.reasons), k.opened_at, running.get(k.pk))
                for k in Case.objects.filter(conversation=c)
            ),
        },
        width=200,
    )


def _arrive_without_rows(account_id: int, raw) -> None:
    """As from a broker, which keeps the bytes until they are walked."""
    from heard.kernel import claims
    from heard.listening.deliveries import Waiting
    from heard.project.worker import walk_or_halve

    waiting = Waiting(None, account_id, raw.key, at(100), raw.content_type, raw.headers, raw.body, 1)
    walk_or_halve([waiting], worker=claims.new_worker_name())


@pytest.fixture(params=["kept raw", "from a broker"])
def told(request, wire, arrive, django_db_blocker):
    """A function that tells events to an empty house and returns what it then believes."""
    from django.core.management import call_command

    arrives = arrive if request.param == "kept raw" else _arrive_without_rows

    def tell(events, *, size: int) -> dict:
        call_command("flush", interactive=False, verbosity=0)
        from heard.listening.selectors import words

        words.remove(range(1, 100))
        account = wire()
        for start in range(0, len(events), size):
            arrives(account, delivery(*events[start : start + size]))
        return _state()

    return tell


def test_any_order_with_doubles_gives_one_final_state(told):
    expected = told(list(STORY), size=1)
    assert expected["statuses"] == [("ours", "read"), ("ours-2", "read"), ("ours-3", "delivered")]
    assert ("2", "", True, False, "Dana", ()) in expected["voices"]
    assert expected["counted"] == 3
    assert expected["reactions"] == [("1", "eve", False), ("3", "dana", True)]

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(tellings(STORY))
    def holds(telling):
        events, doubles, size = telling
        assert told([*events, *doubles], size=size) == expected

    holds()


def test_conversations_follow_from_what_was_said_and_not_from_when_we_heard_it(told):
    expected = told(list(TANGLE), size=1)
    voices = re.findall(r"'voices': \[([^]]*)]", "".join(expected["conversations"]))
    assert sorted(talk.replace("'", "") for talk in voices) == [
        "a1, a2, a3, a4, a5, a7, b1, b3",
        "a6, c1, c2, c3, d1",
        "b2",
        "b4",
        "c4",
        "e1, e2, e3, e4",
    ]
    assert expected == told(list(TANGLE), size=len(TANGLE))

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(tellings(TANGLE))
    def holds(telling):
        events, doubles, size = telling
        assert told([*events, *doubles], size=size) == expected

    holds()


def test_what_an_edit_changes_follows_from_the_words_and_not_from_when_we_heard_them(told):
    expected = told(list(CHANGED), size=1)
    assert expected == told(list(CHANGED), size=len(CHANGED))
    shown = {voice: text for text in expected["conversations"] for voice in ("f1", "g1", "h1", "i1") if f"'{voice}'" in text}
    assert set(shown) == {"f1", "g1", "h1", "i1"}
    assert "'j1'" not in "".join(expected["conversations"])  # nothing is left of it that anybody would have to know

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(tellings(CHANGED))
    def holds(telling):
        events, doubles, size = telling
        assert told([*events, *doubles], size=size) == expected

    holds()


# ── What networks really sent ───────────────────────────────────────────────────────────────────────────────────────


# Networks that tell of a voice only how it stands at present. What it was at first, and when, nobody knows who did not hear it
# then: so its text, its author and its end follow from what was said, and what was made of it from what we heard first.
WITHOUT_A_BEGINNING = ("google_play",)
ACCOUNT = 4711  # always the same: some name it in the ids of their visitors


def _walked(adapter, deliveries) -> dict:
    """What the house believes after these deliveries of one channel. Nothing of it is kept."""
    given = fixtures.account_of(adapter)
    with transaction.atomic():
        account = ChannelAccount.objects.create(
            pk=ACCOUNT, kind=adapter.kind, name=given.name, address=given.address, config=given.config
        )
        for raw in deliveries:
            _arrive_without_rows(account.pk, replace(raw, received_at=fixtures.ARRIVED_AT))
        state = _state()
        transaction.set_rollback(True)
    if adapter.kind in WITHOUT_A_BEGINNING:
        state.pop("conversations")
    return state


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize(
    "adapter",
    [suite.adapter for suite in suites() if any(fixtures.fixtures_of(suite.adapter))],
    ids=lambda adapter: adapter.kind,
)
def test_deliveries_of_every_channel_end_alike_in_any_order(adapter):
    deliveries = [fixture.raw for fixture in fixtures.fixtures_of(adapter)][:12]
    expected = _walked(adapter, deliveries)

    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(st.permutations(deliveries), st.lists(st.sampled_from(deliveries), max_size=3))
    def holds(told, doubles):
        assert _walked(adapter, [*told, *doubles]) == expected

    holds()

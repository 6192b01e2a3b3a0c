"""Threat 43: any permutation with duplicates of what a network tells gives one final state."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from heard.governance.permissions import HEARD
from heard.listening import selectors as listening
from heard.listening.channels.contract import Edited, Reacted, StatusChanged, Withdrawn
from heard.listening.conformance import fixtures, suites
from heard.listening.models import ChannelAccount, Interaction, Reaction, SentStatus, VoiceCount
from heard.routing.models import Conversation, Disposition
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
)

# A story told in some order, some of it twice, cut into deliveries of some size.
tellings = st.permutations(STORY).flatmap(
    lambda told: st.tuples(st.just(told), st.lists(st.sampled_from(STORY), max_size=6), st.integers(1, len(STORY)))
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
        "dispositions": sorted((ids[i], outcome) for i, outcome in Disposition.objects.values_list("interaction_id", "outcome")),
        "counted": sum(VoiceCount.objects.values_list("count", flat=True)),
        "conversations": sorted(Conversation.objects.values_list("message_count", "preview", "state")),
    }


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
    assert expected["statuses"] == [("ours", "read")]
    assert ("2", "", True, False, "Dana", ()) in expected["voices"]
    assert expected["counted"] == 3
    assert expected["reactions"] == [("1", "eve", False), ("3", "dana", True)]

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(tellings)
    def holds(telling):
        events, doubles, size = telling
        assert told([*events, *doubles], size=size) == expected

    holds()


# ── What networks really sent ───────────────────────────────────────────────────────────────────────────────────────


# What was heard. Captured payloads are no story: many bear one time, and which of them a conversation shows last is open.
HEARD_OF = ("voices", "found", "reactions", "statuses", "counted")


def _walked(adapter, deliveries) -> dict:
    """What the house believes after these deliveries of one channel. Nothing of it is kept."""
    given = fixtures.account_of(adapter)
    with transaction.atomic():
        account = ChannelAccount.objects.create(kind=adapter.kind, name=given.name, address=given.address, config=given.config)
        for raw in deliveries:
            _arrive_without_rows(account.pk, replace(raw, received_at=fixtures.ARRIVED_AT))
        state = {name: value for name, value in _state().items() if name in HEARD_OF}
        transaction.set_rollback(True)
    return state


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize(
    "adapter", [suite.adapter for suite in suites() if any(fixtures.fixtures_of(suite.adapter))], ids=lambda adapter: adapter.kind
)
def test_deliveries_of_every_channel_are_heard_alike_in_any_order(adapter):
    deliveries = [fixture.raw for fixture in fixtures.fixtures_of(adapter)][:12]
    expected = _walked(adapter, deliveries)

    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(st.permutations(deliveries), st.lists(st.sampled_from(deliveries), max_size=3))
    def holds(told, doubles):
        assert _walked(adapter, [*told, *doubles]) == expected

    holds()

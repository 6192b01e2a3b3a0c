"""Any order, with doubles, comes to one state: told to the real steps of listening, in a transaction that is rolled back.

The walk through all rooms is held to the same in Heard's own tests/invariants/test_any_order.py.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.listening.channels.contract import (
    Account,
    Author,
    BaseAdapter,
    Edited,
    Event,
    RawEvent,
    ReachedUntil,
    Reacted,
    Said,
    StatusChanged,
    Unknown,
    Withdrawn,
)
from heard.listening.conformance.applies import has_fixtures, only_if
from heard.listening.conformance.fixtures import ARRIVED_AT, account_of, fixtures_of
from heard.listening.conformance.hooks import Hooks

Delivered = Sequence[Event]
MOST = 12  # deliveries in one story; more cost time and show nothing else
_decoder = msgspec.json.Decoder(list[Said | Edited | Withdrawn | Reacted | StatusChanged | ReachedUntil | Unknown])


def brings_deletions(suite: Any) -> bool:
    snapshots = [fixture.snapshot for fixture in fixtures_of(suite.adapter) if fixture.snapshot.exists()]
    return any(b'"type":"withdrawn"' in snapshot.read_bytes() for snapshot in snapshots)


class WithTables:
    """`store`: the tables, empty again afterwards. pytest-django looks for `db` among the arguments."""

    if find_spec("pytest_django"):

        @pytest.fixture
        def store(self, db):
            return db
    else:

        @pytest.fixture
        def store(self):
            pytest.skip("telling it to the real tables takes pytest-django and DJANGO_SETTINGS_MODULE=heard.project.settings")


class InAnyOrder(WithTables, Hooks):
    @only_if(has_fixtures)
    def test_any_order_with_doubles_gives_one_final_state(self, store):
        """Doubles, shuffles, edits and deletions before what they are about (threat 43)."""
        deliveries = [fixture.events for fixture in fixtures_of(self.adapter)][:MOST]
        expected = state_after(self.adapter, deliveries)

        @settings(max_examples=15, deadline=None)
        @given(st.permutations(deliveries), st.lists(st.sampled_from(deliveries), max_size=3))
        def holds(told: list[Delivered], doubles: list[Delivered]) -> None:
            assert state_after(self.adapter, [*told, *doubles]) == expected

        holds()

    @only_if(brings_deletions)
    def test_what_was_deleted_upstream_is_gone_here_whatever_came_first(self, store):
        """Also before the post itself."""
        dana = Author(network=self.adapter.kind, external_id="dana")
        events = [event for fixture in fixtures_of(self.adapter) for event in fixture.events]
        for gone in [event for event in events if isinstance(event, Withdrawn)]:
            post = Said(external_id=gone.target, author=dana, occurred_at=ARRIVED_AT, text="I was here", html="<p>I was here</p>")
            tellings: list[list[Delivered]] = [[[post], [gone]], [[gone], [post]], [[post, gone]], [[gone], [post], [gone]]]
            for told in tellings:
                [voice] = state_after(self.adapter, told)["voices"]
                assert (voice["text"], voice["html"], voice["is_withdrawn"]) == ("", "", True)


def state_after(adapter: BaseAdapter, told: Sequence[Delivered]) -> dict[str, Any]:
    """What listening believes when it has heard these events, a delivery at a time. Nothing of it is kept."""
    from django.db import transaction

    from heard.listening.models import ChannelAccount

    given = account_of(adapter)
    with transaction.atomic():
        account = ChannelAccount.objects.create(kind=adapter.kind, name=given.name, address=given.address, config=given.config)
        _tell(adapter, account.pk, told)
        state = _state(account.pk)
        transaction.set_rollback(True)
    return state


class _AsMeant(BaseAdapter):
    """Takes the events of another adapter as they are."""

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return list(_decoder.decode(raw.body))


def _tell(adapter: BaseAdapter, account_id: int, told: Sequence[Delivered]) -> None:
    from heard.listening.accounts import adapters
    from heard.listening.deliveries import Waiting
    from heard.listening.normalise import normalise
    from heard.listening.write_down import write_down

    known = adapters().get(adapter.kind)
    adapters()[adapter.kind] = _AsMeant()
    try:
        for number, events in enumerate(told):
            body = msgspec.json.encode(list(events))
            write_down(normalise([Waiting(None, account_id, str(number), ARRIVED_AT, "application/json", {}, body, 1)]))
    finally:
        adapters().pop(adapter.kind)
        if known is not None:
            adapters()[adapter.kind] = known


def _state(account_id: int) -> dict[str, Any]:
    from heard.governance.permissions import HEARD
    from heard.listening import selectors
    from heard.listening.models import Interaction, Reaction, SentStatus

    ids = Interaction.objects.filter(account=account_id).values_list("id", flat=True)
    voices = [
        {
            "text": voice.text,
            "html": voice.html,
            "visibility": voice.visibility,
            "is_withdrawn": voice.is_withdrawn,
            "edited_at": str(voice.edited_at),
            "reactions": voice.reactions,
            "files": [file.name for file in voice.attachments],
        }
        for voice in selectors.voices(HEARD, ids).values()
    ]
    reactions = Reaction.objects.filter(account=account_id).values_list("target", "reaction", "identity__external_id", "active")
    statuses = SentStatus.objects.filter(account=account_id).values_list("target", "status")
    return {"voices": sorted(voices, key=str), "reactions": sorted(reactions), "statuses": sorted(statuses)}

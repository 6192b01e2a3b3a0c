"""Coming in: what bytes mean, whatever they are."""

from collections import defaultdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from heard.listening.channels.contract import Edited, Said, encoded
from heard.listening.conformance.applies import has_fixtures, only_if
from heard.listening.conformance.fixtures import Fixture, fixtures_of
from heard.listening.conformance.hooks import Hooks, implements
from heard.listening.storable import storable

FILLERS = [
    b"",
    b"\x00",
    b"\xff\xfe",
    b"null",
    b"{}",
    b'"',
    b"\r\n",
    b"-1",
    b"1e999",
    b"[[[[",
    b"<",
    rb"\u0000",
    rb"\ud83d",
    b"&#0;",
]
# One check runs in the suites of many channels, and on machines that do other things meanwhile.
inherited = settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None)


@st.composite
def damaged(draw, body: bytes) -> bytes:
    """Bytes cut out, doubled, overwritten, or the end lost: what networks and attackers do."""
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(len(body), start + 200)))
    filler = draw(st.sampled_from([*FILLERS, body[start:end] * 2]))
    kept = draw(st.sampled_from([body[end:], b""]))
    return body[:start] + filler + kept


class Hears(Hooks):
    def test_delivery_means_what_its_snapshot_says(self, fixture: Fixture):
        assert encoded(fixture.events).splitlines() == fixture.snapshot.read_bytes().splitlines()

    def test_same_delivery_always_means_the_same(self, fixture: Fixture):
        assert encoded(fixture.events) == encoded(fixture.events)

    def test_voices_can_be_written_down(self, fixture: Fixture):
        voices = [event for event in fixture.events if isinstance(event, Said)]
        visibilities = self.adapter.capabilities.visibilities
        assert all(voice.external_id and len(voice.external_id) <= 500 for voice in voices)
        assert all(voice.author.network and 0 < len(voice.author.external_id) <= 320 for voice in voices)
        assert all(voice.occurred_at.tzinfo for voice in voices)
        assert all(voice.visibility in visibilities for voice in voices)

    @inherited
    @given(data=st.data())
    def test_damaged_delivery_is_an_error_of_value_or_an_event_and_nothing_else(self, fixture: Fixture, data):
        """One poisoned message is quarantined alone; any other error would stop the channel (threat 7)."""
        raw = replace(fixture.raw, body=data.draw(damaged(fixture.raw.body)))
        try:
            events = self.adapter.normalise(raw, fixture.account)
        except ValueError:
            return
        assert encoded(events) is not None
        assert not self.adapter.texts_are_storable or all(storable(event) is event for event in events)

    @only_if(lambda suite: implements(suite.adapter, "author_key") and has_fixtures(suite))
    @inherited
    @given(data=st.data())
    def test_author_key_is_told_of_any_bytes(self, data):
        raw = data.draw(st.sampled_from([fixture.raw for fixture in fixtures_of(self.adapter)]))
        assert isinstance(self.adapter.author_key(raw), str)
        assert isinstance(self.adapter.author_key(replace(raw, body=data.draw(damaged(raw.body)))), str)

    @only_if(lambda suite: implements(suite.adapter, "author_key"))
    def test_one_author_has_one_key(self):
        """Or none: machines that share the work keep the words of each customer in order by it."""
        keys = defaultdict(set)
        for fixture in fixtures_of(self.adapter):
            for event in fixture.events:
                if isinstance(event, Said) and event.direction == "inbound":
                    keys[event.author.network, event.author.external_id].add(self.adapter.author_key(fixture.raw))
        assert {author: found for author, found in keys.items() if len(found - {""}) > 1} == {}

    def test_versions_of_an_edit_are_in_the_order_of_their_times(self):
        """The higher version wins, as text; "10" is below "9"."""
        edits = [event for fixture in fixtures_of(self.adapter) for event in fixture.events if isinstance(event, Edited)]
        wrong = [
            (one, other)
            for one in edits
            for other in edits
            if one.target == other.target and one.occurred_at < other.occurred_at and one.version > other.version
        ]
        assert wrong == []

"""One suite for every channel that is installed; tests/support/conformance.py says what a channel brings to it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.listening.channels.contract import Rejected, Request, Said, encoded
from heard.listening.storable import storable
from tests.support import conformance

ALL = list(conformance.adapters().values())
SENDERS = [adapter for adapter in ALL if adapter.capabilities.outbound]
FIXTURES = conformance.fixtures()
every_channel = pytest.mark.parametrize("adapter", ALL, ids=lambda adapter: adapter.kind)
every_sender = pytest.mark.parametrize("adapter", SENDERS, ids=lambda adapter: adapter.kind)
every_fixture = pytest.mark.parametrize("fixture", FIXTURES, ids=str)
WORDS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20), min_size=1, max_size=200
)


# ── What it says of itself ──────────────────────────────────────────────────────────────────────────────────────────


@every_channel
def test_channel_is_found_by_the_kind_it_calls_itself(adapter):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", adapter.kind)
    assert conformance.folder_of(adapter).name == adapter.kind
    assert adapter.label


@every_channel
@pytest.mark.parametrize("verb", conformance.HANGS_ON)
def test_channel_can_do_what_it_declares_and_declares_what_it_can_do(adapter, verb):
    assert conformance.implements(adapter, verb) == bool(conformance.HANGS_ON[verb](adapter.capabilities))


@every_channel
def test_limits_are_sane(adapter):
    able = adapter.capabilities
    assert able.visibilities
    assert able.max_length is None or able.max_length > 0
    assert able.requests_per_minute > 0
    assert able.poll_every_seconds > 0
    assert able.attachments == bool(able.max_attachment_bytes) or not able.outbound


@every_channel
def test_fields_of_the_form_are_sane(adapter):
    names = [field.name for field in adapter.config_fields]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
    assert all(field.label for field in adapter.config_fields)
    assert all(
        field.choices and field.default in ("", *field.choices) for field in adapter.config_fields if field.kind == "choice"
    )


@every_channel
def test_secrets_are_marked_and_have_no_default(adapter):
    """Threat 33: what signs in is stored sealed and never shown again."""
    sounding = [field for field in adapter.config_fields if re.search(r"password|secret|token|api_key", field.name)]
    assert all(field.secret for field in sounding)
    assert not any(field.default for field in adapter.config_fields if field.secret)


@every_channel
def test_page_of_docs_names_every_field(adapter):
    page = (conformance.folder_of(adapter) / "channel.md").read_text()
    assert [field.name for field in adapter.config_fields if f"`{field.name}`" not in page] == []


@every_channel
def test_channel_brings_deliveries_to_learn_from(adapter):
    assert list(conformance.fixtures_of(adapter.kind))


# ── Coming in ───────────────────────────────────────────────────────────────────────────────────────────────────────


@every_fixture
def test_delivery_means_what_its_snapshot_says(fixture):
    assert encoded(fixture.events).splitlines() == fixture.snapshot.read_bytes().splitlines()


@every_fixture
def test_same_delivery_always_means_the_same(fixture):
    assert encoded(fixture.events) == encoded(fixture.events)


@every_fixture
def test_voices_can_be_written_down(fixture):
    voices = [event for event in fixture.events if isinstance(event, Said)]
    assert all(voice.external_id and len(voice.external_id) <= 500 for voice in voices)
    assert all(voice.author.network and voice.author.external_id and len(voice.author.external_id) <= 320 for voice in voices)
    assert all(voice.occurred_at.tzinfo for voice in voices)
    assert all(voice.visibility in fixture_visibilities(fixture) for voice in voices)


def fixture_visibilities(fixture) -> tuple[str, ...]:
    return conformance.adapters()[fixture.kind].capabilities.visibilities


@every_fixture
@given(data=st.data())
def test_damaged_delivery_is_an_error_of_value_or_an_event_and_nothing_else(fixture, data):
    """Threat 7: one poisoned message is quarantined alone; any other error would stop the channel."""
    raw = fixture.raw
    body = data.draw(damaged(raw.body))
    read_or_refused(fixture, type(raw)(key="k", body=body, content_type=raw.content_type, headers=raw.headers))


def read_or_refused(fixture, raw) -> None:
    adapter = conformance.adapters()[fixture.kind]
    try:
        events = adapter.normalise(raw, fixture.account)
    except ValueError:
        return
    assert encoded(events) is not None
    assert not adapter.texts_are_storable or all(storable(event) is event for event in events)


@st.composite
def damaged(draw, body: bytes) -> bytes:
    """Bytes cut out, doubled, overwritten, or the end lost: what networks and attackers do."""
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(len(body), start + 200)))
    filler = draw(
        st.sampled_from(
            [b"", b"\x00", b"\xff\xfe", b"null", b"{}", b'"', b"\r\n", b"-1", b"1e999", b"[[[[", b"<"]
            + [rb"\u0000", rb"\ud83d", b"&#0;", body[start:end] * 2]
        )
    )
    kept = draw(st.sampled_from([body[end:], b""]))
    return body[:start] + filler + kept


@every_channel
def test_unsigned_webhook_is_refused(adapter):
    """Threat 42; a channel without webhooks refuses all of them."""
    request = Request(method="POST", path="/", headers={"content-type": "application/json"}, body=b"{}")
    with pytest.raises(Exception, match=".") as refused:
        adapter.verify(request, conformance.account_of(adapter))
    assert type(refused.value).__name__ == "BadSignature"


# ── Going out ───────────────────────────────────────────────────────────────────────────────────────────────────────


@every_sender
@given(words=WORDS)
def test_no_word_is_lost_and_no_part_is_too_long(adapter, words):
    parts = conformance.rendered(adapter, " ".join(words))
    said = "\n".join(part.text for part in parts)
    assert [word for word in words if word not in said] == []
    limit = adapter.capabilities.max_length
    assert limit is None or all(conformance.length_of(adapter, part) <= limit for part in parts)


@every_sender
def test_long_text_comes_out_whole_in_numbered_parts_or_is_refused(adapter):
    words = [f"word{number}" for number in range(600)]
    parts = parts_or_none(adapter, " ".join(words))
    said = " ".join(part.text for part in parts).split()
    assert parts == [] or [word for word in said if re.fullmatch(r"word\d+", word)] == words
    assert [(part.number, part.total) for part in parts] == [(number, len(parts)) for number in range(1, len(parts) + 1)]


def parts_or_none(adapter, text: str) -> list:
    """Empty where the channel refuses what is too long for it, as it may when it declares overflow="reject"."""
    try:
        return conformance.rendered(adapter, text)
    except Rejected:
        assert adapter.capabilities.overflow == "reject"
        return []


@every_sender
@given(smuggled=st.sampled_from(["\r\nBcc: eve@evil.example", "\nX: y", "\r", "\x00"]), where=st.integers(0, 12))
def test_address_and_subject_cannot_smuggle_a_line_into_the_header(adapter, smuggled, where):
    """Threat 9."""
    address = conformance.CHECKED_ADDRESSES[adapter.capabilities.address_kind]
    evil = address[:where] + smuggled + address[where:]
    parts = rendered_or_none(adapter, to=evil, subject="Hello" + smuggled)
    assert not any(re.search(r"[\r\n\x00]", part.to.external_id + part.to.handle + part.subject) for part in parts)


def rendered_or_none(adapter, *, to: str, subject: str) -> list:
    try:
        return conformance.rendered(adapter, "Hello", to=to, subject=subject)
    except Rejected:
        return []

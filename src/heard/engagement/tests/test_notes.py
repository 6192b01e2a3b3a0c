"""Threat 51: an internal note leaves by no outbound path; over every sender that is installed."""

import ast
from copy import copy
from pathlib import Path

import pytest
from django.core.exceptions import ObjectDoesNotExist
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import heard
from heard.engagement import actions, selectors
from heard.governance.permissions import NotAllowed
from heard.kernel.clock import now
from heard.listening import accounts
from heard.listening.channels.contract import Ambiguous, Part, Rejected, Retryable, Sent

SRC = Path(heard.__file__).parent
ERRORS = [Retryable("later", after_seconds=1), Ambiguous("unclear"), Rejected("no")]
steps = some.lists(
    some.sampled_from(["note", "draft a note", "draft a reply", "reply", "send", "fail", "note in two windows"]),
    min_size=2,
    max_size=14,
)


def _senders():
    installed = {kind for kind, adapter in accounts.adapters().items() if adapter.capabilities.outbound}
    return sorted(installed | {"testnet", "forgetful"})


@pytest.fixture
def wires(testnet, monkeypatch):
    """Every installed sender with its last inch, the wire, replaced by a network in memory; all else is its own."""
    for kind in _senders():
        monkeypatch.setitem(accounts.adapters(), kind, _on_wire(accounts.adapters()[kind], testnet))
    return testnet


def _on_wire(adapter, network):
    def send(self, ctx, part: Part, *, idem: str) -> Sent:
        return network.send(part, idem)

    def reconcile(self, ctx, part: Part, *, idem: str) -> Sent | None:
        found = network.find(idem)
        return Sent(external_id=found) if found else None

    wired = copy(adapter)
    wired.__class__ = type(f"Wired{type(adapter).__name__}", (type(adapter),), {"send": send, "reconcile": reconcile})
    return wired


ADDRESSES = {
    "phone": "+491701234567",
    "opaque": "4711",
    "bluesky": "did:plc:ewvi7nxzyoun6zhxrhs64oiz",
}  # others may look like a mail address
VOICE_IDS = {"reddit": "t1_dana1"}  # others take any


class Desk:
    """Alice at her desk; everything internal that she types carries the mark SECRET."""

    def __init__(self, viewer, talk, network):
        self.viewer, self.talk, self.network, self.n = viewer, talk, network, 0

    def do(self, step):
        self.n += 1
        getattr(self, step.replace(" ", "_"))()

    def note(self):
        actions.write_note(self.viewer, self.talk.conversation_id, text=f"SECRET note {self.n}")

    def draft_a_note(self):
        version = selectors.draft_of(self.viewer, self.talk.conversation_id, mode="note").version
        actions.save_draft(self.viewer, self.talk.conversation_id, mode="note", text=f"SECRET {self.n}", version=version)

    def note_in_two_windows(self):
        actions.save_draft(self.viewer, self.talk.conversation_id, mode="note", text=f"SECRET other {self.n}", version=0)

    def draft_a_reply(self):
        actions.save_draft(self.viewer, self.talk.conversation_id, mode="reply", text=f"SECRET unsent {self.n}", version=0)

    def reply(self):
        route = next(r for r in selectors.reachable(self.viewer, self.talk.conversation_id) if r.may_send)
        actions.send_reply(
            self.viewer,
            self.talk.conversation_id,
            text=f"Answer {self.n}",
            account_id=route.account_id,
            identity_id=route.identity_id,
            visibility=route.visibility,
            request_key=f"{self.talk.conversation_id}-{self.n}",
        )

    def send(self):
        actions.work_off(worker="w", now=now())

    def fail(self):
        self.network.before_it_hears(ERRORS[self.n % len(ERRORS)])


@pytest.mark.parametrize("kind", _senders())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(walk=steps)
def test_threat_51_an_internal_note_never_leaves(kind, alice, seen_by, dana_writes, wires, walk):
    can = accounts.adapter_of(kind).capabilities
    network = {"email": "email", "phone": "phone"}.get(can.address_kind, kind)
    visibility = "private" if "private" in can.visibilities else can.visibilities[0]
    address = ADDRESSES.get(kind, ADDRESSES.get(can.address_kind, ""))
    voice_id = VOICE_IDS.get(kind, "")
    talk = dana_writes(kind=kind, network=network, visibility=visibility, address=address, voice_id=voice_id)
    desk = Desk(seen_by(alice), talk, wires)
    for step in ["note", *walk, "reply", "send"]:
        desk.do(step)
    actions.work_off(worker="w", now=now().replace(year=now().year + 1))
    assert wires.taken
    assert "SECRET" not in repr(wires.taken)


def test_no_sender_knows_the_table_of_notes():
    """A note is in a table of its own; whoever names that table is listed here, and no sender is."""
    naming = {str(file.relative_to(SRC)) for file in SRC.rglob("*.py") if _names(file, "InternalNote")}
    write_or_show = {"engagement/models.py", "engagement/actions/notes.py", "engagement/selectors.py", "engagement/happened.py"}
    hand_out_or_erase = {"engagement/personal.py"}
    assert {n for n in naming if "/migrations/" not in n and "/tests/" not in n} == write_or_show | hand_out_or_erase


def _names(file, name):
    tree = ast.parse(file.read_text())
    return any(
        isinstance(node, ast.alias) and node.name == name or isinstance(node, ast.ClassDef) and node.name == name
        for node in ast.walk(tree)
    )


def test_a_note_is_seen_by_colleagues_who_see_the_conversation(alice, vera, bea, seen_by, dana_writes):
    talk = dana_writes()
    actions.write_note(seen_by(alice), talk.conversation_id, text="She called five times.")
    assert [n.text for n in selectors.notes_of(seen_by(vera), talk.conversation_id)] == ["She called five times."]
    with pytest.raises(ObjectDoesNotExist):
        selectors.notes_of(seen_by(bea), talk.conversation_id)
    with pytest.raises(NotAllowed):
        actions.write_note(seen_by(vera), talk.conversation_id, text="I only read.")

"""Threat 53, D2: two who were held to be one are two again, with their voices, answers, cases and consent as if nobody had erred."""

from datetime import timedelta

import msgspec
import pytest
from django.apps import apps

from heard.engagement import actions as engagement
from heard.engagement.models import Reply
from heard.engagement.reactions import follow_parted
from heard.governance.permissions import HEARD
from heard.identity import actions as identity
from heard.identity.models import Face
from heard.kernel import outbox
from heard.kernel.clock import now
from heard.listening import actions as listening
from heard.listening import consent
from heard.listening.channels.contract import Author, RawEvent, Said
from heard.listening.models import Identity, Interaction
from heard.project import worker
from heard.routing.models import Case, Clock, Conversation, Disposition, Entry, Participant
from heard.routing.parting import part

pytestmark = pytest.mark.django_db(transaction=True)

TROUBLE = "My broadband is down since yesterday, please help me!"
KEPT = {
    "AuditLine",
    "IdentityLink",
    "StreamEvent",
    "News",
    "ReviewPair",
    "Session",
}  # say that something happened, whatever it was


def _author(name: str) -> Author:
    return Author(network="testnet", external_id=f"{name}@testnet.example", handle=f"@{name}", name=name.capitalize())


class Desk:
    """One account, and people who write to it one after another."""

    def __init__(self, viewer) -> None:
        self.viewer = viewer
        self.account_id = listening.connect(HEARD, kind="testnet", name="Our testnet", address="us@testnet.example")
        self.minutes = 0

    def hear(self, name: str, external_id: str, text: str = TROUBLE, **more) -> int:
        self.minutes += 1
        at = now() - timedelta(hours=2) + timedelta(minutes=self.minutes)
        said = Said(external_id=external_id, author=_author(name), occurred_at=at, text=text, visibility="private", **more)
        listening.receive(self.account_id, [RawEvent(key=external_id, body=msgspec.json.encode([said]))])
        worker.drain("w")
        return Interaction.objects.get(external_id=external_id).pk

    def identity(self, name: str) -> int:
        return Identity.objects.get(handle=f"@{name}").pk

    def answer(self, conversation_id: int, name: str, text: str) -> int:
        reply = engagement.send_reply(
            self.viewer,
            conversation_id,
            text=text,
            account_id=self.account_id,
            identity_id=self.identity(name),
            visibility="private",
            request_key=text,
        )
        engagement.work_off(worker="w", now=now())
        return reply

    def link(self, one: str, other: str) -> int:
        return identity.link(self.viewer, self.identity(one), self.identity(other))

    def take_back(self, link_id: int) -> None:
        identity.unlink(self.viewer, link_id)
        tell()


def tell() -> None:
    while outbox.pass_on(worker="w", now=now()):
        pass


@pytest.fixture
def desk(db, alice, seen_by, testnet):
    return Desk(seen_by(alice))


@pytest.fixture
def mistaken(desk):
    """Dana and Danny each had a conversation of their own, were held to be one, and Danny went on in Dana's."""
    desk.hear("danny", "y1")
    desk.hear("dana", "d1")
    desk.link_id = desk.link("dana", "danny")
    desk.hear("danny", "y2", "It is still down! Please help me, when does somebody come?")
    assert conversation_of("y2") == conversation_of("d1") != conversation_of("y1")
    return desk


def conversation_of(external_id: str) -> int:
    return Entry.objects.get(interaction__external_id=external_id).conversation_id


def disposition_of(external_id: str) -> Disposition:
    return Disposition.objects.select_related("case").get(interaction__external_id=external_id)


def everything() -> dict:
    ours = [m for m in apps.get_models() if m.__module__.startswith("heard.") and m.__name__ not in KEPT]
    return {m.__name__: sorted(map(str, m.objects.values_list())) for m in ours}


def test_a_merge_and_its_undo_leave_every_table_as_it_was(desk):
    desk.hear("danny", "y1")
    desk.hear("dana", "d1")
    desk.answer(conversation_of("d1"), "dana", "A technician comes at two.")
    how = {"channel_kind": "testnet", "how": "told Alice"}
    listening.note_consent(desk.viewer, desk.identity("dana"), purpose="offers", is_given=True, **how)
    listening.note_consent(desk.viewer, desk.identity("danny"), purpose="offers", is_given=False, **how)
    identity.rename(desk.viewer, Face.objects.get(identity=desk.identity("dana")).customer_id, name="Dana Whitfield")
    tell()
    before = everything()
    link_id = desk.link("dana", "danny")
    tell()
    assert everything()["Face"] != before["Face"]
    desk.take_back(link_id)
    assert everything() == before


def test_what_the_other_said_meanwhile_goes_back_to_their_own_conversation(mistaken):
    mistaken.take_back(mistaken.link_id)
    assert conversation_of("y2") == conversation_of("y1")
    takes_part = set(Participant.objects.values_list("conversation_id", "identity_id"))
    assert takes_part == {
        (conversation_of("d1"), mistaken.identity("dana")),
        (conversation_of("y1"), mistaken.identity("danny")),
    }
    assert disposition_of("y2").case.conversation_id == conversation_of("y1")
    assert disposition_of("d1").case.conversation_id == conversation_of("d1")
    assert Conversation.objects.get(pk=conversation_of("d1")).message_count == 1
    assert Conversation.objects.get(pk=conversation_of("y1")).message_count == 2


def test_who_had_no_conversation_of_their_own_gets_one_with_a_case_and_a_clock(desk):
    desk.hear("dana", "d1")
    desk.hear("danny", "y1", "Thank you all, great service!", addressed=False)
    Entry.objects.filter(interaction__external_id="y1").delete()
    link_id = desk.link("dana", "danny")
    desk.hear("danny", "y2", "It is still down! Please help me, when does somebody come?")
    Participant.objects.exclude(conversation_id=conversation_of("d1")).delete()
    desk.take_back(link_id)
    own = Conversation.objects.get(pk=conversation_of("y2"))
    assert own.pk != conversation_of("d1")
    assert own.opener_id == desk.identity("danny")
    assert own.state == "open"
    assert own.due_at is not None
    assert Clock.objects.filter(case__conversation=own, stopped_at=None).count() == 1


def test_answers_go_where_those_went_whom_they_were_said_to(mistaken):
    ours = mistaken.answer(conversation_of("d1"), "danny", "Danny, we are on our way.")
    mistaken.take_back(mistaken.link_id)
    assert Reply.objects.get(pk=ours).conversation_id == conversation_of("y1")
    sent = Interaction.objects.get(direction="outbound", text="Danny, we are on our way.")
    assert Entry.objects.get(interaction=sent).conversation_id == conversation_of("y1")
    assert disposition_of("y2").outcome == "answered"


def test_who_was_answered_only_by_words_to_somebody_else_waits_again(mistaken):
    mistaken.answer(conversation_of("d1"), "dana", "Dana, a technician comes at two.")
    assert disposition_of("y2").outcome == "answered"
    mistaken.take_back(mistaken.link_id)
    waiting = disposition_of("y2")
    assert waiting.outcome == "waiting"
    assert "somebody who was held to be the same person" in waiting.why
    assert disposition_of("d1").outcome == "answered"
    case = waiting.case
    assert (case.state, case.conversation_id) == ("open", conversation_of("y1"))
    assert Clock.objects.get(case=case, stopped_at=None).started_at <= waiting.interaction.occurred_at


def test_and_so_does_the_one_whose_answer_went_with_the_other(mistaken):
    mistaken.answer(conversation_of("d1"), "danny", "Danny, we are on our way.")
    assert disposition_of("d1").outcome == "answered"
    mistaken.take_back(mistaken.link_id)
    assert disposition_of("d1").outcome == "waiting"


def test_a_case_that_is_done_stays_done_on_both_sides(mistaken):
    from heard.routing.actions import resolve_case

    shared = disposition_of("d1").case
    disposition = disposition_of("y2")
    assert disposition.case_id == shared.pk
    resolve_case(mistaken.viewer, shared.pk, why="Fixed at the exchange.")
    mistaken.take_back(mistaken.link_id)
    assert disposition_of("y2").case.state == "resolved"
    assert disposition_of("y2").case.conversation_id == conversation_of("y1")
    assert Case.objects.get(pk=shared.pk).conversation_id == conversation_of("d1")


def test_parting_may_be_repeated_and_concerns_nobody_else(mistaken):
    mistaken.hear("eve", "e1")
    mistaken.take_back(mistaken.link_id)
    before = everything()
    part([mistaken.identity("dana"), mistaken.identity("danny"), mistaken.identity("eve")])
    follow_parted(conversation_of("d1"), conversation_of("y1"), [mistaken.identity("danny")])
    assert everything() == before


def test_who_was_let_in_for_themselves_stays(mistaken):
    """Somebody to whom our mail was forwarded takes part without being anybody else."""
    mistaken.hear("eve", "e1")
    there = conversation_of("d1")
    Participant.objects.create(conversation_id=there, identity_id=mistaken.identity("eve"), since=now(), in_own_right=True)
    mistaken.take_back(mistaken.link_id)
    who = Participant.objects.filter(conversation_id=there).values_list("identity_id", flat=True)
    assert set(who) == {mistaken.identity("dana"), mistaken.identity("eve")}


def test_what_they_write_next_goes_on_in_their_own(mistaken):
    mistaken.take_back(mistaken.link_id)
    mistaken.hear("danny", "y3", "Hello? My broadband is down, please help!", parent_ref="y2")
    assert conversation_of("y3") == conversation_of("y1")


def test_consent_is_of_one_address_whoever_it_belongs_to(desk):
    """Threat 52."""
    desk.hear("danny", "y1")
    desk.hear("dana", "d1")
    dana, danny = desk.identity("dana"), desk.identity("danny")
    how = {"channel_kind": "testnet", "how": "told Alice"}
    listening.note_consent(desk.viewer, dana, purpose="offers", is_given=True, **how)
    before = consent.allowed([dana, danny], purpose="offers")
    desk.link("dana", "danny")
    assert consent.allowed([dana, danny], purpose="offers") == before == {(dana, "testnet")}
    listening.note_consent(desk.viewer, danny, purpose="answers", is_given=False, **how)
    assert consent.silenced([dana, danny], kinds=["testnet"]) == {(danny, "testnet")}
    with pytest.raises(engagement.CannotSend, match="asked us not to write"):
        desk.answer(conversation_of("y1"), "danny", "One more thing.")

"""Questions about what was changed of our own words after they were sent, and what may still be."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from heard.engagement.models import Amendment, Utterance
from heard.engagement.rules import amending, states
from heard.engagement.rules.amending import NO_CHANCES, STUCK, Chances
from heard.governance.permissions import Viewer
from heard.governance.rules.roles import LEADS
from heard.kernel.clock import now
from heard.kernel.prepared import given, prepared
from heard.listening import accounts
from heard.routing.slots import LooseEnd

CONFIRMED = "confirmed:"  # begins an id of ours: a person saw the words there, and we know no id of them


class Amended(NamedTuple):
    """A change of words that were sent, done or not."""

    utterance_id: int
    act: str
    state: str
    before: str
    text: str
    error: str
    member: str
    asked_at: datetime
    done_at: datetime | None

    @property
    def state_words(self) -> str:
        return str(Amendment.State(self.state).label)

    @property
    def is_stuck(self) -> bool:
        return self.state in STUCK


def of_conversation(conversation_id: int) -> dict[int, list[Amended]]:
    """{utterance: what was changed of it, oldest first}, for callers that have asked already what the viewer sees. One query."""
    found: dict[int, list[Amended]] = {}
    for row in _amendments(conversation=conversation_id):
        found.setdefault(row[0], []).append(Amended(*row))
    return found


@prepared
def _amendments() -> QuerySet:
    rows = Amendment.objects.filter(utterance__reply__conversation_id=given("conversation")).exclude(state="dropped")
    return rows.order_by("id").values_list(*Amended._fields[:6], "member__name", "asked_at", "done_at")


def may_amend(viewer: Viewer, author_id: int) -> bool:
    """One's own words; a colleague's are for leads alone."""
    return viewer.member_id is not None and (viewer.member_id == author_id or viewer.role in LEADS)


def chances(utterance: Utterance) -> Chances:
    """What its network lets us do with words that were sent, whoever asks."""
    visibility = utterance.part.get("visibility", "private")
    return chances_at(utterance.reply.account.kind, utterance.state, utterance.external_id, visibility, utterance.sent_at)


def chances_at(kind: str, state: str, external_id: str, visibility: str, sent_at: datetime | None) -> Chances:
    """What a network does at all, it may refuse for one message. No queries."""
    is_there = state in states.OUT and not external_id.startswith(CONFIRMED)
    if not is_there or kind not in accounts.adapters():
        return NO_CHANCES
    can = accounts.adapter_of(kind).capabilities
    return amending.chances(
        visibility=visibility,
        edit_where=can.edit_where if can.edit else (),
        delete_where=can.delete_where if can.delete else (),
        delete_within_seconds=can.delete_within_seconds,
        sent_at=sent_at,
        now=now(),
    )


def words_of(utterance: Utterance) -> str:
    """As their author typed them; of one part of several, as the network has it."""
    return utterance.reply.text if utterance.total == 1 else utterance.part["text"]


def taken_back() -> QuerySet[Amendment]:
    return Amendment.objects.filter(act=Amendment.Act.TAKE_BACK, state=Amendment.State.DONE)


def lost_in(conversation_id: int) -> set[int]:
    """The interactions of a conversation that were words of ours and are none any more: they came back, or were taken back."""
    ours = Utterance.objects.filter(reply__conversation_id=conversation_id).exclude(interaction=None)
    lost = ours.filter(Q(state="failed") | Q(id__in=taken_back().values("utterance_id")))
    return set(lost.values_list("interaction_id", flat=True))


def stuck() -> QuerySet[Amendment]:
    return Amendment.objects.filter(state__in=STUCK)


def loose_ends(utterance_ids: Collection[int]) -> list[LooseEnd]:
    """Changes of these that failed, or of which nobody knows, for callers that have asked already what the viewer sees. One query,
    and none for nothing."""
    if not utterance_ids:
        return []
    rows = stuck().filter(utterance_id__in=utterance_ids).select_related("member", "utterance__reply__account").order_by("id")
    return [
        LooseEnd(
            row.utterance.reply.conversation_id,
            f"{row.member.name}'s {'edit' if row.act == 'edit' else 'taking back'} at {row.utterance.reply.account.name}: "
            f"{row.get_state_display()}",
            row.error,
            row.asked_at,
        )
        for row in rows
    ]

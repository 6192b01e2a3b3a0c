"""Questions about conversations, cases and what waits. Every read takes the viewer and passes `visible_conversations`."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from heard.governance.permissions import Viewer
from heard.kernel import bulk
from heard.kernel.prepared import given, given_ids, prepared
from heard.listening.slots import Enclosure
from heard.routing.models import Case, Conversation, Disposition, Entry, Participant, Queue

MOST_OWN = 5000  # conversations of a viewer among which it is worth looking for those of other teams


def visible_conversations(viewer: Viewer) -> QuerySet[Conversation]:
    """The one door to conversations: of no team or of the viewer's teams, with a case in their teams' queues, or their own."""
    if viewer.sees_every_team:
        return Conversation.objects.all()
    return Conversation.objects.filter(_open_to(viewer))


def conversations_with(viewer: Viewer, identity_ids: RawSQL) -> QuerySet[Conversation]:
    """Those in which one of these identities takes part, given as the right side of an `__in`."""
    taking_part = Participant.objects.filter(identity_id__in=identity_ids).values("conversation_id")
    return visible_conversations(viewer).filter(id__in=taking_part)


def visible_cases(viewer: Viewer) -> QuerySet[Case]:
    """Cases of conversations that the viewer sees, whatever their queue."""
    if viewer.sees_every_team:
        return Case.objects.all()
    return Case.objects.filter(_open_to(viewer, "conversation"))


def _open_to(viewer: Viewer, conversation: str = "") -> Q:
    """The condition, on a conversation or on rows that lead to one by the field `conversation`."""
    to = f"{conversation}__" if conversation else ""
    theirs = Case.objects.filter(conversation_id=OuterRef(f"{to}pk"), queue__team_id__in=viewer.team_ids)
    of_team = Q(**{f"{to}team": None}) | Q(**{f"{to}team_id__in": viewer.team_ids})
    return of_team | Q(**{f"{to}assignee_id": viewer.member_id}) | Q(Exists(theirs))


def visible_queues(viewer: Viewer) -> QuerySet[Queue]:
    if viewer.sees_every_team:
        return Queue.objects.all()
    return Queue.objects.filter(Q(team=None) | Q(team_id__in=viewer.team_ids))


def enclosure_of_conversations(viewer: Viewer) -> Enclosure:
    """A conversation is read whole, over all its channels, by whoever may see it, and not at all by anybody else."""
    # PostgreSQL hashes the whole table for a mere "=", as soon as it is asked about a few hundred; for ">=" as well it cannot.
    held = Entry.objects.filter(interaction_id=OuterRef("pk"), interaction_id__gte=OuterRef("pk"))
    return Enclosure(
        held=Exists(held),
        # A condition on the one conversation at hand: as a list, every conversation there is would be read for it.
        open_to_viewer=Exists(held.filter(_open_to(viewer, "conversation"))),
        lent=lambda: _lent(viewer),
    )


def _lent(viewer: Viewer) -> list[int] | None:
    """What stands in other teams' conversations that somebody gave to the viewer, or opened to a team of theirs by a case."""
    by_case = Case.objects.filter(queue__team_id__in=viewer.team_ids).values_list("conversation_id", flat=True)
    given = Conversation.objects.filter(assignee_id=viewer.member_id).values_list("id", flat=True)
    theirs = [*by_case[: MOST_OWN + 1], *given[: MOST_OWN + 1]]
    if len(theirs) > MOST_OWN:
        return None
    lent = Conversation.objects.filter(id__in=bulk.among(theirs)).exclude(channel_team=None)
    lent = lent.exclude(channel_team__in=viewer.team_ids)
    return list(Entry.objects.filter(conversation__in=lent).values_list("interaction_id", flat=True))


def conversation_of(interaction_id: int) -> int | None:
    return Entry.objects.filter(interaction_id=interaction_id).values_list("conversation_id", flat=True).first()


def conversations_of(interaction_ids: Iterable[int]) -> dict[int, int]:
    """{interaction: conversation}; chatter has none."""
    return dict(_conversations_of(ids=interaction_ids))


@prepared
def _conversations_of() -> QuerySet:
    return Entry.objects.filter(interaction_id__in=given_ids("ids")).values_list("interaction_id", "conversation_id")


def participants_of(conversation_id: int) -> list[int]:
    """Identities that belong in a conversation, the opener first."""
    return [identity_id for (identity_id,) in _participants(conversation=conversation_id)]


@prepared
def _participants() -> QuerySet:
    return Participant.objects.filter(conversation_id=given("conversation")).order_by("id").values_list("identity_id")


def taking_part(conversation_ids: Iterable[int], identity_ids: Iterable[int]) -> set[int]:
    """Those of these identities that belong in one of these conversations."""
    present = Participant.objects.filter(conversation__in=bulk.among(conversation_ids), identity__in=bulk.among(identity_ids))
    return set(present.values_list("identity_id", flat=True))


def messages_of(conversation_id: int) -> list[int]:
    """Interaction ids of a conversation in the order in which they happened."""
    return list(
        Entry.objects.filter(conversation_id=conversation_id)
        .order_by("occurred_at", "interaction_id")
        .values_list("interaction_id", flat=True)
    )


class Settled(NamedTuple):
    """What became of a voice, as its place in the story shows it. `member` is a name; empty when nobody decided."""

    outcome: str
    why: str
    member: str

    @property
    def outcome_words(self) -> str:
        return str(Disposition.Outcome(self.outcome).label)


def settled_of(interaction_ids: Iterable[int]) -> dict[int, Settled]:
    return {id_: Settled(outcome, why, member or "") for id_, outcome, why, member in _settled(ids=interaction_ids)}


@prepared
def _settled() -> QuerySet:
    found = Disposition.objects.filter(interaction_id__in=given_ids("ids"))
    return found.values_list("interaction_id", "outcome", "why", "member__name")


def dispositions_of(interaction_ids: Iterable[int]) -> dict[int, Disposition]:
    found = Disposition.objects.filter(interaction_id__in=list(interaction_ids)).select_related("member", "case__queue")
    return {d.interaction_id: d for d in found}

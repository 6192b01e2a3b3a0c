"""What the tables of this room can hold about a person: the places of what they said."""

from collections.abc import Collection, Mapping

from django.db.models import Q

from heard.governance.retention import kinds
from heard.kernel import bulk
from heard.kernel.holdings import Holding, Room, Scope, rooms
from heard.routing import retention
from heard.routing.forget import forget_identities, forget_voices, said_to
from heard.routing.models import (
    Case,
    Clock,
    Conversation,
    Copy,
    Disposition,
    DuplicateGroup,
    Entry,
    Gathered,
    Hours,
    Likeness,
    LookBack,
    LooseRef,
    Participant,
    Queue,
    ThreadRef,
)


def of_conversations(scope: Scope) -> Q:
    """Those that they began."""
    return Q(opener_id__in=scope.identities)


def about_voices(scope: Scope) -> Q:
    return Q(interaction_id__in=scope.voices) | Q(interaction__identity_id__in=scope.identities)


def erase_places(scope: Scope) -> Mapping[str, int]:
    return forget_voices(scope.voices) if scope.voices else {}


def erase_conversations(scope: Scope) -> Mapping[str, int]:
    return forget_identities(scope.identities) if scope.identities else {}


def with_the_places(scope: Scope) -> Mapping[str, int]:
    """These go with the entries of a conversation, or stay with what others said in it."""
    return {}


def keeps(identity_ids: Collection[int]) -> set[int]:
    ids = bulk.among(identity_ids)
    began = Conversation.objects.filter(opener_id__in=ids).values_list("opener_id", flat=True)
    there = Participant.objects.filter(identity_id__in=ids).values_list("identity_id", flat=True)
    return {*began, *there}


rooms.plug(
    "routing",
    Room(
        holdings=[
            Holding(
                Disposition, "What became of their words", holds=["why"], of=about_voices, erase=with_the_places, sweep="redact"
            ),
            Holding(Entry, "Their place in conversations", none=["why"], of=about_voices, erase=erase_places),
            Holding(Copy, "That others said nearly the same", of=about_voices),
            Holding(LooseRef, "What their messages refer to", holds=["ref"], of=about_voices, sweep="delete"),
            Holding(
                ThreadRef,
                "Ids of their messages",
                holds=["ref"],
                of=lambda s: Q(conversation__opener_id__in=s.identities),
                erase=with_the_places,
                sweep="delete",
            ),
            Holding(
                Clock,
                "How long they waited",
                of=lambda s: Q(case__conversation__opener_id__in=s.identities),
                erase=with_the_places,
            ),
            Holding(
                Case,
                "Cases",
                holds=["reasons"],
                none=["kind"],
                of=lambda s: Q(conversation__opener_id__in=s.identities),
                erase=with_the_places,
                sweep="redact",
            ),
            Holding(
                Conversation,
                "Conversations that they began",
                holds=["subject", "preview"],
                none=["channel_kinds", "kinds", "sentiment", "cuts", "language", "order_reasons"],
                of=of_conversations,
                erase=erase_conversations,
                sweep="redact",
            ),
            Holding(
                Participant,
                "Conversations that they take part in",
                of=lambda s: Q(identity_id__in=s.identities),
            ),
        ],
        nobodys={
            Hours: "when somebody of ours is there",
            Queue: "where cases wait",
            LookBack: "how far a check has looked",
            Likeness: "numbers that no words can be read out of",
            DuplicateGroup: "that several voices say the same",
            Gathered: "how far a job has looked",
        },
        voices=said_to,
        keeps=keeps,
    ),
)

for _kind in retention.KINDS:
    kinds.plug(_kind.key, _kind)

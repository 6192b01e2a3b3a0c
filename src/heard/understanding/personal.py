"""What the tables of this room can hold about a person: what was made of their words."""

from django.db.models import Q

from heard.kernel.holdings import Holding, Room, Scope, rooms
from heard.understanding.models import Assessment, Correction


def about_voices(scope: Scope) -> Q:
    return Q(interaction_id__in=scope.voices) | Q(interaction__identity_id__in=scope.identities)


rooms.plug(
    "understanding",
    Room(
        holdings=[
            Holding(
                Assessment,
                "What Heard made of their words",
                holds=["reasons"],
                none=["language", "sentiment", "kinds", "private"],
                of=about_voices,
                sweep="redact",
            ),
            Holding(Correction, "What colleagues said about their words", holds=["value"], none=["field"], of=about_voices),
        ],
    ),
)

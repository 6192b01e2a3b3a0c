"""What the tables of this room can hold about a person: what was made of their words."""

from django.db.models import Q

from heard.kernel.holdings import Holding, Room, Scope, rooms
from heard.understanding.models import Assessment, Correction, LearntHead, ReadingVersion, Rereading, ToLearn
from heard.understanding.remote.models import RemoteAnswer, RemoteUse
from heard.understanding.topics import personal as topics


def about_voices(scope: Scope) -> Q:
    return Q(interaction_id__in=scope.voices) | Q(interaction__identity_id__in=scope.identities)


rooms.plug(
    "understanding",
    Room(
        holdings=[
            Holding(
                Assessment,
                "What Heard made of their words",
                holds=["reasons", "targets"],
                none=["language", "sentiment", "kinds", "private", "emotion", "complexity", "unsure"],
                of=about_voices,
                sweep="redact",
            ),
            Holding(Correction, "What colleagues said about their words", holds=["value"], none=["field"], of=about_voices),
            *topics.HOLDINGS,
        ],
        nobodys={
            LearntHead: "weights of hashed letters learnt from many corrections; no text can be read out of them",
            ReadingVersion: "which weights were in use when",
            ToLearn: "which fields of verdicts were corrected lately",
            Rereading: "how far the past was read once more",
            RemoteUse: "which assessors elsewhere are asked",
            RemoteAnswer: "a digest of words without personal data, and which of a few fixed values were said of them",
            **topics.NOBODYS,
        },
    ),
)

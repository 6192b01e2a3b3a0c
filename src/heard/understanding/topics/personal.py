"""What the tables of topics can hold about a person; personal.py of the room plugs it in."""

from django.db.models import Q

from heard.kernel.holdings import Holding, Scope
from heard.understanding.topics.models import (
    ProposedVoice,
    Topic,
    TopicExample,
    TopicModel,
    TopicProposal,
    TopicsSorted,
    VoiceTopic,
)


def _about_voices(scope: Scope) -> Q:
    return Q(interaction_id__in=scope.voices) | Q(interaction__identity_id__in=scope.identities)


HOLDINGS = [
    Holding(
        TopicExample,
        "What they said, as examples of a topic",
        holds=["text"],
        of=_about_voices,
        sweep="redact",
    ),
    Holding(VoiceTopic, "The topics of what they said", of=_about_voices),
    Holding(
        ProposedVoice,
        "Themes that were found in what they said",
        of=_about_voices,
        not_exported="which other voices a program found alike says nothing about them",
    ),
]
NOBODYS = {
    Topic: "names of themes that colleagues gave",
    TopicModel: "weights of hashed letters; no text can be read out of them, and they are learnt anew when an example is erased",
    TopicsSorted: "how far the past was sorted",
    TopicProposal: "that a theme was found, without its words",
}

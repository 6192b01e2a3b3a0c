"""What the tables of this room can hold about a person: what was said to them, and about them among colleagues."""

from collections.abc import Collection, Mapping

from django.db.models import Q

from heard.engagement.models import Amendment, Draft, DraftFile, Hiding, InternalNote, Promise, Reply, Utterance
from heard.kernel import bulk
from heard.kernel.holdings import Holding, Room, Scope, rooms
from heard.routing.selectors import conversations_of


def about_conversation(scope: Scope) -> Q:
    return Q(conversation__opener_id__in=scope.identities)


def with_its_conversation(scope: Scope) -> Mapping[str, int]:
    """A note goes when nothing that anybody said is left in there; else it may be about the others, and is swept."""
    return {}


def to_them(scope: Scope) -> Q:
    sent = Utterance.objects.filter(interaction_id__in=scope.voices)
    return Q(to_id__in=scope.identities) | Q(answers_id__in=scope.voices) | Q(id__in=sent.values("reply_id"))


def parts_to_them(scope: Scope) -> Q:
    return Q(reply__to_id__in=scope.identities) | Q(reply__answers_id__in=scope.voices) | Q(interaction_id__in=scope.voices)


def amended_to_them(scope: Scope) -> Q:
    return Q(utterance__in=Utterance.objects.filter(parts_to_them(scope)).values("id"))


def promised_to_them(scope: Scope) -> Q:
    """With a reply to them, or by hand; one by hand in a conversation of several is to whoever opened it."""
    replies = Reply.objects.filter(to_them(scope))
    return Q(to_id__in=scope.identities) | Q(reply_id__in=replies.values("id"))


def voices(identity_ids: Collection[int], limit: int) -> list[int]:
    """What was said to them in replies."""
    sent = Utterance.objects.filter(reply__to_id__in=identity_ids).exclude(interaction=None).order_by("interaction_id")
    return list(sent.values_list("interaction_id", flat=True)[:limit])


def keeps(identity_ids: Collection[int]) -> set[int]:
    return set(Reply.objects.filter(to_id__in=bulk.among(identity_ids)).values_list("to_id", flat=True))


def files(scope: Scope) -> set[str]:
    mine = DraftFile.objects.filter(
        Q(draft__conversation__opener_id__in=scope.identities)
        | Q(draft__conversation_id__in=set(conversations_of(scope.voices).values()))
    )
    return set(mine.values_list("sha256", flat=True))


def uses_files(sha256s: Collection[str]) -> set[str]:
    return set(DraftFile.objects.filter(sha256__in=sha256s).values_list("sha256", flat=True))


rooms.plug(
    "engagement",
    Room(
        holdings=[
            Holding(
                DraftFile,
                "Files beside drafts",
                holds=["name", "alt"],
                none=["content_type", "sha256"],
                of=lambda s: Q(draft__conversation__opener_id__in=s.identities),
                sweep="redact",
            ),
            Holding(
                Draft,
                "Drafts",
                holds=["text"],
                none=["mode"],
                of=about_conversation,
                sweep="redact",
            ),
            Holding(
                InternalNote,
                "Notes among colleagues",
                holds=["text"],
                of=about_conversation,
                erase=with_its_conversation,
                sweep="redact",
            ),
            Holding(Reply, "Our answers", holds=["text"], none=["visibility", "request_key"], of=to_them, sweep="redact"),
            Holding(
                Utterance,
                "What a channel took of our answers",
                holds=["part", "external_id", "error"],
                none=["idem", "claimed_by"],
                of=parts_to_them,
                sweep="redact",
            ),
            Holding(
                Amendment,
                "What we changed of our answers",
                holds=["before", "text", "part", "error"],
                none=["claimed_by"],
                of=amended_to_them,
                sweep="redact",
            ),
            Holding(
                Promise,
                "What we promised",
                holds=["what", "words"],
                of=promised_to_them,
                sweep="redact",
            ),
            Holding(
                Hiding,
                "What was hidden",
                of=lambda s: Q(interaction_id__in=s.voices) | Q(interaction__identity_id__in=s.identities),
            ),
        ],
        voices=voices,
        keeps=keeps,
        files=files,
        uses_files=uses_files,
    ),
)

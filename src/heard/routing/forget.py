from collections import Counter
from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q

from heard.routing.models import Case, Conversation, Disposition, Entry, Participant, ThreadRef
from heard.routing.summary import refresh


def forget_accounts(account_ids: Collection[int]) -> set[int]:
    """Nothing that came by these accounts has a place any more; conversations that held nothing else are gone with their cases.

    Returns the identities that took part in those and take part in nothing else.
    """
    voices = Q(interaction__account_id__in=account_ids)
    touched = set(Entry.objects.filter(voices).values_list("conversation_id", flat=True))
    there = set(Participant.objects.filter(conversation_id__in=touched).values_list("identity_id", flat=True))
    _forget(voices)
    return there - set(Participant.objects.filter(identity_id__in=there).values_list("identity_id", flat=True))


def forget_voices(interaction_ids: Collection[int]) -> Counter[str]:
    """These have no place any more, and lead nobody anywhere. Returns {model: rows that are gone}."""
    voices = Q(interaction_id__in=interaction_ids)
    places = Entry.objects.filter(voices).values_list("interaction__account_id", "interaction__external_id", "conversation_id")
    gone: Counter[str] = Counter()
    for account_id, ref, conversation_id in list(places):
        gone.update(ThreadRef.objects.filter(account_id=account_id, ref=ref, conversation_id=conversation_id).delete()[1])
    return gone + _forget(voices)


def forget_identities(identity_ids: Collection[int]) -> Counter[str]:
    """They take part in nothing any more. What they began and others go on with belongs to the first of the others."""
    gone = Counter(Participant.objects.filter(identity_id__in=identity_ids).delete()[1])
    began = Conversation.objects.filter(opener_id__in=identity_ids)
    inbound = Entry.objects.filter(conversation_id__in=began.values("id"), interaction__direction="inbound").order_by(
        "-occurred_at"
    )
    others = dict(
        inbound.exclude(interaction__identity_id__in=identity_ids).values_list("conversation_id", "interaction__identity_id")
    )
    for conversation_id, identity_id in others.items():
        Conversation.objects.filter(id=conversation_id).update(opener_id=identity_id, subject="")  # their words
    over = set(began.values_list("id", flat=True)) - set(inbound.values_list("conversation_id", flat=True))
    return gone + Counter(Conversation.objects.filter(id__in=over).delete()[1])


def forget_members(member_ids: Collection[int]) -> None:
    """Nobody of them has anything to follow up any more."""
    Conversation.objects.filter(assignee_id__in=member_ids).update(assignee_id=None)
    Case.objects.filter(assignee_id__in=member_ids).update(assignee_id=None)
    Disposition.objects.filter(member_id__in=member_ids).update(member_id=None)


def _forget(voices: Q) -> Counter[str]:
    """`voices`: a condition on the interaction of an entry."""
    touched = set(Entry.objects.filter(voices).values_list("conversation_id", flat=True))
    gone = Counter(Disposition.objects.filter(voices).delete()[1])
    gone.update(Entry.objects.filter(voices).delete()[1])
    going_on = set(Entry.objects.filter(conversation_id__in=touched).values_list("conversation_id", flat=True))
    gone.update(Conversation.objects.filter(id__in=touched - going_on).delete()[1])
    refresh(going_on)
    return gone


def said_to(identity_ids: Collection[int], limit: int) -> list[int]:
    """What was said to them in conversations in which nobody else speaks: also what no reply of ours is known of."""
    theirs = Participant.objects.filter(identity_id__in=identity_ids).values("conversation_id")
    others = Entry.objects.filter(conversation_id=OuterRef("conversation_id"), interaction__direction="inbound")
    ours = Entry.objects.filter(conversation_id__in=theirs, interaction__direction="outbound")
    alone = ours.filter(~Exists(others.exclude(interaction__identity_id__in=list(identity_ids))))
    return list(alone.order_by("interaction_id").values_list("interaction_id", flat=True)[:limit])

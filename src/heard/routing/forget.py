from collections.abc import Collection

from heard.routing.models import Case, Conversation, Disposition, Entry, Participant
from heard.routing.summary import refresh


def forget_accounts(account_ids: Collection[int]) -> set[int]:
    """Nothing that came by these accounts has a place any more; conversations that held nothing else are gone with their cases.

    Returns the identities that took part in those and take part in nothing else.
    """
    touched = set(Entry.objects.filter(interaction__account_id__in=account_ids).values_list("conversation_id", flat=True))
    Disposition.objects.filter(interaction__account_id__in=account_ids).delete()
    Entry.objects.filter(interaction__account_id__in=account_ids).delete()
    going_on = set(Entry.objects.filter(conversation_id__in=touched).values_list("conversation_id", flat=True))
    over = touched - going_on
    there = set(Participant.objects.filter(conversation_id__in=over).values_list("identity_id", flat=True))
    Conversation.objects.filter(id__in=over).delete()
    refresh(going_on)
    return there - set(Participant.objects.filter(identity_id__in=there).values_list("identity_id", flat=True))


def forget_members(member_ids: Collection[int]) -> None:
    """Nobody of them has anything to follow up any more."""
    Conversation.objects.filter(assignee_id__in=member_ids).update(assignee_id=None)
    Case.objects.filter(assignee_id__in=member_ids).update(assignee_id=None)
    Disposition.objects.filter(member_id__in=member_ids).update(member_id=None)

from collections.abc import Collection

from heard.routing.models import Case, Conversation, Disposition, Entry
from heard.routing.summary import refresh


def forget_accounts(account_ids: Collection[int]) -> None:
    """Nothing that came by these accounts has a place any more; conversations that held nothing else are gone with their cases."""
    touched = set(Entry.objects.filter(interaction__account_id__in=account_ids).values_list("conversation_id", flat=True))
    Disposition.objects.filter(interaction__account_id__in=account_ids).delete()
    Entry.objects.filter(interaction__account_id__in=account_ids).delete()
    going_on = set(Entry.objects.filter(conversation_id__in=touched).values_list("conversation_id", flat=True))
    Conversation.objects.filter(id__in=touched - going_on).delete()
    refresh(going_on)


def forget_members(member_ids: Collection[int]) -> None:
    """Nobody of them has anything to follow up any more."""
    Conversation.objects.filter(assignee_id__in=member_ids).update(assignee_id=None)
    Case.objects.filter(assignee_id__in=member_ids).update(assignee_id=None)
    Disposition.objects.filter(member_id__in=member_ids).update(member_id=None)

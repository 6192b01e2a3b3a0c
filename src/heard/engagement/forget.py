from collections.abc import Collection

from heard.engagement.models import Hiding, Reply


def forget_accounts(account_ids: Collection[int]) -> None:
    """Nothing that was said, or was about to be said, through these accounts is left."""
    Hiding.objects.filter(interaction__account_id__in=account_ids).delete()
    Reply.objects.filter(account_id__in=account_ids).delete()

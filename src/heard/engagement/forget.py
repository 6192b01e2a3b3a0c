from collections.abc import Collection

from heard.engagement.models import Reply


def forget_accounts(account_ids: Collection[int]) -> None:
    """Nothing that was said, or was about to be said, through these accounts is left."""
    Reply.objects.filter(account_id__in=account_ids).delete()

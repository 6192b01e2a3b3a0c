"""What went out to somebody, for doors that hand it to them: a visitor's page reads its messages from our own store."""

from collections.abc import Collection

from heard.engagement.models import Reply, Utterance
from heard.kernel import bulk


def said_to(account_id: int, identity_ids: Collection[int], *, limit: int) -> list[int]:
    """Interaction ids of what this account has said to these identities in its newest `limit` replies, newest first. Nothing
    that waits, and nothing that stays here."""
    replies = Reply.objects.filter(to__in=list(identity_ids), account_id=account_id).order_by("-written_at")
    ids = list(replies.values_list("id", flat=True)[:limit])
    parts = bulk.select(Utterance, ["reply_id"], [(id_,) for id_ in ids], ["interaction_id"])
    return sorted((interaction_id for _, interaction_id in parts if interaction_id is not None), reverse=True)

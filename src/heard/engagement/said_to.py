"""What went out to somebody: for doors that hand it to them, and for conversations whose people turn out to be several."""

from collections.abc import Collection, Sequence

from heard.engagement.models import Promise, Reply, Utterance
from heard.kernel import bulk


def said_to(account_id: int, identity_ids: Collection[int], *, limit: int) -> list[int]:
    """Interaction ids of what this account has said to these identities in its newest `limit` replies, newest first. Nothing
    that waits, and nothing that stays here."""
    replies = Reply.objects.filter(to__in=list(identity_ids), account_id=account_id).order_by("-written_at")
    ids = list(replies.values_list("id", flat=True)[:limit])
    parts = bulk.select(Utterance, ["reply_id"], [(id_,) for id_ in ids], ["interaction_id"])
    return sorted((interaction_id for _, interaction_id in parts if interaction_id is not None), reverse=True)


def whom_we_told(interaction_ids: Sequence[int]) -> dict[int, int]:
    """{interaction: identity it was said to}, of what left through Heard. One query."""
    sent = Utterance.objects.filter(interaction_id__in=bulk.among(interaction_ids))
    return dict(sent.values_list("interaction_id", "reply__to_id"))


def follow_parted(conversation_id: int, into_id: int, identity_ids: Sequence[int], **_: object) -> None:
    """Replies go where those went whom they were said to, sent or not yet, and what was promised with them. May be repeated."""
    Promise.objects.filter(conversation_id=conversation_id, to_id__in=identity_ids).update(conversation_id=into_id)
    Reply.objects.filter(conversation_id=conversation_id, to_id__in=identity_ids).update(conversation_id=into_id)

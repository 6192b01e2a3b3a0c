"""What networks say became of our words."""

from collections.abc import Sequence

from django.db import transaction

from heard.engagement import amended
from heard.engagement.models import Utterance
from heard.kernel import stream
from heard.listening import selectors as listening
from heard.listening.rules.status import furthest
from heard.routing import actions as routing


def catch_up(targets: Sequence[Sequence]) -> None:
    """Move our words forward to what the networks say of them by now; never backwards. May be repeated.

    `targets` are (account id, external id); those that are no words of ours are passed over.
    """
    for (account_id, external_id), (status, reason) in listening.statuses_of([(a, e) for a, e in targets]).items():
        with transaction.atomic():
            ours = Utterance.objects.select_for_update(of=("self",)).filter(reply__account_id=account_id, external_id=external_id)
            for utterance in ours.exclude(external_id=""):
                _move(utterance, status, reason)


def _move(utterance: Utterance, status: str, reason: str) -> None:
    state = furthest(utterance.state, status)
    if state == utterance.state:
        return
    error = (reason or "The network says that it did not arrive.") if state == "failed" else ""
    Utterance.objects.filter(pk=utterance.pk).update(state=state, error=error)
    conversation = utterance.reply.conversation
    if state == "failed":
        routing.came_back(conversation.pk, interaction_ids=amended.lost_in(conversation.pk), why=error)
    stream.publish(stream.News("conversation", {"id": conversation.pk}, conversation.team_id))

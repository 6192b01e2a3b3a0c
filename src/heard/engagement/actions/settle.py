"""What a person decides about an utterance that is stuck or still waiting."""

from django.db import transaction

from heard.engagement import pledging, selectors, sender
from heard.engagement.amended import CONFIRMED
from heard.engagement.models import Utterance
from heard.engagement.rules import states
from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel import stream
from heard.kernel.clock import now
from heard.listening.channels.contract import Sent
from heard.listening.wake import wake

State = Utterance.State


class NotNow(ValueError):
    """The utterance is in another state by now; nothing was changed. The text says what it is doing."""


def retry(viewer: Viewer, utterance_id: int) -> None:
    """Send again what certainly did not go out. What went out and came back needs new words or another way."""
    utterance = _access(viewer, utterance_id)
    if utterance.external_id:
        raise NotNow("It went out and came back. Write again, perhaps over another channel.")
    _put_back(viewer, utterance, "reply.retry", State.FAILED)


def send_again(viewer: Viewer, utterance_id: int) -> None:
    """A person looked and says it did not go out: send it again."""
    _put_back(viewer, _access(viewer, utterance_id), "reply.send_again", State.UNKNOWN)


def confirm_sent(viewer: Viewer, utterance_id: int) -> None:
    """A person looked and says it went out. We know no id of it there, so our own takes its place."""
    utterance = _access(viewer, utterance_id)
    with transaction.atomic():
        _check(utterance, State.UNKNOWN)
        sender.record_sent(utterance, Sent(external_id=f"{CONFIRMED}{utterance.idem}", sent_at=now()))
        audit.note(viewer, "reply.confirm_sent", "utterance", utterance.pk)


def cancel(viewer: Viewer, utterance_id: int) -> None:
    """Take it back before it is sent, with all later parts of the same reply."""
    utterance = _access(viewer, utterance_id)
    with transaction.atomic():
        rest = Utterance.objects.filter(reply=utterance.reply_id, number__gte=utterance.number, external_id="")
        waiting = rest.filter(state__in=states.sources_of(State.CANCELLED))
        if not waiting.filter(pk=utterance.pk).update(state=State.CANCELLED, claimed_by="", lease_until=None):
            raise NotNow(_words(utterance.pk))
        waiting.update(state=State.CANCELLED, claimed_by="", lease_until=None)
        pledging.unsaid(utterance.reply_id)
        audit.note(viewer, "reply.cancel", "utterance", utterance.pk)
        _tell(utterance)


def _access(viewer: Viewer, utterance_id: int) -> Utterance:
    viewer.check("conversation.reply")
    utterance = Utterance.objects.select_related("reply__account", "reply__conversation").get(pk=utterance_id)
    selectors.access(viewer, utterance.reply.conversation_id)
    return utterance


def _put_back(viewer: Viewer, utterance: Utterance, verb: str, state: str) -> None:
    with transaction.atomic():
        stuck = Utterance.objects.filter(pk=utterance.pk, state=state)
        if not stuck.update(state=State.QUEUED, due_at=now(), attempts=0, error="", claimed_by="", lease_until=None):
            raise NotNow(_words(utterance.pk))
        audit.note(viewer, verb, "utterance", utterance.pk)
        _tell(utterance)
        transaction.on_commit(wake)


def _check(utterance: Utterance, state: str) -> None:
    if Utterance.objects.select_for_update().get(pk=utterance.pk).state != state:
        raise NotNow(_words(utterance.pk))


def _words(utterance_id: int) -> str:
    return f"This is {Utterance.objects.get(pk=utterance_id).get_state_display()} by now."


def _tell(utterance: Utterance) -> None:
    conversation = utterance.reply.conversation
    stream.publish(stream.News("conversation", {"id": conversation.pk}, conversation.team_id))

"""The sender: takes due utterances to their networks, each at most once, whatever dies on the way.

A row says SENDING before the network hears anything. So after a crash we know which ones may have gone out, and ask the
network (`reconcile`) before any second try. Where a network cannot tell, a person decides; see rules/states.py.
"""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from django.db import OperationalError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from heard.engagement import amending, pledging, still_allowed
from heard.engagement.models import Utterance
from heard.engagement.rules import states
from heard.engagement.rules.backoff import is_patient, pause_seconds
from heard.engagement.rules.reach import WORDS_OF_SILENCE
from heard.engagement.statuses import catch_up
from heard.engagement.wording import with_bytes
from heard.governance import webhooks
from heard.governance.permissions import viewer_of
from heard.governance.webhooks import Fact
from heard.kernel import claims, clock, stream
from heard.kernel.secrets import CannotRead
from heard.listening import accounts, allowance, consent
from heard.listening import actions as listening
from heard.listening.accounts import UnknownChannel
from heard.listening.channels.contract import (
    Ambiguous,
    AuthExpired,
    ChannelError,
    File,
    Part,
    RateLimited,
    Rejected,
    Retryable,
    Sent,
)
from heard.routing import actions as routing

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than any adapter may take for one call
SETTLING = timedelta(seconds=15)  # a network may show a message only some seconds after it took it
State = Utterance.State


def work_off(*, worker: str, now: datetime, limit: int = 20) -> int:
    """Send what is due, oldest first, each under a lease of its own, then what was changed since. Returns how many were taken up.

    Many workers may run it at once. It must not run inside a transaction: each step is committed before the next.
    """
    taken = 0
    while taken < limit:
        ids = claims.claim(_due(now), worker=worker, now=now, lease=LEASE, limit=1)
        if not ids:
            break
        _take_up_safely(ids[0], worker, now)
        taken += 1
    return taken + amending.work_off(worker=worker, now=now, limit=limit - taken)


def _take_up_safely(utterance_id: int, worker: str, now: datetime) -> None:
    """What nobody foresaw stays with one utterance: its state is true, and it is looked at again when the lease is over."""
    rows = Utterance.objects.select_related("reply__account", "reply__member", "reply__conversation")
    try:
        _take_up(rows.get(id=utterance_id), worker, now)
    except OperationalError:
        raise
    except Exception:
        log.exception("utterance %s could not be taken up", utterance_id)


def _due(now: datetime) -> QuerySet[Utterance]:
    """Parts go strictly in order: none is due before all earlier ones of its reply are out."""
    earlier = Utterance.objects.filter(reply=OuterRef("reply"), number__lt=OuterRef("number")).exclude(state__in=states.OUT)
    return Utterance.objects.filter(~Exists(earlier), state__in=[State.QUEUED, State.SENDING], due_at__lte=now)


def _take_up(utterance: Utterance, worker: str, now: datetime) -> None:
    if utterance.state == State.SENDING:
        _ask_whether_it_went_out(utterance, worker, now)
        return
    refusal = _no_longer_allowed(utterance)
    if refusal:
        _fail(utterance, worker, refusal)
        return
    try:
        adapter, context = accounts.adapter_of(utterance.reply.account.kind), accounts.context_of(utterance.reply.account)
    except (UnknownChannel, CannotRead) as error:
        _fail(utterance, worker, str(error) or "This channel's sign-in cannot be read any more; enter it again.")
        return
    if wait := allowance.wait_seconds(utterance.reply.account_id, adapter.capabilities, now=now, is_reply=True):
        _wait_for_its_turn(utterance, worker, now, seconds=wait)
        return
    part = _in_its_place(utterance)
    if _mark_sending(utterance, worker, part):
        _heed(utterance, worker, now, lambda: adapter.send(context, with_bytes(part), idem=utterance.idem))


def _no_longer_allowed(utterance: Utterance) -> str:
    """Why this must not go out any more; empty if it may."""
    reply = utterance.reply
    if refusal := still_allowed.no_longer(viewer_of(reply.member), reply, is_active=reply.member.is_active):
        return refusal
    if consent.silenced([reply.to_id], kinds={reply.account.kind}):
        return f"{WORDS_OF_SILENCE.capitalize()}."
    part = msgspec.convert(utterance.part, Part)
    words = [reply.text, part.text, part.subject, *(said for file in part.attachments for said in (file.alt, file.name))]
    return still_allowed.names_a_face_apart(reply, words)


def _in_its_place(utterance: Utterance) -> Part:
    """The part as it goes out: a later one answers the one before it, whose id is known only now."""
    part = msgspec.convert(utterance.part, Part)
    if utterance.number == 1:
        return part
    before = Utterance.objects.get(reply=utterance.reply_id, number=utterance.number - 1)
    references = tuple(dict.fromkeys((*part.references, before.external_id)))
    return msgspec.structs.replace(part, in_reply_to=before.external_id, references=references)


def _mark_sending(utterance: Utterance, worker: str, part: Part) -> bool:
    """Whether it is ours to send. Committed before the network hears anything."""
    mine = Utterance.objects.filter(pk=utterance.pk, claimed_by=worker, state=State.QUEUED)
    marked = mine.update(state=State.SENDING, part=msgspec.to_builtins(part), lease_until=clock.now() + LEASE)
    return marked == 1


def _heed(utterance: Utterance, worker: str, now: datetime, send: Callable[[], Sent]) -> None:
    """Send, and do what the network's answer asks for."""
    try:
        sent = send()
    except Retryable as error:
        if isinstance(error, RateLimited):
            able = accounts.adapter_of(utterance.reply.account.kind).capabilities
            allowance.stay_away(utterance.reply.account_id, able, seconds=error.after_seconds, now=now)
        _try_later(utterance, worker, now, str(error), after_seconds=error.after_seconds)
    except Ambiguous as error:
        _unclear(utterance, worker, now, str(error))
    except AuthExpired as error:
        listening.failed(utterance.reply.account_id, error)
        _fail(utterance, worker, f"{utterance.reply.account.name} must be signed in to again: {error}")
    except ChannelError as error:
        _fail(utterance, worker, str(error))
    except Exception as error:  # an adapter that broke may have broken after the network took it
        log.exception("adapter %s broke while it sent utterance %s", utterance.reply.account.kind, utterance.pk)
        _unclear(utterance, worker, now, f"{type(error).__name__}: {error}")
    else:
        record_sent(utterance, sent)


def record_sent(utterance: Utterance, sent: Sent) -> None:
    """Write down that it went out: state, the outbound interaction, the conversation's clocks. May be repeated.

    Whoever knows that it went out is right, whatever another worker believed meanwhile.
    """
    reply, at = utterance.reply, sent.sent_at or clock.now()
    part = msgspec.convert(utterance.part, Part)
    with transaction.atomic():
        open_states = states.sources_of(State.SENT)
        if not Utterance.objects.filter(pk=utterance.pk, state__in=open_states).update(
            state=State.SENT, external_id=sent.external_id, sent_at=at, error="", claimed_by="", lease_until=None
        ):
            return
        interaction_id = listening.write_out(
            reply.account_id,
            external_id=sent.external_id,
            to_identity_id=reply.to_id,
            text=part.text,
            occurred_at=at,
            thread_ref=sent.thread_ref or part.thread_ref,
            parent_ref=part.in_reply_to,
            visibility=part.visibility,
            permalink=sent.permalink,
            subject=part.subject,
            author_name=reply.member.name,
            files=_files_of(part),
        )
        Utterance.objects.filter(pk=utterance.pk).update(interaction_id=interaction_id)
        pledging.said(reply, at=at)
        routing.answered(viewer_of(reply.member), reply.conversation_id, interaction_id=interaction_id)
        catch_up([(reply.account_id, sent.external_id)])
        _tell(utterance)
        _announce(utterance, "reply.sent", interaction_id=interaction_id)


def _ask_whether_it_went_out(utterance: Utterance, worker: str, now: datetime) -> None:
    """A worker died in the middle, or the network left it unclear."""
    try:
        adapter, context = accounts.adapter_of(utterance.reply.account.kind), accounts.context_of(utterance.reply.account)
        found = adapter.reconcile(context, msgspec.convert(utterance.part, Part), idem=utterance.idem)
    except Retryable as error:
        _ask_later(utterance, worker, now, str(error), after_seconds=error.after_seconds)
    except Exception as error:
        _unknown(utterance, worker, str(error))
    else:
        if found is not None:
            record_sent(utterance, found)
        elif adapter.capabilities.idempotent_send == "none":
            _unknown(utterance, worker, "The network does not show it, and cannot promise to take it only once.")
        else:
            _finish(utterance, worker, State.QUEUED, due_at=now, error=utterance.error)


def _files_of(part: Part) -> tuple[File, ...]:
    """What went out went out, whatever became of our copy."""
    try:
        return with_bytes(part).attachments
    except Rejected:
        return ()


def _wait_for_its_turn(utterance: Utterance, worker: str, now: datetime, *, seconds: float) -> None:
    """We have called this network as often as it allows; nothing was tried, so no patience is lost."""
    _finish(utterance, worker, State.QUEUED, due_at=now + timedelta(seconds=seconds), attempts=F("attempts") - 1)


def _try_later(utterance: Utterance, worker: str, now: datetime, why: str, *, after_seconds: float) -> None:
    if not is_patient(utterance.attempts):
        _fail(utterance, worker, f"{why} (given up after {utterance.attempts} attempts)")
        return
    _finish(utterance, worker, State.QUEUED, due_at=_later(utterance, now, after_seconds), error=why)


def _ask_later(utterance: Utterance, worker: str, now: datetime, why: str, *, after_seconds: float) -> None:
    if not is_patient(utterance.attempts):
        _unknown(utterance, worker, why)
        return
    _finish(utterance, worker, State.SENDING, due_at=_later(utterance, now, after_seconds), error=why)


def _unclear(utterance: Utterance, worker: str, now: datetime, why: str) -> None:
    if accounts.adapter_of(utterance.reply.account.kind).capabilities.can_reconcile:
        _finish(utterance, worker, State.SENDING, due_at=now + SETTLING, error=why)
        return
    _unknown(utterance, worker, why)


def _unknown(utterance: Utterance, worker: str, why: str) -> None:
    _finish(utterance, worker, State.UNKNOWN, error=why)


def _fail(utterance: Utterance, worker: str, why: str) -> None:
    _finish(utterance, worker, State.FAILED, error=why)


def _finish(utterance: Utterance, worker: str, state: str, **changes: object) -> None:
    """Let go of the claim; a worker whose lease another took over changes nothing."""
    with transaction.atomic():
        mine = Utterance.objects.filter(pk=utterance.pk, claimed_by=worker)
        if mine.update(state=state, claimed_by="", lease_until=None, **changes):
            _tell(utterance)
            if state in (State.FAILED, State.UNKNOWN):
                _announce(utterance, "reply.failed", state=str(state))


def _later(utterance: Utterance, now: datetime, after_seconds: float) -> datetime:
    return now + timedelta(seconds=pause_seconds(utterance.attempts, dice=random.random(), at_least=after_seconds))


def _tell(utterance: Utterance) -> None:
    conversation = utterance.reply.conversation
    stream.publish(stream.News("conversation", {"id": conversation.pk}, conversation.team_id))


def _announce(utterance: Utterance, event: str, **more: object) -> None:
    reply = utterance.reply
    about = {"reply_id": reply.pk, "part": utterance.number, "parts": utterance.total, "channel": reply.account.kind}
    fact = Fact(event, {**about, "conversation_id": reply.conversation_id, **more}, reply.conversation.team_id)
    webhooks.announce([fact])

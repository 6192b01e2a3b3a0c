"""Takes what we changed of our own words to the networks: part of the sender's work.

The same change twice is the same as once: the last words stand, and what is gone is gone. So after a crash, or where a network
left it open, it is simply done again; only when that leads nowhere a person looks. Changes of one utterance never overtake one
another, because only one of them is open (`one_open_amendment_each`).
"""

import logging
import random
from datetime import datetime, timedelta

import msgspec
from django.db import OperationalError, transaction
from django.db.models import F

from heard.engagement import amended, pledging, still_allowed
from heard.engagement.models import Amendment, Reply, Utterance
from heard.engagement.rules.amending import OPEN
from heard.engagement.rules.backoff import is_patient, pause_seconds
from heard.governance import audit
from heard.governance.permissions import viewer_of
from heard.kernel import claims, clock, stream
from heard.kernel.secrets import CannotRead
from heard.listening import accounts, allowance
from heard.listening import actions as listening
from heard.listening.accounts import UnknownChannel
from heard.listening.channels.contract import (
    Ambiguous,
    AuthExpired,
    ChannelAdapter,
    ChannelError,
    Context,
    NotFound,
    Part,
    RateLimited,
    Retryable,
)
from heard.routing import actions as routing

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than any adapter may take for one call
State = Amendment.State
Act = Amendment.Act


def work_off(*, worker: str, now: datetime, limit: int) -> int:
    """Have what is due done, oldest first, each under a lease of its own. Returns how many were taken up. Not in a transaction."""
    taken = 0
    while taken < limit:
        due = Amendment.objects.filter(state__in=[State.QUEUED, State.SENDING], due_at__lte=now)
        ids = claims.claim(due, worker=worker, now=now, lease=LEASE, limit=1)
        if not ids:
            break
        _take_up_safely(ids[0], worker, now)
        taken += 1
    return taken


def _take_up_safely(amendment_id: int, worker: str, now: datetime) -> None:
    rows = Amendment.objects.select_related("member", "utterance__reply__account", "utterance__reply__conversation")
    try:
        _take_up(rows.get(id=amendment_id), worker, now)
    except OperationalError:
        raise
    except Exception:
        log.exception("amendment %s could not be taken up", amendment_id)


def _take_up(amendment: Amendment, worker: str, now: datetime) -> None:
    reply = amendment.utterance.reply
    viewer, is_active = viewer_of(amendment.member), amendment.member.is_active
    refusal = still_allowed.no_longer(viewer, reply, is_active=is_active)
    refusal = refusal or still_allowed.names_a_face_apart(reply, [amendment.text])
    if refusal:
        _finish(amendment, worker, State.FAILED, error=refusal)
        return
    try:
        adapter, context = accounts.adapter_of(reply.account.kind), accounts.context_of(reply.account)
    except (UnknownChannel, CannotRead) as error:
        why = str(error) or "This channel's sign-in cannot be read any more; enter it again."
        _finish(amendment, worker, State.FAILED, error=why)
        return
    with context.http:
        if wait := allowance.wait_seconds(reply.account_id, adapter.capabilities, now=now, is_reply=True):
            due = now + timedelta(seconds=wait)
            _finish(amendment, worker, amendment.state, due_at=due, attempts=F("attempts") - 1)
            return
        if _mark_sending(amendment, worker):
            _heed(amendment, worker, now, adapter, context)


def _mark_sending(amendment: Amendment, worker: str) -> bool:
    """Whether it is ours to do. Committed before the network hears anything; a person may have given it up meanwhile."""
    mine = Amendment.objects.filter(pk=amendment.pk, claimed_by=worker, state__in=[State.QUEUED, State.SENDING])
    return mine.update(state=State.SENDING, lease_until=clock.now() + LEASE) == 1


def _heed(amendment: Amendment, worker: str, now: datetime, adapter: ChannelAdapter, context: Context) -> None:
    """Have it done, and do what the network's answer asks for."""
    account = amendment.utterance.reply.account
    try:
        _do(amendment, adapter, context)
    except Retryable as error:
        if isinstance(error, RateLimited):
            allowance.stay_away(account.pk, adapter.capabilities, seconds=error.after_seconds, now=now)
        _try_later(amendment, worker, now, str(error), or_else=State.FAILED, after_seconds=error.after_seconds)
    except Ambiguous as error:
        _try_later(amendment, worker, now, str(error), or_else=State.UNKNOWN)
    except AuthExpired as error:
        listening.failed(account.pk, error)
        _finish(amendment, worker, State.FAILED, error=f"{account.name} must be signed in to again: {error}")
    except ChannelError as error:
        _finish(amendment, worker, State.FAILED, error=str(error))
    except Exception as error:  # an adapter that broke may have broken after the network took it
        log.exception("adapter %s broke while it did amendment %s", account.kind, amendment.pk)
        _try_later(amendment, worker, now, f"{type(error).__name__}: {error}", or_else=State.UNKNOWN)
    else:
        record_done(amendment)


def _do(amendment: Amendment, adapter: ChannelAdapter, context: Context) -> None:
    external_id = amendment.utterance.external_id
    if amendment.act == Act.EDIT:
        adapter.edit(context, external_id, msgspec.convert(amendment.part, Part))
        return
    try:
        adapter.delete(context, external_id)
    except NotFound:  # which is what was wanted
        log.info("amendment %s: it was gone already", amendment.pk)


def record_done(amendment: Amendment) -> None:
    """Write down that the network did it: the words that stand everywhere, what they promise, who waits again. May be repeated."""
    utterance, reply, at = amendment.utterance, amendment.utterance.reply, clock.now()
    with transaction.atomic():
        still = Amendment.objects.filter(pk=amendment.pk, state__in=OPEN)
        if not still.update(state=State.DONE, done_at=at, error="", claimed_by="", lease_until=None):
            return
        if amendment.act == Act.EDIT:
            _stands_edited(amendment)
        else:
            _stands_no_more(amendment)
        if utterance.interaction_id:
            text = (amendment.part or {}).get("text") if amendment.act == Act.EDIT else None
            listening.revise_out(utterance.interaction_id, text=text, occurred_at=at)
        about = {"conversation": reply.conversation_id, "number": utterance.number}
        audit.note(viewer_of(amendment.member), f"reply.{amendment.act}_done", "utterance", utterance.pk, **about)
        tell(amendment)


def _stands_edited(amendment: Amendment) -> None:
    utterance, reply = amendment.utterance, amendment.utterance.reply
    Utterance.objects.filter(pk=utterance.pk).update(part=amendment.part)
    if utterance.total == 1:
        Reply.objects.filter(pk=reply.pk).update(text=amendment.text)
    pledging.reworded(reply, amendment.text)


def _stands_no_more(amendment: Amendment) -> None:
    reply = amendment.utterance.reply
    pledging.taken_back(reply, parts_before_and_after(reply.pk, amendment.utterance_id), by=amendment.member_id)
    why = f"by {amendment.member.name}"
    routing.came_back(
        reply.conversation_id, interaction_ids=amended.lost_in(reply.conversation_id), why=why, what="Our answer was taken back"
    )


def parts_before_and_after(reply_id: int, taken_back_id: int) -> tuple[str, str]:
    """What stood of a reply until one of its parts was taken back, and what stands after."""
    others = amended.taken_back().exclude(utterance_id=taken_back_id)
    standing = Utterance.objects.filter(reply_id=reply_id).exclude(id__in=others.values("utterance_id"))
    parts = list(standing.exclude(state=Utterance.State.CANCELLED).order_by("number").values_list("id", "part"))
    after = (part["text"] for id_, part in parts if id_ != taken_back_id)
    return " ".join(part["text"] for _, part in parts), " ".join(after)


def _try_later(amendment: Amendment, worker: str, now: datetime, why: str, *, or_else: str, after_seconds: float = 0.0) -> None:
    """While there is patience; a person looks at what it left behind then."""
    if not is_patient(amendment.attempts):
        _finish(amendment, worker, or_else, error=f"{why} (given up after {amendment.attempts} attempts)")
        return
    pause = pause_seconds(amendment.attempts, dice=random.random(), at_least=after_seconds)
    _finish(amendment, worker, State.SENDING, due_at=now + timedelta(seconds=pause), error=why)


def _finish(amendment: Amendment, worker: str, state: str, **changes: object) -> None:
    """Let go of the claim; a worker whose lease another took over changes nothing."""
    with transaction.atomic():
        mine = Amendment.objects.filter(pk=amendment.pk, claimed_by=worker)
        if mine.update(state=state, claimed_by="", lease_until=None, **changes):
            tell(amendment)


def tell(amendment: Amendment) -> None:
    conversation = amendment.utterance.reply.conversation
    stream.publish(stream.News("conversation", {"id": conversation.pk}, conversation.team_id))

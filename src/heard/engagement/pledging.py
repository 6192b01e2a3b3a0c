"""The ledger of promises as replies and time move it: written with a reply, true once its words have left, reminded of in time.

The verbs of people are in actions/promises.py. Each step is a conditional UPDATE whose count says who won, so that a process may
be killed anywhere, and each thing is said once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from heard.engagement.models import Promise, Reply, Utterance
from heard.engagement.promises import STANDING, zone
from heard.engagement.rules.promising import Delay, Found, delays_without_time, promises_in
from heard.engagement.rules.reminding import remind_at
from heard.governance import audit, webhooks
from heard.governance.permissions import HEARD
from heard.governance.webhooks import Fact
from heard.kernel import outbox
from heard.kernel.clock import now
from heard.routing.summary import refresh

State = Promise.State
AT_ONCE = 200  # promises of one look at the clock


@dataclass(frozen=True)
class Promising:
    """What an author said about what was found in their words: keys of promises (Found.key) that are confirmed, and of those
    that are none; and that a delay may leave without a time."""

    confirms: Collection[str] = ()
    denies: Collection[str] = ()
    without_time: bool = False


NOTHING_SAID = Promising()


def found_in(text: str, *, language: str) -> list[Found]:
    return promises_in(text, language=language, now=now(), zone=zone())


def delays_in(text: str, *, language: str) -> list[Delay]:
    return delays_without_time(text, language=language, now=now(), zone=zone())


def write(reply: Reply, *, language: str, promising: Promising) -> None:
    """What a reply promises, beside it. It counts once the words have left, and not before. In the reply's transaction."""
    moment = reply.written_at
    found = [each for each in found_in(reply.text, language=language) if each.key not in promising.denies]
    Promise.objects.bulk_create(
        _made(reply, each, moment, state=State.UNSENT, confirmed_at=moment if each.key in promising.confirms else None)
        for each in found
    )


def _made(reply: Reply, found: Found, moment: datetime, **more: Any) -> Promise:
    """Not stored yet."""
    return Promise(
        conversation_id=reply.conversation_id,
        reply=reply,
        to_id=reply.to_id,
        author_id=reply.member_id,
        what=found.what,
        words=found.words[:120],
        due_at=found.due_at,
        first_due_at=found.due_at,
        made_at=moment,
        **more,
    )


def said(reply: Reply, *, at: datetime) -> None:
    """The words of a reply have left: what they promise counts. May be repeated; a part of several is enough."""
    for promise in Promise.objects.filter(reply=reply, state=State.UNSENT).select_related("conversation"):
        state = State.OPEN if promise.confirmed_at else State.FOUND
        rows = Promise.objects.filter(pk=promise.pk, state=State.UNSENT)
        if rows.update(state=state, made_at=at, next_at=remind_at(made_at=at, due_at=promise.due_at)):
            tell(promise, "promise.made")


def unsaid(reply_id: int) -> None:
    """Its words were taken back before any of them left: nothing was promised. May be repeated."""
    if not Utterance.objects.filter(reply_id=reply_id).exclude(external_id="").exists():
        Promise.objects.filter(reply_id=reply_id, state=State.UNSENT).update(
            state=State.WITHDRAWN, settled_at=now(), next_at=None
        )


def taken_back(reply: Reply, stood: tuple[str, str], *, by: int) -> None:
    """Words that had left were taken back: what only they promised is withdrawn. `stood`: what stood of the reply until then, and
    what stands after. May be repeated."""
    before, after = (_plain(words) for words in stood)
    for promise in Promise.objects.filter(reply=reply, state__in=(*STANDING, State.UNSENT)).select_related("conversation"):
        said = _plain(promise.what)
        if after and (said in after or said not in before):
            continue  # it stands in another part, or goes across parts
        rows = Promise.objects.filter(pk=promise.pk, state=promise.state)
        if rows.update(state=State.WITHDRAWN, settled_at=now(), settled_by_id=by, next_at=None):
            tell(promise, "")


def reworded(reply: Reply, text: str) -> None:
    """Words that had left were changed: what they promised stands, and what they promise now and did not before is to be confirmed."""
    known = set(Promise.objects.filter(reply=reply).values_list("words", flat=True))
    moment = now()
    for each in found_in(text, language=reply.conversation.language):
        if each.words[:120] in known:
            continue
        promise = _made(reply, each, moment, state=State.FOUND, next_at=remind_at(made_at=moment, due_at=each.due_at))
        promise.save()
        tell(promise, "promise.made")


def _plain(text: str) -> str:
    """Without white space: a sentence may be cut between two parts."""
    return "".join(text.split())


def remind(moment: datetime) -> int:
    """Bring what is due soon, and what is due, back to who has it: each once. Returns how many. Nobody outside is told."""
    due = Promise.objects.filter(next_at__lte=moment).order_by("next_at").select_related("conversation")
    return sum(_remind_of(promise, moment) for promise in due[:AT_ONCE])


def _remind_of(promise: Promise, moment: datetime) -> bool:
    is_due = promise.due_at <= moment
    changes = {"asked_at": moment, "next_at": None} if is_due else {"reminded_at": moment, "next_at": promise.due_at}
    with transaction.atomic():
        same = Promise.objects.filter(pk=promise.pk, next_at=promise.next_at, state__in=STANDING)
        if not same.update(**changes):
            Promise.objects.filter(pk=promise.pk, next_at=promise.next_at).exclude(state__in=STANDING).update(next_at=None)
            return False
        audit.note(HEARD, "promise.ask" if is_due else "promise.remind", "promise", promise.pk)
        tell(promise, "promise.due" if is_due else "")
    return True


def tell(promise: Promise, event: str) -> None:
    """The inbox and live pages, later rooms and other systems. `event` is empty for what only pages want to know."""
    conversation = promise.conversation
    if event:
        about = {"promise_id": promise.pk, "conversation_id": conversation.pk, "due_at": promise.due_at.isoformat()}
        outbox.tell(event, **about)
        webhooks.announce([Fact(event, about, conversation.team_id)])
    refresh([conversation.pk])

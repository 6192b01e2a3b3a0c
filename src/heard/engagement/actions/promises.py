"""What people do about promises. Each verb may be repeated, and has another that undoes it."""

from datetime import datetime

from django.db import transaction

from heard.engagement import pledging, selectors
from heard.engagement.actions.author import author_of
from heard.engagement.models import Promise
from heard.engagement.promises import STANDING, visible_promises
from heard.engagement.rules.reminding import remind_at
from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel.clock import now

State = Promise.State
ENDED = (State.KEPT, State.BROKEN, State.WITHDRAWN)
LONGEST_WHAT = 400


class CannotPromise(ValueError):
    """The promise is in another state by now, or makes no sense like that; the text says why. Nothing was changed."""


def confirm_promise(viewer: Viewer, promise_id: int) -> int:
    """It is one: its author, or whoever has the conversation, said so. Returns the id of the conversation, as all these do."""
    viewer.check("conversation.reply")
    with transaction.atomic():
        promise = _access_promise(viewer, promise_id, State.FOUND, State.OPEN)
        Promise.objects.filter(pk=promise.pk, state=State.FOUND).update(state=State.OPEN, confirmed_at=now())
        return _noted(viewer, promise, "promise.confirm")


def note_promise(viewer: Viewer, conversation_id: int, *, what: str, due_at: datetime) -> int:
    """What was promised by phone, at a meeting, or in words that nobody found. Returns the id of the promise."""
    viewer.check("conversation.reply")
    conversation, moment, what = selectors.access(viewer, conversation_id), now(), what.replace("\0", "").strip()
    if not what:
        raise CannotPromise("Say what was promised.")
    if due_at <= moment:
        raise CannotPromise("Say by when: a moment to come.")
    with transaction.atomic():
        promise = Promise.objects.create(
            conversation=conversation,
            to_id=conversation.opener_id,
            author_id=author_of(viewer),
            what=what[:LONGEST_WHAT],
            due_at=due_at,
            first_due_at=due_at,
            state=State.OPEN,
            made_at=moment,
            confirmed_at=moment,
            next_at=remind_at(made_at=moment, due_at=due_at),
        )
        audit.note(viewer, "promise.note", "promise", promise.pk, conversation=conversation_id)
        pledging.tell(promise, "promise.made")
    return promise.pk


def keep_promise(viewer: Viewer, promise_id: int) -> int:
    viewer.check("conversation.reply")
    return _end(viewer, promise_id, State.KEPT, "promise.kept")


def break_promise(viewer: Viewer, promise_id: int) -> int:
    """It was not kept, and somebody says so."""
    viewer.check("conversation.reply")
    return _end(viewer, promise_id, State.BROKEN, "promise.broken")


def withdraw_promise(viewer: Viewer, promise_id: int) -> int:
    """It was none, or the customer wants it no more."""
    viewer.check("conversation.reply")
    return _end(viewer, promise_id, State.WITHDRAWN, "")


def move_promise(viewer: Viewer, promise_id: int, *, due_at: datetime) -> int:
    """It has another time, of which the customer has to hear: the page opens the composer, and nothing is said by itself.
    What was promised first stays on record."""
    viewer.check("conversation.reply")
    moment = now()
    if due_at <= moment:
        raise CannotPromise("Say by when: a moment to come.")
    with transaction.atomic():
        promise = _access_promise(viewer, promise_id, *STANDING)
        Promise.objects.filter(pk=promise.pk).update(
            due_at=due_at,
            moved_at=moment,
            state=State.OPEN,
            confirmed_at=promise.confirmed_at or moment,
            reminded_at=None,
            asked_at=None,
            next_at=remind_at(made_at=moment, due_at=due_at),
        )
        return _noted(viewer, promise, "promise.move", before=promise.due_at.isoformat(), due_at=due_at.isoformat())


def take_back_promise(viewer: Viewer, promise_id: int) -> int:
    """The undo: what was kept, broken or withdrawn stands again; what was confirmed is to be confirmed; what was noted by hand
    a moment ago is none."""
    viewer.check("conversation.reply")
    moment = now()
    with transaction.atomic():
        promise = _access_promise(viewer, promise_id, *ENDED, State.OPEN)
        state: State = State.OPEN if promise.confirmed_at else State.FOUND
        changes: dict = {"state": state, "settled_at": None, "settled_by": None}
        if promise.state in ENDED:
            later = promise.asked_at is None and promise.due_at > moment
            changes["next_at"] = _next(promise, moment) if later else None
        elif promise.reply_id is None:
            changes = {"state": State.WITHDRAWN, "settled_at": moment, "settled_by": viewer.member_id, "next_at": None}
        else:
            changes = {"state": State.FOUND, "confirmed_at": None}
        Promise.objects.filter(pk=promise.pk).update(**changes)
        return _noted(viewer, promise, "promise.take_back", before=promise.state)


def _next(promise: Promise, moment: datetime) -> datetime:
    first = remind_at(made_at=promise.moved_at or promise.made_at, due_at=promise.due_at)
    return promise.due_at if promise.reminded_at or first < moment else first


def _end(viewer: Viewer, promise_id: int, state: State, event: str) -> int:
    moment = now()
    with transaction.atomic():
        promise = _access_promise(viewer, promise_id, *STANDING, state)
        if promise.state == state:
            return promise.conversation_id
        Promise.objects.filter(pk=promise.pk).update(state=state, settled_at=moment, settled_by=viewer.member_id, next_at=None)
        return _noted(viewer, promise, f"promise.{state.value}", event=event)


def _access_promise(viewer: Viewer, promise_id: int, *states: str) -> Promise:
    """The only way to a promise that is about to change. Raises DoesNotExist for one that the viewer does not see."""
    seen = visible_promises(viewer).select_for_update(of=("self",)).select_related("conversation")
    promise = seen.get(pk=promise_id)
    if promise.state not in states:
        raise CannotPromise(f"This promise is {promise.get_state_display()} by now.")
    return promise


def _noted(viewer: Viewer, promise: Promise, verb: str, *, event: str = "", **detail: object) -> int:
    audit.note(viewer, verb, "promise", promise.pk, conversation=promise.conversation_id, **detail)
    pledging.tell(promise, event)
    return promise.conversation_id

"""Other words, or none, in the place of what we have sent: asked for here, done by amending.py."""

from collections.abc import Collection

import msgspec
from django.db import transaction

from heard.engagement import amended, amending, pledging, selectors
from heard.engagement.actions.author import author_of
from heard.engagement.actions.reply import Held, NeedsTime
from heard.engagement.actions.settle import NotNow
from heard.engagement.models import Amendment, Utterance
from heard.engagement.rules.amending import ON_ITS_WAY, OPEN, STUCK
from heard.engagement.wording import reworded
from heard.governance import audit
from heard.governance.permissions import NotAllowed, Viewer
from heard.kernel.clock import now
from heard.listening.channels.contract import Part
from heard.listening.wake import wake

State = Amendment.State
Act = Amendment.Act


class CannotAmend(ValueError):
    """The network has these words and keeps them as they are; the text says why. Nothing was changed."""


def edit(
    viewer: Viewer,
    utterance_id: int,
    *,
    text: str,
    instead_of: str,
    knowingly: Collection[str] = (),
    without_time: bool = False,
) -> None:
    """Queue other words for what was sent; `work_off` has them put in their place, and until then the old ones stand.

    `instead_of` are the words that the author saw, `knowingly` as for a reply. Asked for once more while it is on its way, it is
    refused and not done twice. Raises CannotAmend, Held, NeedsTime, CannotSend, NotNow, NotAllowed, and DoesNotExist for words
    in a conversation that the viewer does not see.
    """
    utterance = _access(viewer, utterance_id)
    chances = amended.chances(utterance)
    if not chances.may_edit:
        raise CannotAmend(f"{utterance.reply.account.name} cannot change these words any more. Say it anew, or take them back.")
    standing, text = amended.words_of(utterance), text.replace("\0", "").replace("\r\n", "\n").strip()
    if instead_of.replace("\r\n", "\n").strip() != standing.strip():
        raise NotNow("These words were changed meanwhile. Read them again; yours are kept here until you leave.")
    if text == standing.strip():
        raise CannotAmend("These are the words already.")
    part, hold = reworded(utterance, text)
    if hold and (hold.is_refused or not set(hold.kinds) <= set(knowingly)):
        raise Held(hold)
    language = utterance.reply.conversation.language
    new_delays = {delay.words for delay in pledging.delays_in(text, language=language)}
    new_delays -= {delay.words for delay in pledging.delays_in(standing, language=language)}
    if new_delays and not without_time:
        raise NeedsTime(min(new_delays))
    with transaction.atomic():
        _queue(viewer, utterance, Act.EDIT, text=text, part=part)
        if hold:
            audit.note(viewer, "reply.public_anyway", "utterance", utterance.pk, kinds=list(hold.kinds))


def take_back(viewer: Viewer, utterance_id: int) -> None:
    """Queue that the network deletes what it has of us. The words stay here, and what they promised is withdrawn once it is done.

    Raises CannotAmend, NotNow, NotAllowed, and DoesNotExist as `edit` does.
    """
    utterance = _access(viewer, utterance_id)
    chances = amended.chances(utterance)
    if not chances.may_take_back:
        raise CannotAmend(f"{utterance.reply.account.name} does not take these words back any more. {chances.limit}".strip())
    with transaction.atomic():
        _queue(viewer, utterance, Act.TAKE_BACK)


def amend_again(viewer: Viewer, utterance_id: int) -> None:
    """Try what the network did not do, or left unclear, once more. It is the same however often it is done."""
    amendment = _stuck(viewer, utterance_id)
    with transaction.atomic():
        stuck = Amendment.objects.filter(pk=amendment.pk, state__in=STUCK)
        if not stuck.update(state=State.QUEUED, due_at=now(), attempts=0, error=""):
            raise NotNow("Somebody decided about it already.")
        _note(viewer, amendment, "again")
        transaction.on_commit(wake)


def give_up_amending(viewer: Viewer, utterance_id: int) -> None:
    """A person looked and says that the words stand there as they were."""
    amendment = _stuck(viewer, utterance_id)
    with transaction.atomic():
        if not Amendment.objects.filter(pk=amendment.pk, state__in=STUCK).update(state=State.DROPPED):
            raise NotNow("Somebody decided about it already.")
        _note(viewer, amendment, "given_up")


def confirm_amended(viewer: Viewer, utterance_id: int) -> None:
    """A person looked and says that it was done."""
    amendment = _stuck(viewer, utterance_id)
    with transaction.atomic():
        if amendment.state != State.UNKNOWN:
            raise NotNow("The network says that it was not done.")
        amending.record_done(amendment)
        _note(viewer, amendment, "confirmed")


def _access(viewer: Viewer, utterance_id: int) -> Utterance:
    """Words that a network has. A colleague's are for them and their leads alone."""
    viewer.check("conversation.reply")
    author_of(viewer)
    utterance = Utterance.objects.select_related("reply__account", "reply__conversation", "reply__member").get(pk=utterance_id)
    selectors.access(viewer, utterance.reply.conversation_id)
    if not viewer.sees_team(utterance.reply.account.team_id):
        raise NotAllowed("to speak for this account")
    if not amended.may_amend(viewer, utterance.reply.member_id):
        raise NotAllowed("to change a colleague's words")
    return utterance


def _queue(viewer: Viewer, utterance: Utterance, act: str, *, text: str = "", part: Part | None = None) -> None:
    """One at a time: what is stuck gives way, what is on its way goes first."""
    moment = now()
    Utterance.objects.select_for_update().get(pk=utterance.pk)  # two clicks come here one after the other
    earlier = Amendment.objects.filter(utterance=utterance)
    if earlier.filter(act=Act.TAKE_BACK, state=State.DONE).exists():
        raise NotNow("It was taken back already.")
    if earlier.filter(state__in=ON_ITS_WAY).exists():
        raise NotNow("A change of these words is on its way already.")
    earlier.filter(state__in=STUCK).update(state=State.DROPPED)
    amendment = Amendment.objects.create(
        utterance=utterance,
        member_id=author_of(viewer),
        act=act,
        before=amended.words_of(utterance),
        text=text,
        part=msgspec.to_builtins(part) if part else None,
        asked_at=moment,
        due_at=moment,
    )
    Utterance.objects.filter(pk=utterance.pk).update(amended_at=moment)
    _note(viewer, amendment, "")
    transaction.on_commit(wake)


def _stuck(viewer: Viewer, utterance_id: int) -> Amendment:
    utterance = _access(viewer, utterance_id)
    rows = Amendment.objects.select_related("member", "utterance__reply__account", "utterance__reply__conversation")
    amendment = rows.filter(utterance=utterance, state__in=OPEN).first()
    if amendment is None or amendment.state not in STUCK:
        raise NotNow("Nothing is to be decided about these words any more.")
    return amendment


def _note(viewer: Viewer, amendment: Amendment, how: str) -> None:
    verb = f"reply.{amendment.act}" + (f"_{how}" if how else "")
    audit.note(viewer, verb, "utterance", amendment.utterance_id, amendment=amendment.pk)
    amending.tell(amendment)

"""What people do with conversations and cases. Each verb: permission, change, audit line, news; one transaction."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from heard.governance import audit
from heard.governance.permissions import HEARD, Viewer
from heard.governance.selectors import viewer_for
from heard.kernel import stream
from heard.kernel.clock import now
from heard.listening import reach
from heard.listening import selectors as listening
from heard.routing.announcements import announce_case
from heard.routing.cases import case_for, drop_empty_case
from heard.routing.models import Case, Clock, Conversation, Disposition, Entry, Participant, Queue, ThreadRef
from heard.routing.queues import Queues, make_first_queues
from heard.routing.route import stop_idle_clocks
from heard.routing.rules.order import due_at
from heard.routing.rules.triage import WORK_KINDS, VoiceSigns, triage
from heard.routing.selectors import visible_conversations
from heard.routing.summary import refresh
from heard.understanding import selectors as understanding

Outcome = Disposition.Outcome
BY_HAND = (Outcome.HANDLED, Outcome.NO_ANSWER_DUE, Outcome.SPAM)


class CannotDo(Exception):
    """The act makes no sense here; the text says why, for the person who tried. Nothing was changed."""


def assign(viewer: Viewer, conversation_id: int, *, member_id: int | None) -> None:
    """The conversation is that member's to follow up, or nobody's. Raises CannotDo for someone who could not read or answer it."""
    viewer.check("conversation.assign")
    with transaction.atomic():
        conversation = _access(viewer, conversation_id)
        if member_id is not None:
            _check_can_take(member_id, conversation)
        Conversation.objects.filter(pk=conversation_id).update(assignee_id=member_id)
        audit.note(
            viewer, "conversation.assign", "conversation", conversation_id, member_id=member_id, before=conversation.assignee_id
        )
        stream.publish(stream.News("conversation", {"id": conversation_id}, conversation.team_id))


def dispose(viewer: Viewer, interaction_id: int, *, outcome: str, why: str) -> None:
    """Record by hand how one waiting voice ends, with the reason. May be changed again by saying it anew."""
    viewer.check("conversation.dispose")
    if outcome not in BY_HAND:
        raise CannotDo(f"{outcome!r} is not an end that a person records; choose one of {', '.join(o.value for o in BY_HAND)}.")
    if not why.strip():
        raise CannotDo("Say why: the reason stays with the message.")
    with transaction.atomic():
        conversation = _access_of(viewer, interaction_id)
        found = Disposition.objects.select_for_update().get(interaction_id=interaction_id)
        Disposition.objects.filter(pk=found.pk).update(
            outcome=outcome, why=why.strip()[:240], member_id=viewer.member_id, decided_at=now()
        )
        stop_idle_clocks({found.case_id} if found.case_id else set(), now())
        audit.note(viewer, "conversation.dispose", "interaction", interaction_id, outcome=outcome, before=found.outcome)
        refresh([conversation.pk] if conversation else [])


def open_case(viewer: Viewer, conversation_id: int, *, kind: str, queue_id: int | None = None, why: str = "") -> int:
    """A case of that kind is open on the conversation, with a clock running from now. The open one of the same kind is reused."""
    viewer.check("case.open")
    if kind not in WORK_KINDS:
        raise CannotDo(f"{kind!r} is no kind of case; choose one of {', '.join(WORK_KINDS)}.")
    moment = now()
    with transaction.atomic():
        conversation = _access(viewer, conversation_id)
        queue = (
            Queue.objects.get(pk=queue_id) if queue_id else Queues.read().queue_for(kind, team_id=conversation.channel_team_id)
        )
        case, created = Case.objects.get_or_create(
            conversation_id=conversation_id,
            kind=kind,
            state=Case.State.OPEN,
            defaults={
                "queue": queue,
                "opened_at": moment,
                "urgency": max(1, conversation.urgency),
                "reasons": [why.strip() or f"Opened by {viewer.name}."],
            },
        )
        if created:
            _wait_again(conversation_id, case, moment)
            announce_case("case.opened", case)
        audit.note(viewer, "case.open", "conversation", conversation_id, case_id=case.pk, kind=kind, created=created)
        refresh([conversation_id])
    return case.pk


def resolve_case(viewer: Viewer, case_id: int, *, why: str = "", at: datetime | None = None) -> None:
    """The case is done; voices that still wait in it end as handled by this member. May be repeated.

    `at` is when it was done, for a desk that is told of its past; the log says when that was told.
    """
    viewer.check("case.resolve")
    moment = min(at, now()) if at else now()
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case_id)
        _access(viewer, case.conversation_id)
        ended = Case.objects.filter(pk=case_id, state=Case.State.OPEN).update(state=Case.State.RESOLVED, resolved_at=moment)
        if ended:
            announce_case("case.resolved", case)
        waiting = Disposition.objects.filter(case_id=case_id, outcome=Outcome.WAITING)
        waiting.update(
            outcome=Outcome.HANDLED,
            why=(why.strip() or f"{case.kind} case resolved")[:240],
            member_id=viewer.member_id,
            decided_at=moment,
        )
        Clock.objects.filter(case_id=case_id, stopped_at=None).update(stopped_at=moment)
        audit.note(viewer, "case.resolve", "conversation", case.conversation_id, case_id=case_id)
        refresh([case.conversation_id])


def move_case(viewer: Viewer, case_id: int, *, queue_id: int) -> None:
    """The case waits in another queue, with that queue's target counted from when its clock started."""
    viewer.check("case.open")
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case_id)
        _access(viewer, case.conversation_id)
        queue = Queue.objects.get(pk=queue_id)
        Case.objects.filter(pk=case_id).update(queue=queue)
        for clock in Clock.objects.filter(case_id=case_id, stopped_at=None):
            due = due_at(started_at=clock.started_at, target=queue.target, urgency=case.urgency)
            Clock.objects.filter(pk=clock.pk).update(due_at=due)
        audit.note(viewer, "case.move", "conversation", case.conversation_id, case_id=case_id, queue_id=queue_id)
        refresh([case.conversation_id])


def set_quiet(viewer: Viewer, conversation_id: int) -> None:
    """Nobody expects anything more. Refused while someone waits for an answer."""
    viewer.check("conversation.dispose")
    with transaction.atomic():
        _access(viewer, conversation_id)
        if Disposition.objects.filter(outcome=Outcome.WAITING, case__conversation_id=conversation_id).exists():
            raise CannotDo("Somebody still waits for an answer here. Answer, or say how it ends.")
        Conversation.objects.filter(pk=conversation_id).update(quieted_at=now())
        audit.note(viewer, "conversation.quiet", "conversation", conversation_id)
        refresh([conversation_id])


def answered(viewer: Viewer, conversation_id: int, *, interaction_id: int) -> None:
    """A channel accepted our words: they have a place in the conversation, and whoever waited there has their answer.

    May be repeated. Called by the sender once the words are out, not when somebody meant to send them.
    """
    moment = now()
    with transaction.atomic():
        said_at = listening.occurred_at(interaction_id)
        Entry.objects.get_or_create(
            interaction_id=interaction_id, defaults={"conversation_id": conversation_id, "occurred_at": said_at}
        )
        ours = reach.voices([interaction_id])[interaction_id]
        ThreadRef.objects.get_or_create(account_id=ours.account_id, ref=ours.external_id, conversation_id=conversation_id)
        waiting = Disposition.objects.filter(
            outcome=Outcome.WAITING, case__conversation_id=conversation_id, interaction__occurred_at__lte=said_at
        )
        case_ids = set(waiting.values_list("case_id", flat=True))
        waiting.update(
            outcome=Outcome.ANSWERED, why=f"Answered by {viewer.name}."[:240], member_id=viewer.member_id, decided_at=moment
        )
        stop_idle_clocks(case_ids, moment)
        Conversation.objects.filter(pk=conversation_id, assignee=None).update(assignee_id=viewer.member_id)
        audit.note(viewer, "conversation.answer", "conversation", conversation_id, interaction_id=interaction_id)
        refresh([conversation_id])


def came_back(conversation_id: int, *, interaction_ids: Iterable[int], why: str, what: str = "Our answer came back") -> None:
    """None of these words of ours arrived, or stand: whoever had only them for an answer waits again, since the moment they spoke.

    May be repeated. Called when a network says so, often hours after it took them.
    """
    ids = list(interaction_ids)
    with transaction.atomic():
        ours = Entry.objects.filter(conversation_id=conversation_id, interaction__direction="outbound")
        lost_at = ours.filter(interaction_id__in=ids).aggregate(last=Max("occurred_at"))["last"]
        if lost_at is None:
            return
        arrived_at = ours.exclude(interaction_id__in=ids).aggregate(last=Max("occurred_at"))["last"]
        answered = Disposition.objects.select_for_update(of=("self",)).filter(
            outcome=Outcome.ANSWERED, case__conversation_id=conversation_id, interaction__occurred_at__lte=lost_at
        )
        if arrived_at is not None:
            answered = answered.filter(interaction__occurred_at__gt=arrived_at)
        reason = f"{what}: {why}"[:240]
        for disposition in answered.select_related("case", "interaction"):
            voice, case = disposition.interaction, disposition.case
            waits_in = case_for(conversation_id, case.kind, case.urgency, voice.occurred_at, reason)  # type: ignore[union-attr]
            Disposition.objects.filter(pk=disposition.pk).update(
                outcome=Outcome.WAITING, why=reason, case=waits_in, member=None, decided_at=now()
            )
        audit.note(HEARD, "conversation.came_back", "conversation", conversation_id, interaction_ids=ids)
        refresh([conversation_id])


def judge_again(interaction_ids: Iterable[int]) -> None:
    """After a correction: triage with what is true now. An end that a person recorded, or an answer given, stays as it is."""
    ids = list(interaction_ids)
    with transaction.atomic():
        verdicts = understanding.verdicts(HEARD, ids)
        voices = listening.voices(HEARD, ids)
        for disposition in (
            Disposition.objects.select_for_update()
            .filter(interaction_id__in=ids, member__isnull=True)
            .exclude(outcome=Outcome.ANSWERED)
        ):
            if disposition.interaction_id in verdicts:
                _judge_one(disposition, verdicts[disposition.interaction_id], voices[disposition.interaction_id])
        refresh(Entry.objects.filter(interaction_id__in=ids).values_list("conversation_id", flat=True))


def _judge_one(disposition: Disposition, verdict: understanding.Verdict, voice: listening.Voice) -> None:
    moment = now()
    conversation_id = Entry.objects.filter(interaction_id=voice.id).values_list("conversation_id", flat=True).first()
    decision = triage(
        VoiceSigns(
            kind=voice.kind,
            addressed=voice.addressed,
            withdrawn=voice.is_withdrawn,
            kinds=tuple(verdict.kinds),
            answer_due=verdict.answer_due,
            operational=verdict.operational,
            urgency=verdict.urgency,
            has_open_case=False,
            happened_live=False,
            edited=voice.edited_at is not None,
        )
    )
    if decision.outcome != Outcome.WAITING:
        Disposition.objects.filter(pk=disposition.pk).update(
            outcome=decision.outcome, why=decision.why, case=None, decided_at=moment
        )
        drop_empty_case(disposition.case_id, moment)
        return
    if conversation_id is None:
        conversation_id = _conversation_for_chatter(voice)
    cases = [case_for(conversation_id, kind, verdict.urgency, voice.occurred_at, decision.why) for kind in decision.case_kinds]
    Disposition.objects.filter(pk=disposition.pk).update(
        outcome=Outcome.WAITING, why=decision.why, case=cases[0], decided_at=moment
    )
    if disposition.case_id not in {c.pk for c in cases}:
        drop_empty_case(disposition.case_id, moment)


def _conversation_for_chatter(voice: listening.Voice) -> int:
    """What was taken for chatter turns out to be for us: it opens a conversation."""
    [team_id] = listening.teams_of_accounts([voice.account_id]).values()
    conversation = Conversation.objects.create(
        opener_id=voice.identity_id,
        channel_team_id=team_id,
        team_id=team_id,
        subject=voice.subject[:500],
        started_at=voice.occurred_at,
        last_at=voice.occurred_at,
    )
    Participant.objects.create(
        conversation=conversation, identity_id=voice.identity_id, since=voice.occurred_at, in_own_right=True
    )
    Entry.objects.create(conversation=conversation, interaction_id=voice.id, occurred_at=voice.occurred_at)
    return conversation.pk


def _wait_again(conversation_id: int, case: Case, moment) -> None:
    """A case that a person opened has a clock, and the newest inbound voice without another end waits in it."""
    due = due_at(started_at=moment, target=case.queue.target, urgency=case.urgency)
    Clock.objects.create(case=case, started_at=moment, due_at=due)
    newest = (
        Disposition.objects.filter(interaction__in=Entry.objects.filter(conversation_id=conversation_id).values("interaction_id"))
        .exclude(outcome__in=[Outcome.WITHDRAWN, Outcome.WAITING])
        .order_by("-interaction__occurred_at", "-id")
        .first()
    )
    if newest:
        Disposition.objects.filter(pk=newest.pk).update(
            outcome=Outcome.WAITING, why=f"Somebody opened a {case.kind} case for it.", case=case, decided_at=moment
        )


def _check_can_take(member_id: int, conversation: Conversation) -> None:
    colleague = viewer_for(member_id)
    if colleague is None or not colleague.may("conversation.reply"):
        raise CannotDo("That colleague cannot answer customers.")
    if conversation.team_id is not None and not colleague.sees_team(conversation.team_id):
        raise CannotDo(f"{colleague.name} does not belong to the team of this conversation.")


def _access(viewer: Viewer, conversation_id: int) -> Conversation:
    """The only way to a conversation that is about to change. Raises Conversation.DoesNotExist for what the viewer cannot see."""
    return visible_conversations(viewer).select_for_update(of=("self",)).get(pk=conversation_id)


def _access_of(viewer: Viewer, interaction_id: int) -> Conversation | None:
    listening.visible_interactions(viewer).get(pk=interaction_id)
    conversation_id = Entry.objects.filter(interaction_id=interaction_id).values_list("conversation_id", flat=True).first()
    return _access(viewer, conversation_id) if conversation_id else None


seed_queues = make_first_queues

"""Cases that others than the walk need: the open one of a kind, and the end of one that was a misunderstanding."""

from datetime import datetime

from heard.routing.announcements import announce_case
from heard.routing.models import Case, Clock, Conversation, Disposition
from heard.routing.queues import Queues
from heard.routing.rules.order import due_at


def case_for(conversation_id: int, kind: str, urgency: int, since: datetime, why: str) -> Case:
    """The open case of that kind, made when there is none, with a clock that runs."""
    team_id = Conversation.objects.values_list("channel_team_id", flat=True).get(pk=conversation_id)
    queue = Queues.read().queue_for(kind, team_id=team_id)
    case, is_new = Case.objects.get_or_create(
        conversation_id=conversation_id,
        kind=kind,
        state=Case.State.OPEN,
        defaults={"queue": queue, "opened_at": since, "urgency": urgency, "reasons": [why]},
    )
    if is_new:
        announce_case("case.opened", case)
    due = due_at(started_at=since, target=case.queue.target, urgency=urgency)
    Clock.objects.get_or_create(case=case, stopped_at=None, defaults={"started_at": since, "due_at": due})
    return case


def drop_empty_case(case_id: int | None, moment: datetime) -> None:
    """A case in which nobody waits any more because it was a misunderstanding is closed; its clock stops."""
    if case_id is None or Disposition.objects.filter(case_id=case_id).exists():
        return
    if Case.objects.filter(pk=case_id, state=Case.State.OPEN).update(state=Case.State.RESOLVED, resolved_at=moment):
        announce_case("case.resolved", Case.objects.select_related("conversation").get(pk=case_id))
    Clock.objects.filter(case_id=case_id, stopped_at=None).update(stopped_at=moment)

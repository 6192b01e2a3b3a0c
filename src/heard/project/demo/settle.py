"""What the desk of Acme Media did in three weeks: cases long past are closed, each with a colleague and a reason."""

from datetime import datetime, timedelta

from heard.governance.permissions import HEARD, Viewer
from heard.listening.selectors import visible_interactions
from heard.project.demo import history
from heard.routing import actions as routing
from heard.routing import story
from heard.routing.selectors import conversations_of, visible_conversations

HOURS_UNTIL_THEN = tuple(timedelta(hours=hours) for hours in (1.5, 3.2, 0.7, 5.1, 2.4, 8.8, 1.1))
COLLEAGUES = ("alice", "tomasz", "alice", "bob")
HOW_IT_ENDED = {
    "risk": ("Looked into the same day and settled with the customer.", "Called at once; closed by the duty manager."),
    "support": (
        "Rang the customer; it works again.",
        "Repaired with the street; the customer was told by text message.",
        "Settled on the phone.",
    ),
    "sales": ("Priya called; the offer is out.", "Ordered on the phone."),
    "community": ("Another customer had answered it well.",),
    "product": ("Counted and passed to Product.", "On Product's list; the customer knows."),
    "marketing": ("Mia has thanked them.",),
}


def settle(now: datetime, staff: dict[str, Viewer]) -> None:
    """Close every case whose conversation ended before today's shift, apart from those of the stories."""
    kept = set(conversations_of(_of_stories()).values())
    over = visible_conversations(HEARD).filter(last_at__lt=now - history.STILL_FRESH).exclude(id__in=kept)
    for number, conversation in enumerate(over.order_by("last_at")):
        colleague = staff[COLLEAGUES[number % len(COLLEAGUES)]]
        for case in story.cases(conversation):
            if case.is_open:
                endings = HOW_IT_ENDED.get(case.kind, ("Dealt with.",))
                done_at = case.opened_at + HOURS_UNTIL_THEN[number % len(HOURS_UNTIL_THEN)]
                routing.resolve_case(colleague, case.id, why=endings[number % len(endings)], at=done_at)


def _of_stories() -> list[int]:
    return list(
        visible_interactions(HEARD).filter(account__is_demo=True, external_id__startswith="story-").values_list("id", flat=True)
    )

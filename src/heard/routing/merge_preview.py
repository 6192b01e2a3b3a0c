"""What becoming one customer means for conversations and cases, in words for the colleague who decides."""

from collections.abc import Sequence

from heard.governance.permissions import Viewer
from heard.identity.slots import Change
from heard.kernel import bulk
from heard.routing.models import Case, Participant
from heard.routing.selectors import visible_conversations


def of_conversations(viewer: Viewer, ours: Sequence[int], theirs: Sequence[int]) -> list[Change]:
    """Three queries. Nothing is moved: each stays what it is, and later words may go on with either."""
    left, right = _of(viewer, ours), _of(viewer, theirs)
    cases = Case.objects.filter(conversation_id__in=bulk.among(left | right), state=Case.State.OPEN).count()
    if not left | right:
        return []
    words = f"{_counted(len(left | right), 'conversation')} on one page, {len(left)} and {len(right)}. None is moved or merged."
    more = " What they write from now on may go on with either; taking this back parts it again."
    found = [Change("Conversations", words + (more if left and right else ""))]
    if cases:
        found.append(Change("Cases", f"{_counted(cases, 'open case')}, each with its own queue and clock as before."))
    return found


def _of(viewer: Viewer, identity_ids: Sequence[int]) -> set[int]:
    taking_part = Participant.objects.filter(identity_id__in=bulk.among(identity_ids)).values("conversation_id")
    there: set[int] = set(visible_conversations(viewer).filter(id__in=taking_part).values_list("id", flat=True))
    return there


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"

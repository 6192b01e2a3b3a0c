"""What routing plugs in to earlier rooms, and does on their news."""

from heard.kernel.outbox import listen
from heard.listening.slots import narrowings
from heard.routing.actions import judge_again
from heard.routing.selectors import narrow_interactions

narrowings.plug("routing.conversations", narrow_interactions)


@listen("verdict.corrected")
def route_as_corrected(interaction_id: int, **_: object) -> None:
    """A colleague said what a voice really means: its place follows."""
    judge_again([interaction_id])

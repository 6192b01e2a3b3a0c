"""What understanding plugs in at start-up: its own assessors, in their order."""

from heard.kernel.clock import now
from heard.kernel.outbox import listen
from heard.understanding.assessors import STANDARD
from heard.understanding.learning import assessor, learn
from heard.understanding.slots import assessors
from heard.understanding.topics.assessor import Topics
from heard.understanding.topics.targets import Targets

for _name, _assessor in STANDARD.items():
    assessors.plug(_name, _assessor)
assessors.plug("topics", Topics())
assessors.plug("targets", Targets())
assessors.plug(assessor.NAME, assessor.Learnt())


@listen("verdict.corrected")
def remember_to_learn(field: str, **_: object) -> None:
    """A colleague said what is true: the field is learnt anew once they stop for a moment."""
    learn.remember(field, now=now())

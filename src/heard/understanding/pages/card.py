"""One voice to be judged: what it says, what Heard made of it, and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from heard.governance.permissions import Viewer
from heard.listening import pages as listening_pages
from heard.understanding import selectors
from heard.understanding.learning.teach import Question, teach_me
from heard.understanding.learning.values import LEARNT
from heard.understanding.pages import words
from heard.understanding.rules.marking import Part, marked

MOST_SKIPPED = 100  # of the newest; what was skipped before may be asked again
ASKED_FIRST = "sentiment"  # of a voice of which no field is told to be unsure


@dataclass(frozen=True)
class Reason:
    value: str
    because: str
    evidence: Sequence[str]


@dataclass(frozen=True)
class Card:
    """`said` is what stands there now, `given` the same as forms give it. `is_unsure`: the path itself holds this field to be unsure."""

    hit: listening_pages.Hit
    field: str
    said: str
    given: Sequence[str]
    choices: Sequence[words.Choice]
    reasons: Sequence[Reason]
    parts: Sequence[Part]
    others: Sequence[tuple[Any, str]]  # what else was made of it: (field, value)
    is_unsure: bool
    said_by: str  # the colleague who said so already; "" for none

    @property
    def is_set(self) -> bool:
        return words.is_set(self.field)


def next_card(viewer: Viewer, *, field: str = "", skipped: Collection[int] = ()) -> Card | None:
    """The most useful voice that was not skipped; of any field unless one is named. None when there is no more to ask.

    Raises NotAllowed. A constant number of queries.
    """
    for question in teach_me(viewer, field=field or None, limit=len(skipped) + 1):
        if question.interaction_id not in skipped and (card := card_of(viewer, question.interaction_id, _asked(question, field))):
            return card
    return None


def _asked(question: Question, field: str) -> str:
    return field or next((name for name in question.fields if name in LEARNT), ASKED_FIRST)


def card_of(viewer: Viewer, interaction_id: int, field: str) -> Card | None:
    """None for a voice that the viewer does not see, or that nobody assessed."""
    hits = listening_pages.hits(viewer, [interaction_id])
    verdict = selectors.verdicts(viewer, [interaction_id]).get(interaction_id)
    if not hits or verdict is None:
        return None
    value = getattr(verdict, field)
    reasons = [_reason(reason) for reason in verdict.reasons if reason["field"] == field]
    return Card(
        hit=hits[0],
        field=field,
        said=words.value_words(value),
        given=[words.written(one) for one in (value if isinstance(value, tuple) else [value])],
        choices=words.choices(field),
        reasons=reasons,
        parts=marked(hits[0].voice.text, [one for reason in reasons for one in reason.evidence]),
        others=[(words.name_of(name), words.value_words(getattr(verdict, name))) for name in LEARNT if name != field],
        is_unsure=field in verdict.unsure,
        said_by=verdict.corrected[field][0] if field in verdict.corrected else "",
    )


def _reason(reason: dict) -> Reason:
    evidence = {one.casefold(): one for one in reason.get("evidence", ())}
    return Reason(words.value_words(reason["value"]), reason["because"], list(evidence.values()))

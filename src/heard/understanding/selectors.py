"""Questions about what voices mean. Corrections of people win over any assessment."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from heard.governance.permissions import Viewer
from heard.kernel import bulk
from heard.listening import selectors as listening
from heard.understanding.models import Assessment, Correction


@dataclass(frozen=True)
class Verdict:
    """What is held to be true of a voice now."""

    interaction_id: int
    language: str
    sentiment: str
    kinds: tuple[str, ...]
    answer_due: bool
    operational: bool
    analytical: bool
    urgency: int
    private: tuple[str, ...]
    confidence: float
    reasons: tuple[dict, ...]
    corrected: dict[str, tuple[str, datetime]]  # field: (member's name, when)


_READ = tuple(name for name in Verdict.__dataclass_fields__ if name != "corrected")


def verdicts(viewer: Viewer, interaction_ids: Iterable[int]) -> dict[int, Verdict]:
    """The verdict on each visible one of `interaction_ids` that was assessed. Three queries for any number."""
    seen = listening.visible_interactions(viewer).filter(id__in=list(interaction_ids))
    return verdicts_on(seen.values_list("id", flat=True))


def verdicts_on(interaction_ids: Iterable[int]) -> dict[int, Verdict]:
    """For callers that have asked already whether the viewer sees the voices. Two queries for any number."""
    found: dict[int, Verdict] = {}
    read = Assessment.objects.filter(interaction_id__in=list(interaction_ids)).order_by("version")
    for a in read.values_list(*_READ, named=True):
        found[a.interaction_id] = Verdict(
            interaction_id=a.interaction_id,
            language=a.language,
            sentiment=a.sentiment,
            kinds=tuple(a.kinds),
            answer_due=a.answer_due,
            operational=a.operational,
            analytical=a.analytical,
            urgency=a.urgency,
            private=tuple(a.private),
            confidence=a.confidence,
            reasons=tuple(a.reasons),
            corrected={},
        )
    for c in Correction.objects.filter(interaction_id__in=list(found)).select_related("member").order_by("id"):
        verdict = found[c.interaction_id]
        value = tuple(c.value) if isinstance(c.value, list) else c.value
        changed: dict[str, Any] = {c.field: value, "corrected": verdict.corrected | {c.field: (c.member.name, c.made_at)}}
        found[c.interaction_id] = replace(verdict, **changed)
    return found


class Gist(NamedTuple):
    """As much of a verdict as a list shows."""

    kinds: tuple[str, ...]
    sentiment: str
    language: str


def gists(interaction_ids: Iterable[int]) -> dict[int, Gist]:
    """{interaction: gist} for rooms that work out what lists show. Two queries for any number; asks for no viewer."""
    ids = list(interaction_ids)
    read = (
        Assessment.objects.filter(interaction_id__in=bulk.among(ids))
        .order_by("version")
        .values_list("interaction_id", "kinds", "sentiment", "language")
    )
    found = {id_: Gist(tuple(kinds), sentiment, language) for id_, kinds, sentiment, language in read}
    corrections = Correction.objects.filter(interaction_id__in=bulk.among(ids), field__in=Gist._fields).order_by("id")
    for id_, field, value in corrections.values_list("interaction_id", "field", "value"):
        if id_ in found:
            changed: dict[str, Any] = {field: tuple(value) if isinstance(value, list) else value}
            found[id_] = found[id_]._replace(**changed)
    return found

"""Questions about what voices mean. Corrections of people win over any assessment."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db.models import Case, IntegerField, QuerySet, TextField, When
from django.db.models.functions import Cast
from msgspec import Struct
from msgspec.structs import replace

from heard.governance.permissions import Viewer
from heard.kernel.prepared import given_ids, prepared
from heard.listening import selectors as listening
from heard.understanding.models import Assessment, Correction, ReadingVersion
from heard.understanding.rules.cuts import cuts


class Verdict(Struct, frozen=True, gc=False):
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
    emotion: str
    complexity: str
    offence: bool
    ironic: bool
    topic_id: int | None
    targets: tuple[tuple[str, str], ...]
    unsure: tuple[str, ...]
    near: int | None
    reasons_as_json: str  # most verdicts are shown without them
    corrected: dict[str, tuple[str, datetime]]  # field: (member's name, when)

    @property
    def reasons(self) -> tuple[dict, ...]:
        """Read anew each time."""
        return tuple(msgspec.json.decode(self.reasons_as_json))


def verdicts(viewer: Viewer, interaction_ids: Iterable[int]) -> dict[int, Verdict]:
    """The verdict on each visible one of `interaction_ids` that was assessed. Three queries for any number."""
    seen = listening.visible_interactions(viewer).filter(id__in=list(interaction_ids))
    return verdicts_on(seen.values_list("id", flat=True))


def verdicts_on(ids: Iterable[int]) -> dict[int, Verdict]:
    """For callers that have asked already whether the viewer sees the voices. Two queries for any number."""
    found: dict[int, Verdict] = {}
    for row in _assessments(ids=ids):
        values: list[Any] = [tuple(value) if isinstance(value, list) else value for value in row]
        found[row[0]] = Verdict(*values, {})  # type: ignore[call-arg]
    for id_, field, value, member, made_at in _corrections(ids=found) if found else ():
        verdict = found[id_]
        changed: dict[str, Any] = {field: tuple(value) if isinstance(value, list) else value}
        found[id_] = replace(verdict, **changed, corrected=verdict.corrected | {field: (member, made_at)})
    return found


_READ = Verdict.__struct_fields__[:-2]  # as they are stored


@prepared
def _assessments() -> QuerySet:
    """What counts last."""
    read = Assessment.objects.filter(interaction_id__in=given_ids("ids")).order_by(*counts_last())
    return read.values_list(*_READ, Cast("reasons", TextField()))


def counts_last() -> tuple[Any, ...]:
    """To order the assessments of a voice by, so that the last one is what counts: of the words that stand, by the newest version.

    Those of a version that was set aside (learning/versions.py) are overruled by any other of the same words.
    """
    aside = ReadingVersion.objects.filter(is_aside=True).values("number")
    return ("words", Case(When(version__in=aside, then=0), default=1, output_field=IntegerField()), "version")


@prepared
def _corrections() -> QuerySet:
    """Newest last."""
    made = Correction.objects.filter(interaction_id__in=given_ids("ids")).order_by("id")
    return made.values_list("interaction_id", "field", "value", "member__name", "made_at")


class Gist(NamedTuple):
    """As much of a verdict as a list shows."""

    kinds: tuple[str, ...]
    sentiment: str
    language: str
    cuts: tuple[str, ...]  # for whom it is something else than as a whole; see rules/cuts.py


def gists(interaction_ids: Iterable[int]) -> dict[int, Gist]:
    """{interaction: gist} for rooms that work out what lists show. Two queries for any number; asks for no viewer."""
    ids = list(interaction_ids)
    found = {id_: Gist(tuple(k), s, language, cuts(s, targets, language)) for id_, k, s, language, targets in _gists(ids=ids)}
    for id_, field, value in _corrected_gists(ids=ids):
        if id_ in found:
            changed: dict[str, Any] = {field: tuple(value) if isinstance(value, list) else value}
            if field == "sentiment" and value != "mixed":
                changed["cuts"] = ()  # a colleague says that it is all one
            found[id_] = found[id_]._replace(**changed)
    return found


@prepared
def _gists() -> QuerySet:
    """What counts last."""
    read = Assessment.objects.filter(interaction_id__in=given_ids("ids")).order_by(*counts_last())
    return read.values_list("interaction_id", "kinds", "sentiment", "language", "targets")


@prepared
def _corrected_gists() -> QuerySet:
    """Newest last."""
    made = Correction.objects.filter(interaction_id__in=given_ids("ids"), field__in=Gist._fields).order_by("id")
    return made.values_list("interaction_id", "field", "value")

"""Which weights judge: those learnt from one's own data, or those that ship with Heard."""

import msgspec
from django.db.models import QuerySet

from heard.identity.models import MatchWeights
from heard.identity.rules.matching import SHIPPED, Weights
from heard.identity.rules.matching.weights import Level
from heard.kernel.prepared import prepared


def current() -> Weights:
    return learnt(*MatchWeights.objects.values_list("version", "levels").get(is_used=True)) if _learnt_in_use() else SHIPPED


@prepared
def _learnt_in_use() -> QuerySet:
    return MatchWeights.objects.filter(is_used=True).values_list("version")


def learnt(version: str, levels: dict) -> Weights:
    """What was learnt stands over what ships, level by level."""
    ours = msgspec.convert(levels, dict[str, dict[str, Level]])
    both = {field: {**known, **ours.get(field, {})} for field, known in SHIPPED.levels.items()}
    return msgspec.structs.replace(SHIPPED, version=version, levels=both)

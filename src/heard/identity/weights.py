"""Which weights judge: those learnt from one's own data, or those that ship with Heard."""

import msgspec

from heard.identity.models import MatchWeights
from heard.identity.rules.matching import SHIPPED, Weights
from heard.identity.rules.matching.weights import Level


def current() -> Weights:
    row = MatchWeights.objects.filter(is_used=True).values_list("version", "levels").first()
    return SHIPPED if row is None else learnt(*row)


def learnt(version: str, levels: dict) -> Weights:
    """What was learnt stands over what ships, level by level."""
    ours = msgspec.convert(levels, dict[str, dict[str, Level]])
    both = {field: {**known, **ours.get(field, {})} for field, known in SHIPPED.levels.items()}
    return msgspec.structs.replace(SHIPPED, version=version, levels=both)

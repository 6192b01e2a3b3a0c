"""Evidence as it is kept and read: part by part, and as one sentence."""

from typing import Any

from heard.identity.rules.matching.compare import Evidence, Part
from heard.identity.rules.traits import FIELDS

SPEAKS = 0.5  # bits; less is not worth a word


def parts_of(evidence: Evidence) -> list[dict[str, Any]]:
    """[{"field", "level", "left", "right", "bits"[, "hub"]}, ...], the strongest first; they add up to the weight.

    The last is {"field": "prior"}: how unlikely it is that any two are one, and what too little evidence is held down by.
    """
    told = sorted(evidence.parts, key=lambda part: -abs(part.bits))
    parts = [_part(part) for part in told]
    rest = evidence.bits - sum(part["bits"] for part in parts)
    return [*parts, {"field": "prior", "bits": round(rest, 2)}]


def _part(part: Part) -> dict[str, Any]:
    field, level = ("name", f"middle {part.level}") if part.field == "middle" else (part.field, part.level)
    told: dict[str, Any] = {"field": field, "level": level, "left": part.left, "right": part.right, "bits": round(part.bits, 2)}
    return {**told, "hub": True} if part.hub else told


def why(evidence: Evidence) -> str:
    """ "They agree on surname and date of birth, and differ in postcode." """
    agree = _fields(evidence, 1)
    differ = _fields(evidence, -1)
    if not agree:
        return f"They differ in {_listed(differ)}." if differ else "Too little is known of them."
    return f"They agree on {_listed(agree)}{f', and differ in {_listed(differ)}' if differ else ''}."


def _fields(evidence: Evidence, sign: int) -> list[str]:
    told = sorted((p for p in evidence.parts if p.bits * sign >= SPEAKS), key=lambda part: -part.bits * sign)
    return list(dict.fromkeys(FIELDS.get("name" if p.field == "middle" else p.field, p.field).lower() for p in told))


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))

"""Weights from one's own data: what Splink finds out about it, without anybody saying who is who.

Splink and DuckDB are not needed to run Heard: `pip install heard[learn]`. Nothing changes until the weights are taken into use, and
the ones before can be taken back; judgements name the version that made them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import log2
from typing import Any

from msgspec import Struct, to_builtins

from heard.identity.models import MatchWeights, Trait
from heard.identity.rules.matching import SHIPPED, Profile
from heard.identity.rules.matching.weights import Level
from heard.kernel import bulk
from heard.kernel.clock import now

LEAST_RECORDS = 200
LEAST_SHARE = 0.1  # of the records that must say something in a field
LEAST_DISTINCT = 0.05  # of what is said in a field to learn by holding those together who agree on it
STRONGEST = 10.0  # bits: what a level without a frequency may be worth, either way
# What our levels are in SQL, the closest first; "exact" comes before them, "differs" is the rest.
CLOSE = "jaro_winkler_similarity({0}_l, {0}_r) >= 0.92 OR damerau_levenshtein({0}_l, {0}_r) <= 1"
LEVELS: Mapping[str, Sequence[tuple[str, str]]] = {
    "given_name": [("close", CLOSE), ("alike", "jaro_winkler_similarity({0}_l, {0}_r) >= 0.8")],
    "surname": [("close", CLOSE), ("alike", "jaro_winkler_similarity({0}_l, {0}_r) >= 0.84")],
    "birth_date": [
        ("one digit", "damerau_levenshtein({0}_l, {0}_r) <= 1"),
        ("year", "substr({0}_l, 1, 4) = substr({0}_r, 1, 4)"),
    ],
    "birth_place": [("close", CLOSE)],
    "gender": [],
    "email": [
        ("close", "damerau_levenshtein({0}_l, {0}_r) <= 3"),
        ("same name", "split_part({0}_l, '@', 1) = split_part({0}_r, '@', 1)"),
    ],
    "phone": [("one digit", "damerau_levenshtein({0}_l, {0}_r) <= 1")],
    "street": [("close", CLOSE)],
    "postcode": [("one character", "damerau_levenshtein({0}_l, {0}_r) <= 1")],
    "city": [("close", CLOSE)],
    "employer": [("close", CLOSE)],
    "occupation": [("close", CLOSE)],
}


class CannotLearn(Exception):
    """There is too little to learn from, or Splink is not there; the text says which. Nothing was changed."""


class NoSuchWeights(Exception):
    """Nothing was learnt under this name. What judged goes on judging."""


class Learnt(Struct, frozen=True):
    """`levels` as in rules/matching/weights.py, of what could be learnt; `report` says from what."""

    levels: dict[str, dict[str, Level]]
    report: dict[str, Any]


def learn(profiles: Iterable[Profile]) -> Learnt:
    """Raises CannotLearn."""
    rows = [_row(number, profile) for number, profile in enumerate(profiles)]
    if len(rows) < LEAST_RECORDS:
        raise CannotLearn(f"There are {len(rows)} records that say something; {LEAST_RECORDS} are needed to learn from.")
    said = {field: [row[field] for row in rows if row[field]] for field in LEVELS}
    fields = [field for field, values in said.items() if len(values) >= LEAST_SHARE * len(rows) and len(set(values)) > 1]
    blocks = [f for f in fields if len(set(said[f])) >= LEAST_DISTINCT * len(said[f]) and f not in ("gender", "occupation")]
    if len(blocks) < 2:
        raise CannotLearn("Less than two fields tell people apart; names and one more are needed to learn from.")
    model = _trained(rows, fields, sorted(blocks, key=lambda f: -len(set(said[f]))))
    levels = {field: found for field in fields if (found := _levels(field, model.get(field, {})))}
    report = {
        "records": len(rows),
        "fields": {field: {"said": len(said[field]), "different": len(set(said[field]))} for field in fields},
        "held_together_by": blocks,
    }
    return Learnt(levels, report)


def _row(number: int, profile: Profile) -> dict[str, Any]:
    name = profile.names[0] if profile.names else None
    said = {field: values[0] for field, values in profile.values.items()}
    said |= {"given_name": name.given, "surname": name.surname} if name else {}
    return {"unique_id": number, **{field: said.get(field) or None for field in LEVELS}}


def _trained(
    rows: list[dict[str, Any]], fields: Sequence[str], blocks: Sequence[str]
) -> dict[str, dict[str, tuple[float, float]]]:
    """{field: {level: (m, u)}} of the levels that Splink could learn."""
    try:
        import pyarrow
        from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    except ImportError as error:
        raise CannotLearn("Splink is not installed. Run: pip install heard[learn]") from error
    settings = SettingsCreator(link_type="dedupe_only", comparisons=[_comparison(field) for field in fields])
    linker = Linker(DuckDBAPI().register(pyarrow.Table.from_pylist(rows)), settings, log_level="ERROR")
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for field in blocks:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(field))
    model = linker.misc.save_model_to_json()
    return {c["output_column_name"]: _learnt_levels(c["comparison_levels"]) for c in model["comparisons"]}


def _comparison(field: str) -> dict[str, Any]:
    steps = [("exact", f"{field}_l = {field}_r"), *((name, sql.format(field)) for name, sql in LEVELS[field])]
    return {
        "output_column_name": field,
        "comparison_levels": [
            {"sql_condition": f"{field}_l IS NULL OR {field}_r IS NULL", "label_for_charts": "unknown", "is_null_level": True},
            *({"sql_condition": sql, "label_for_charts": name} for name, sql in steps),
            {"sql_condition": "ELSE", "label_for_charts": "differs"},
        ],
    }


def _learnt_levels(levels: Iterable[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    known = [level for level in levels if not level.get("is_null_level")]
    return {
        level["label_for_charts"]: (m, u)
        for level in known
        if (m := level.get("m_probability")) and (u := level.get("u_probability"))
    }


def _levels(field: str, learnt: Mapping[str, tuple[float, float]]) -> dict[str, Level]:
    """An exact agreement keeps following the frequency of its value; only how often one person repeats it was learnt."""
    found = {}
    for name, (m, u) in learnt.items():
        shipped = SHIPPED.levels[field].get(name)
        if shipped is None:
            continue
        if name == "exact" and shipped.share:
            found[name] = Level(round(log2(m), 2), shipped.share, shipped.most)
        else:
            found[name] = Level(round(max(-STRONGEST, min(STRONGEST, log2(m / u))), 2))
    return found


# ── Kept, used, taken back ──────────────────────────────────────────────────────────────────────────────────────────


def keep(learnt: Learnt) -> str:
    """A new version, not yet in use. Returns its name."""
    moment = now()
    version = f"own-{moment:%Y%m%d-%H%M%S}"
    MatchWeights.objects.create(version=version, levels=to_builtins(learnt.levels), report=learnt.report, learnt_at=moment)
    return version


def versions() -> list[tuple[str, datetime, int, bool]]:
    """(version, when it was learnt, from how many records, whether it judges), the oldest first."""
    rows = MatchWeights.objects.order_by("learnt_at").values_list("version", "learnt_at", "report", "is_used")
    return [(version, learnt_at, report.get("records", 0), is_used) for version, learnt_at, report, is_used in rows]


def use(version: str) -> None:
    """From now on these weights judge. "heard-2", or whatever ships, takes the learnt ones out of use. Raises NoSuchWeights."""
    with bulk.one_writer():
        if version != SHIPPED.version and not MatchWeights.objects.filter(version=version).exists():
            raise NoSuchWeights(version)
        MatchWeights.objects.filter(is_used=True).update(is_used=False)
        MatchWeights.objects.filter(version=version).update(is_used=True)


def talkative(limit: int) -> list[int]:
    """Identities of whom something was said beyond what they are by themselves, the newest first."""
    return list(Trait.objects.order_by("-identity_id").values_list("identity_id", flat=True).distinct()[:limit])

"""How far the two readers of our own voices agree; a Markdown table, before anything is settled.

    python -m heard.understanding.train.agreement

Cohen's kappa takes off what chance alone would give: 0 is chance, 1 is full agreement. `nan` stands where a label
never occurs on one side. docs/algorithms/voices.md says who read.
"""

import json
from collections.abc import Callable, Iterable
from operator import itemgetter
from pathlib import Path

FOLDER = Path(__file__).parent / "voices"
SETS = ("v1", "v2", "v3", "v4")
KINDS = ("support", "sales", "praise", "product", "marketing", "community", "risk", "spam")
PRIVATE = ("card", "iban", "ssn", "phone", "email", "address", "password", "health", "order")
PLAIN = ("sentiment", "answer_due", "operational", "analytical", "urgency", "complexity")
HEADER = "| field | voices | the same | kappa |\n|---|---|---|---|"

Pair = tuple[dict, dict]


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def voices() -> list[dict]:
    """All voices in the order of their sets: id, text, channel, language, of."""
    return [voice for name in SETS for voice in lines(FOLDER / f"{name}.jsonl")]


def labels(reader: str) -> dict[str, dict]:
    """By id, as read by `reader`: first, second or settled."""
    return {label["id"]: label for name in SETS for label in lines(FOLDER / "labels" / reader / f"{name}.jsonl")}


def same(left: list, right: list) -> float:
    return sum(map(lambda a, b: a == b, left, right)) / max(len(left), 1)


def kappa(left: list, right: list) -> float:
    """Cohen's kappa, -1..1; nan where both sides know a single value only and chance explains everything."""
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(left, right)) if len({*left, *right}) > 1 else float("nan")


def row(name: str, pairs: list[Pair], read: Callable[[dict], object]) -> str:
    left, right = [read(a) for a, _ in pairs], [read(b) for _, b in pairs]
    return f"| {name} | {len(pairs)} | {same(left, right):.1%} | {kappa(left, right):.2f} |"


def row_of_set(name: str, pairs: list[Pair], field: str, members: Iterable[str]) -> str:
    """Same: the whole set is equal. Kappa: over every single yes or no (micro)."""
    whole = same([set(a[field]) for a, _ in pairs], [set(b[field]) for _, b in pairs])
    single = [(member in a[field], member in b[field]) for a, b in pairs for member in members]
    return f"| {name} | {len(pairs)} | {whole:.1%} | {kappa(*map(list, zip(*single, strict=True))):.2f} |"


def row_within_one(pairs: list[Pair]) -> str:
    near = sum(abs(a["urgency"] - b["urgency"]) <= 1 for a, b in pairs) / len(pairs)
    return f"| urgency, within one | {len(pairs)} | {near:.1%} | |"


def rows_of_members(pairs: list[Pair], field: str, members: Iterable[str]) -> list[str]:
    def holding(member: str) -> Callable[[dict], bool]:
        return lambda label: member in label[field]

    return [row(f"{field}: {member}", pairs, holding(member)) for member in members]


def rows_by(trait: str, pairs: list[Pair], about: dict[str, dict]) -> list[str]:
    """Kinds, for each value of a trait of the voice (its language, its channel), most voices first."""
    values = [about[a["id"]][trait] for a, _ in pairs]
    return [
        row_of_set(f"kinds, {value}", [p for p, v in zip(pairs, values, strict=True) if v == value], "kinds", KINDS)
        for value in sorted(set(values), key=lambda v: (-values.count(v), v))
    ]


def table(first: dict[str, dict], second: dict[str, dict], about: list[dict]) -> str:
    pairs = [(first[voice["id"]], second[voice["id"]]) for voice in about]
    by_id = {voice["id"]: voice for voice in about}
    parts = [HEADER, *(row(field, pairs, itemgetter(field)) for field in PLAIN)]
    parts += [row_within_one(pairs), row_of_set("kinds, the set", pairs, "kinds", KINDS)]
    parts += rows_of_members(pairs, "kinds", KINDS)
    parts += [row_of_set("private, the set", pairs, "private", PRIVATE), *rows_of_members(pairs, "private", PRIVATE)]
    return "\n".join(parts + rows_by("language", pairs, by_id) + rows_by("channel", pairs, by_id))


if __name__ == "__main__":
    print(table(labels("first"), labels("second"), voices()))

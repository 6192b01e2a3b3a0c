"""Personal data in texts: how much of it is found, and how often something is found that nobody marked.

    --data FILE    {"full_text", "spans": [{"entity_type", "entity_value", "start_position", "end_position"}]}, as pii_presidio, or
                   {"text"} of ordinary posts, as airline: then one item is planted in every second of them

value          recall over spans of the kinds that have a form of their own: card, IBAN, national number, phone and mail address. A
               span counts as found when something of its kind is seen in it. Of planted items the same kinds.
metrics        recall (the value), recall_with_addresses (street addresses too, as far as marked), recall_by_kind, spans_by_kind,
               false_per_1000: finds of kinds that FILE marks, address among them, outside of any span, per 1,000 texts; of ordinary posts
               finds of the five kinds in those in which nothing was planted, whether or not they are right: people do post their
               mail address,
               planted: the same figures on airline posts with planted items, where that set is there: made by the same hand as the
               patterns, so optimistic
rate           posts per CPU second of rules/personal_data.py on ordinary posts, airline if it is there, else FILE; `rate_on` says which

What is not claimed: names, places, dates, IP addresses, web addresses, ages, licence numbers of drivers. Passwords, health and order
numbers are found and stand in no public set; tests of the room hold them.
"""

import random
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from asked import Asked, Measured, rate_of, rows_of

from heard.understanding.rules.personal_data import Datum, personal_data_of

GOAL = {"default": 0.99}
UNIT = "recall"
KINDS = {
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "ssn",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    "STREET_ADDRESS": "address",
}
SHAPED = ("card", "iban", "ssn", "phone", "email")
BATCH = 2000


class Marked(NamedTuple):
    kind: str
    start: int
    end: int


class Row(NamedTuple):
    text: str
    marked: list[Marked]
    is_judged: bool = True  # whether a find outside of what is marked counts as false


def measure(asked: Asked) -> Measured:
    ordinary = _ordinary(asked)
    has_spans = bool(asked.rows) and "spans" in asked.rows[0]
    rows = [_of_presidio(row, asked.text_field or "full_text") for row in asked.rows] if has_spans else _planted(ordinary)
    found = _figures(rows)
    if has_spans and ordinary:
        found["planted"] = _figures(_planted(ordinary))
    posts = ordinary or [row.text for row in rows]
    return Measured(
        value=found["recall"],
        metrics=found,
        n=len(rows),
        rate=round(rate_of(lambda: _finds(posts), len(posts))),
        model="rules/personal_data.py",
        more={"rate_on": "ordinary posts" if ordinary else "the texts of FILE"},
    )


def _ordinary(asked: Asked) -> list[str]:
    if asked.rows and "spans" not in asked.rows[0]:
        return asked.texts()
    airline = asked.data / "airline.jsonl.gz"
    return [row["text"] for row in rows_of(airline)] if airline.exists() else []


def _of_presidio(row: dict, text_field: str) -> Row:
    spans = [(KINDS[s["entity_type"]], s) for s in row["spans"] if s["entity_type"] in KINDS]
    others = [("", s) for s in row["spans"] if s["entity_type"] not in KINDS]
    return Row(row[text_field], [Marked(kind, s["start_position"], s["end_position"]) for kind, s in spans + others])


def _figures(rows: Sequence[Row]) -> dict:
    """A find in something that was marked as another kind is not counted as false, nor as found."""
    seen = _finds([row.text for row in rows])
    marked, hits, false = Counter[str](), Counter[str](), Counter[str]()
    for row, data in zip(rows, seen, strict=True):
        for span in row.marked:
            marked[span.kind] += 1
            hits[span.kind] += any(d.kind == span.kind and _meet(d, span) for d in data)
        if row.is_judged:
            false.update(d.kind for d in data if not any(_meet(d, span) for span in row.marked))
    kinds = [kind for kind in KINDS.values() if marked[kind]]
    judged = max(1, sum(row.is_judged for row in rows))
    return {
        "recall": _share(hits, marked, SHAPED),
        "recall_with_addresses": _share(hits, marked, tuple(KINDS.values())),
        "recall_by_kind": {kind: _share(hits, marked, (kind,)) for kind in kinds},
        "spans_by_kind": {kind: marked[kind] for kind in kinds},
        "false_per_1000": round(1000 * sum(false[kind] for kind in kinds) / judged, 2),
        "false_by_kind": {kind: false[kind] for kind in kinds},
    }


def _meet(datum: Datum, span: Marked) -> bool:
    return datum.start < span.end and span.start < datum.end


def _share(hits: Counter[str], marked: Counter[str], kinds: Sequence[str]) -> float:
    return round(sum(hits[k] for k in kinds) / max(1, sum(marked[k] for k in kinds)), 4)


def _finds(texts: Sequence[str]) -> list[list[Datum]]:
    return [found for start in range(0, len(texts), BATCH) for found in personal_data_of(texts[start : start + BATCH])]


# ── Planted items ───────────────────────────────────────────────────────────────────────────────────────────────────


def _planted(posts: Sequence[str]) -> list[Row]:
    """Every second post with one item, in front, at the end or between two words; the others as they are, and judged."""
    dice, rows = random.Random(20), []
    for n, post in enumerate(posts):
        if n % 2:
            rows.append(Row(post, []))
            continue
        kind = SHAPED[n // 2 % len(SHAPED)]
        item = MAKERS[kind](dice)
        words = post.split(" ")
        at = dice.choice((0, len(words), dice.randint(0, len(words))))
        before = " ".join(words[:at])
        start = len(before) + bool(before)
        text = " ".join([*words[:at], item, *words[at:]])
        rows.append(Row(text, [Marked(kind, start, start + len(item))], is_judged=False))
    return rows


def _digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choice("0123456789") for _ in range(count))


def _card(dice: random.Random) -> str:
    begin, length = dice.choice((("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16), ("36", 14)))
    body = begin + _digits(dice, length - len(begin) - 1)
    doubled = sum(sum(divmod(2 * int(c), 10)) for c in body[::-2]) + sum(int(c) for c in body[-2::-2])
    number = body + str(-doubled % 10)
    between = dice.choice(("", " ", "-"))
    return between.join(number[n : n + 4] for n in range(0, length, 4))


def _iban(dice: random.Random) -> str:
    country, length, letters = dice.choice(
        (("DE", 22, ""), ("FR", 27, ""), ("ES", 24, ""), ("GB", 22, "NWBK"), ("NL", 18, "ABNA"), ("AT", 20, ""))
    )
    body = letters + _digits(dice, length - 4 - len(letters))
    check = 98 - int("".join(str(int(c, 36)) for c in f"{body}{country}00")) % 97
    number = f"{country}{check:02}{body}"
    return " ".join(number[n : n + 4] for n in range(0, length, 4)) if dice.random() < 0.5 else number


def _ssn(dice: random.Random) -> str:
    return f"{dice.randint(1, 665):03}-{dice.randint(1, 99):02}-{dice.randint(1, 9999):04}"


def _phone(dice: random.Random) -> str:
    form = dice.choice(
        (
            "(2##) 2##-####",
            "2##-2##-####",
            "+1 2## 2## ####",
            "+44 20 7### ####",
            "+49 30 2######",
            "020 7### ####",
            "0171 2######",
            "06 2# ## ## ##",
        )
    )
    return "".join(dice.choice("0123456789") if c == "#" else c for c in form)


def _email(dice: random.Random) -> str:
    name = dice.choice(("dana", "eve.smith", "gil_99", "j-m.perez", "o'hara"))
    return f"{name}{dice.randint(0, 99)}@{dice.choice(('example.org', 'mail.example.co.uk', 'example.io'))}"


MAKERS = {"card": _card, "iban": _iban, "ssn": _ssn, "phone": _phone, "email": _email}

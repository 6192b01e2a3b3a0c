"""Copies of posts: how many are known for what they are after some words of them were replaced.

    --data FILE    {"text"} of ordinary posts; the airline tweets where none is given. Those of 14 words or more are copied

value          share of copies with one word replaced (by one of another post) that rules/near.py finds: alike, and with a key in common
metrics        found {words replaced: share}, marks {words replaced: mean of marks shared, of 16}, and of the posts as they are:
               `most_by_chance`, the most marks that two posts share of which less than a third of the words are the same, among those
               that have a key in common
rate           signatures per CPU second
"""

import random
import statistics
from collections.abc import Sequence

from asked import Asked, Measured, rate_of, rows_of

from heard.understanding.rules.near import are_alike, keys_of, marks_shared, signatures

GOAL: dict[str, float] = {"default": 0.85}
UNIT = "share of copies found"
LONG_ENOUGH, BATCH = 14, 2000
MOST = 3000


def measure(asked: Asked) -> Measured:
    posts = asked.texts() if asked.rows else [row["text"] for row in rows_of(asked.data / "airline.jsonl.gz")]
    long = list(dict.fromkeys(post for post in posts if len(post.split()) >= LONG_ENOUGH))[:MOST]
    signed = signatures(long)[0]
    dice, words = random.Random(3), [w for post in long for w in post.split() if w.isalpha()]
    found, marks = {}, {}
    for count in (1, 2, 3):
        copies = signatures([_with_other_words(post, count, words, dice) for post in long])[0]
        found[str(count)] = round(statistics.mean(map(_is_found, signed, copies)), 4)
        marks[str(count)] = round(statistics.mean(map(marks_shared, signed, copies)), 2)
    return Measured(
        value=found["1"],
        metrics={"found": found, "marks": marks, "most_by_chance": _most_by_chance(long, signed)},
        n=len(long),
        rate=round(rate_of(lambda: _sign(posts), len(posts))),
        model="rules/near.py",
    )


def _with_other_words(post: str, count: int, words: Sequence[str], dice: random.Random) -> str:
    parts = post.split()
    places = [n for n, word in enumerate(parts) if word.isalpha()]
    for n in dice.sample(places, min(count, len(places))):
        parts[n] = dice.choice(words)
    return " ".join(parts)


def _is_found(one: int, other: int) -> bool:
    return are_alike(one, other) and any(a == b for a, b in zip(keys_of(one), keys_of(other), strict=True))


def _most_by_chance(posts: Sequence[str], signed: Sequence[int]) -> int:
    by_key: dict[tuple[int, int], list[int]] = {}
    for n, signature in enumerate(signed):
        for key in enumerate(keys_of(signature)):
            by_key.setdefault(key, []).append(n)
    pairs = {(a, b) for some in by_key.values() for a in some for b in some if a < b}
    return max((marks_shared(signed[a], signed[b]) for a, b in pairs if _share_of_words(posts[a], posts[b]) < 1 / 3), default=0)


def _share_of_words(one: str, other: str) -> float:
    first, second = set(one.lower().split()), set(other.lower().split())
    return len(first & second) / max(1, len(first | second))


def _sign(posts: Sequence[str]) -> None:
    for start in range(0, len(posts), BATCH):
        signatures(posts[start : start + BATCH])

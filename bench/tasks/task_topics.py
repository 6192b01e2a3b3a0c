"""Which voices are about the same: how well the clusters that are proposed as topics agree with what people named.

    .venv/bin/python bench/understanding.py --task topics --data FILE     (rows of BANKING77 or CLINC150: {"text", "category" or "label"})

metrics.nmi is the normalised mutual information (arithmetic mean) of the clusters and the true intents, where the number of clusters
is told, as usual for these sets; metrics.ari the adjusted Rand index. Nothing is learnt from labels. rate is texts per CPU second.
With --path semantic the texts are clustered by what they mean instead of by their words.
"""

import time
from collections import Counter
from math import comb, log

from asked import Asked, Measured
from topics import embedder_for

from heard.understanding.rules.clusters import by_words, clusters, smoothed

GOALS = {"category": {"default": 0.66, "semantic": 0.80}, "label": {"default": 0.74, "semantic": 0.88}}
GOAL = GOALS["category"]
OUTSIDE = "oos"


def measure(asked: Asked) -> Measured:
    label = asked.label_field or ("category" if "category" in asked.rows[0] else "label")
    rows = [row for row in asked.rows if row[label] != OUTSIDE]
    texts, true = [row[asked.text_field or "text"] for row in rows], [row[label] for row in rows]
    embed = embedder_for(asked)
    begun = time.process_time()
    points = embed(texts) if embed else by_words(texts)
    found = clusters(smoothed(points), len(set(true))).tolist()
    rate = len(texts) / (time.process_time() - begun)
    metrics = {"nmi": round(nmi(true, found), 4), "ari": round(ari(true, found), 4)}
    return Measured(metrics["nmi"], metrics, len(rows), rate, "clusters", {"goal_here": GOALS.get(label, GOAL)[asked.path]})


def nmi(one: list, other: list) -> float:
    """2 I / (H + H), 0..1."""
    together, left, right, n = Counter(zip(one, other, strict=True)), Counter(one), Counter(other), len(one)
    shared = sum(c / n * log(n * c / (left[a] * right[b])) for (a, b), c in together.items())
    entropy = sum(-c / n * log(c / n) for counts in (left, right) for c in counts.values())
    return 2 * shared / entropy if entropy else 1.0


def ari(one: list, other: list) -> float:
    together = sum(comb(c, 2) for c in Counter(zip(one, other, strict=True)).values())
    left, right = (sum(comb(c, 2) for c in Counter(side).values()) for side in (one, other))
    expected = left * right / max(1, comb(len(one), 2))
    return (together - expected) / max(1e-9, (left + right) / 2 - expected)

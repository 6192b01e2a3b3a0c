"""Whether the article that answers a question is found first: by the search that the knowledge rooms use.

    .venv/bin/python bench/understanding.py --task articles --data FILE

FILE has the rows of stackfaq_queries ({"query", "faq_id"}): the articles are those of stackfaq_documents. Or those of
BANKING77 ({"text", "category"}): the articles are the public training rows, any of the same intent is right, and a row never finds
itself. metrics.mrr10 is the mean of 1 / rank of the first right one among ten; metrics.hit1 the share where it is the first. With
--path semantic what is meant counts beside the words. rate is questions per CPU second; `baseline` the same by BM25 alone.
"""

import time
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
from asked import Asked, Measured, rows_of
from topics import embedder_for

from heard.understanding.rules.articles import Shelf, beginnings

GOALS = {"query": {"default": 0.955, "semantic": 0.98}, "text": {"default": 0.88, "semantic": 0.94}}
GOAL = GOALS["query"]
TEN = 10


class Asking(NamedTuple):
    """Articles with what each is an answer to, and questions with what answers them."""

    articles: list[str]
    bodies: list[str]
    answers: list[Hashable]
    questions: list[str]
    wanted: list[Hashable]


def measure(asked: Asked) -> Measured:
    is_faq = "faq_id" in asked.rows[0]
    asking = _faq(asked) if is_faq else _intents(asked)
    embed = embedder_for(asked)
    vectors = embed(asking.articles) if embed else None
    below = embed(beginnings(asking.articles, asking.bodies)) if embed and asking.bodies else None
    shelf = Shelf(asking.articles, asking.bodies, vectors, below)
    begun = time.process_time()
    meant = embed(asking.questions) if embed else [None] * len(asking.questions)
    ranks = _ranks(asking, lambda n: shelf.scores(asking.questions[n], meant[n]))
    rate = len(ranks) / (time.process_time() - begun)
    metrics = _figures(ranks)
    alone = _figures(_ranks(asking, lambda n: shelf.of_words(asking.questions[n])))["mrr10"]
    goal = GOALS["query" if is_faq else "text"][asked.path]
    return Measured(metrics["mrr10"], metrics, len(ranks), rate, "article search", {"goal_here": goal}, baseline=alone)


def _faq(asked: Asked) -> Asking:
    documents = rows_of(asked.data / "stackfaq_documents.jsonl.gz")
    queries = [row[asked.text_field or "query"] for row in asked.rows]
    bodies = [" ".join(d["answers"]) for d in documents]
    return Asking([d["question"] for d in documents], bodies, [d["faq_id"] for d in documents], queries, asked.labels("faq_id"))


def _intents(asked: Asked) -> Asking:
    rows = [row for file in asked.train or [asked.data / "banking77_train.jsonl.gz"] for row in rows_of(file)]
    return Asking([r["text"] for r in rows], [], [r["category"] for r in rows], asked.texts(), asked.labels("category"))


def _ranks(asking: Asking, scores_of: Callable[[int], np.ndarray]) -> list[int]:
    """Of each question the place of the first right article, from 1; 0 where it is not among ten."""
    same: dict[str, list[int]] = {}
    for n, article in enumerate(asking.articles):
        same.setdefault(article, []).append(n)
    ranks = []
    for n, question in enumerate(asking.questions):
        scores = scores_of(n).copy()
        scores[_itself(asking, question, same)] = -np.inf
        best = np.argpartition(-scores, min(TEN, len(scores) - 1))[:TEN]
        ranks.append(_rank([asking.answers[k] for k in best[np.argsort(-scores[best], kind="stable")]], asking.wanted[n]))
    return ranks


def _itself(asking: Asking, question: str, same: dict[str, list[int]]) -> list[int]:
    """Where the articles are questions themselves, the very same one is no find."""
    return same.get(question, []) if len(asking.articles) > 1000 else []


def _rank(found: Sequence[Hashable], wanted: Hashable) -> int:
    return found.index(wanted) + 1 if wanted in found else 0


def _figures(ranks: Sequence[int]) -> dict[str, float]:
    return {
        "mrr10": round(sum(1 / rank for rank in ranks if rank) / max(1, len(ranks)), 4),
        "hit1": round(sum(rank == 1 for rank in ranks) / max(1, len(ranks)), 4),
    }

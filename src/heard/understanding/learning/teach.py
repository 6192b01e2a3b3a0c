"""Teach me: of which voices a word of a colleague would help most. Unsure ones first, new ones before old ones, and no two alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from django.db.models import Exists, OuterRef

from heard.governance.permissions import Viewer
from heard.kernel.clock import now
from heard.listening import selectors as listening
from heard.understanding.learning.linear import Floats
from heard.understanding.models import Assessment, Correction
from heard.understanding.rules.hashing import bag_of
from heard.understanding.selectors import counts_last

LOOKED_AT = 2000  # of the newest voices the viewer may see
CHOSEN_FROM = 150  # of the most useful of them, without two that are alike
FRESH = timedelta(days=7)  # after so long a voice is half as useful
ALIKE = 0.6  # cosine of what they say: as good as the same
BITS = 12  # of the letters that are compared


@dataclass(frozen=True)
class Question:
    """A voice to be judged. `fields` are those that the path itself holds to be unsure; empty: only its whole confidence is low."""

    interaction_id: int
    occurred_at: datetime
    words: str
    confidence: float
    fields: Sequence[str]
    usefulness: float  # 0..1, by which they are ordered


class _Candidate(NamedTuple):
    id: int
    occurred_at: datetime
    confidence: float
    unsure: list[str]


def teach_me(viewer: Viewer, *, field: str | None = None, limit: int = 20) -> list[Question]:
    """At most so many, the most useful first; of one field only where one is named. None that somebody has corrected already.

    Raises NotAllowed for who may not correct. A constant number of queries.
    """
    viewer.check("verdict.correct")
    moment = now()
    candidates = _candidates(viewer, field)
    if field:
        candidates = [c for c in candidates if not c.unsure or field in c.unsure]
    useful = sorted(candidates, key=lambda c: -_usefulness(c, moment))[:CHOSEN_FROM]
    glimpses = listening.glimpses(c.id for c in useful)
    said = [c for c in useful if glimpses[c.id].words.strip()]
    chosen = _unlike([glimpses[c.id].words for c in said], limit)
    return [
        Question(c.id, c.occurred_at, glimpses[c.id].words, c.confidence, c.unsure, round(_usefulness(c, moment), 3))
        for c in (said[n] for n in chosen)
    ]


def _candidates(viewer: Viewer, field: str | None) -> list[_Candidate]:
    corrected = Correction.objects.filter(interaction_id=OuterRef("pk"))
    corrected = corrected.filter(field=field) if field else corrected
    seen = listening.visible_interactions(viewer).filter(~Exists(corrected), direction="inbound")
    newest = dict(seen.order_by("-id").values_list("id", "occurred_at")[:LOOKED_AT])
    rows = Assessment.objects.filter(interaction_id__in=list(newest)).order_by(*counts_last())
    found = {
        id_: _Candidate(id_, newest[id_], confidence, unsure)
        for id_, confidence, unsure in rows.values_list("interaction_id", "confidence", "unsure")
    }
    return list(found.values())


def _usefulness(c: _Candidate, moment: datetime) -> float:
    doubt = min(1.0, 2 * (1 - c.confidence))  # half sure is as unsure as one can be
    told = 0.5 + 0.5 * bool(c.unsure)
    age = max(timedelta(), moment - c.occurred_at)
    return max(doubt, 0.05) * told * 0.5 ** (age / FRESH)


def _unlike(texts: Sequence[str], limit: int) -> list[int]:
    """Places of at most `limit` of `texts`, in their order, none of which says what one before it says."""
    if not texts:
        return []
    bags, chosen = _bags(texts), list[int]()
    for n in range(len(texts)):
        if len(chosen) == limit:
            break
        if not chosen or float((bags[chosen] @ bags[n]).max()) < ALIKE:
            chosen.append(n)
    return chosen


def _bags(texts: Sequence[str]) -> Floats:
    """[texts, 2**BITS], each as long as 1."""
    found = np.zeros((len(texts), 1 << BITS), np.float32)
    for rows, of_text, _ in bag_of(texts).parts:
        np.add.at(found, (of_text, rows & (1 << BITS) - 1), 1)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)

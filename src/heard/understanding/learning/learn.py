"""Learning from corrections, in the background: within seconds of the last one, a field at a time."""

import logging
from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from heard.governance.permissions import HEARD, Viewer
from heard.kernel import claims
from heard.understanding.learning import versions
from heard.understanding.learning.examples import Examples, examples_of
from heard.understanding.learning.in_use import head_of, in_use, notice
from heard.understanding.learning.signs import signs_of
from heard.understanding.learning.taught import TooFew, teach
from heard.understanding.learning.trial import Scores, judged
from heard.understanding.learning.values import LEARNT, labels_of
from heard.understanding.models import LearntHead, ToLearn

log = logging.getLogger(__name__)

QUIET = timedelta(seconds=2)  # since the last correction of a field: somebody who corrects one often corrects the next
LONGEST = timedelta(seconds=20)  # from the first; then it is learnt although they go on
LEASE = timedelta(minutes=5)


class Learnt(NamedTuple):
    """`version` of the field; `number` of what reads voices now, None where the new head was kept and not taken into use."""

    field: str
    version: int
    scores: Scores
    number: int | None


def remember(field: str, *, now: datetime) -> None:
    """This field was corrected. May be repeated."""
    if field not in LEARNT:
        return
    _, is_new = ToLearn.objects.get_or_create(field=field, defaults={"since": now, "last_at": now})
    if not is_new:
        ToLearn.objects.filter(field=field).update(last_at=now)


def work_off(*, worker: str, now: datetime) -> int:
    """Learn the fields that were corrected, once nobody corrects them any more. One process at a time. Returns how many were learnt."""
    due = ToLearn.objects.filter(Q(last_at__lte=now - QUIET) | Q(since__lte=now - LONGEST)).order_by("since")
    rows = list(due.values_list("id", "field", "last_at"))
    if not rows or not claims.hold("understanding: learning", worker=worker, now=now, lease=LEASE):
        return 0
    try:
        for id_, field, last_at in rows:
            _try(field)
            ToLearn.objects.filter(id=id_, last_at=last_at).delete()
    finally:
        claims.release("understanding: learning", worker=worker)
    return len(rows)


def _try(field: str) -> None:
    try:
        learnt = learn(field)
    except TooFew as few:
        log.info("nothing is learnt yet: %s", few)
        return
    log.info("learnt %s %s: %s", field, learnt.version, learnt.scores.why)


def learn(field: str, *, viewer: Viewer = HEARD) -> Learnt:
    """A new version from all corrections of the field, in use at once where it is not worse. Raises TooFew. Not inside a transaction."""
    if field not in LEARNT:
        raise TooFew(f"{field} is not learnt from corrections; {', '.join(LEARNT)} are.")
    notice()  # another process may have taken something into use
    examples = examples_of(field)
    signs = signs_of([lesson.reading for lesson in examples.lessons])
    taught = teach(field, examples.lessons, signs=signs)
    scores = judged(field, examples.lessons, used=head_of(field), unseen=_unseen(field, examples))
    version = versions.keep(taught, scores=scores, trained_on=_trained_on(field, examples), viewer=viewer)
    number = versions.use_head(field, version, viewer=viewer) if scores.is_better else None
    return Learnt(field, version, scores, number)


def _unseen(field: str, examples: Examples) -> list[int]:
    """Places of the corrections that the head in use was not learnt from."""
    version = in_use().versions.get(field)
    if version is None:
        return []
    known = LearntHead.objects.filter(field=field, version=version).values_list("trained_on", flat=True).first()
    return [n for n, id_ in enumerate(examples.ids) if known and id_ > known["up_to"]]


def _trained_on(field: str, examples: Examples) -> dict[str, object]:
    said = examples.lessons[: len(examples.ids)]
    values = Counter(name for lesson in said for name in (labels_of(field, lesson.value) or ("none",)))
    others = len(examples.lessons) - len(said)
    return {"corrections": len(said), "values": dict(values.most_common()), "others": others, "up_to": examples.up_to}

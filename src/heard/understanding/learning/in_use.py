"""Which learnt heads read voices in this process. Other processes learn of a change within a second, without a restart."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import QuerySet

from heard.kernel.prepared import prepared
from heard.understanding.assessors import VERSION
from heard.understanding.learning.taught import Taught
from heard.understanding.models import LearntHead, ReadingVersion

log = logging.getLogger(__name__)


class InUse(NamedTuple):
    """`number` is what assessments are stored under; `versions` are those of `heads`, by field."""

    number: int
    versions: Mapping[str, int]
    heads: Mapping[str, Taught]


SHIPPED = InUse(VERSION, {}, {})
_state = {"now": SHIPPED}  # replaced as a whole: who reads meanwhile reads a batch with one or the other


def in_use() -> InUse:
    return _state["now"]


def notice() -> bool:
    """Take up what is in use by now. One question where nothing changed. Returns whether something did."""
    found = _current()
    number, versions = (found[0][0], found[0][1]) if found else (VERSION, {})
    before = in_use()
    if (number, versions) == (before.number, before.versions):
        return False
    wanted = {field: version for field, version in versions.items() if before.versions.get(field) != version}
    heads = {field: head for field, head in before.heads.items() if field in versions and field not in wanted}
    heads |= {field: head for field, version in wanted.items() if (head := _read(field, version))}
    _state["now"] = InUse(number, versions, heads)
    return True


def head_of(field: str) -> Taught | None:
    return in_use().heads.get(field)


@prepared
def _current() -> QuerySet:
    return ReadingVersion.objects.filter(is_current=True).values_list("number", "heads")


def _read(field: str, version: int) -> Taught | None:
    """None, with a line in the log, for a head that cannot be read: voices are then read as without it."""
    found = LearntHead.objects.filter(field=field, version=version).values_list("head", flat=True).first()
    try:
        return Taught.from_bytes(bytes(found)) if found is not None else None
    except ValueError:
        log.exception("the learnt head %s %s cannot be read", field, version)
        return None

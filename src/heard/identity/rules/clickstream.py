"""What a site tells of its visitors: which events count, and what of them is kept."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct

KINDS = ("view", "search", "cart", "order", "help")
MOST_EVENTS = 1000
OLDEST = timedelta(days=31)  # a server may bring what it kept; a page tells at once
AHEAD = timedelta(minutes=5)  # clocks of visitors go wrong

Key = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Line = Annotated[str, Meta(max_length=500)]


class Looked(Struct, frozen=True, kw_only=True):
    """One thing that a visitor did. `visitor`, `visit` and `key` are random and made by the page, or by the site's server.

    `agreed_at` is when they agreed to be remembered, `agreed_to` the version of the words they agreed to. `customer`: their number,
    when the site knows who is signed in; only its server may say that.
    """

    visitor: Key
    visit: Key
    key: Key
    at: datetime
    agreed_at: datetime
    agreed_to: Annotated[str, Meta(max_length=60)] = ""
    kind: str = "view"
    url: Line = ""
    title: Line = ""
    detail: Line = ""
    referrer: Line = ""
    customer: Annotated[str, Meta(max_length=200)] = ""


def why_not(event: Looked, *, now: datetime) -> str:
    """Why an event is not kept; empty when it is."""
    if event.at.tzinfo is None or event.agreed_at.tzinfo is None:
        return "times need a zone"
    if event.agreed_at > event.at + AHEAD:
        return "the visitor had not agreed yet"
    if not now - OLDEST <= event.at <= now + AHEAD:
        return "the time lies too far from now"
    if event.kind not in KINDS:
        return f"kind is none of {', '.join(KINDS)}"
    return ""


_QUERY = re.compile(r"[?#].*", re.DOTALL)


def bare(url: str) -> str:
    """Without what sites put behind ? and #: it may be a name, a token, anything."""
    found = _QUERY.sub("", url)
    return found if found.startswith(("https://", "http://", "/")) else ""


def newest(events: Iterable[Looked]) -> list[Looked]:
    """Each (visit, key) once, in the order of time."""
    found: dict[tuple[str, str], Looked] = {}
    for event in events:
        found.setdefault((event.visit, event.key), event)
    return sorted(found.values(), key=lambda e: e.at)

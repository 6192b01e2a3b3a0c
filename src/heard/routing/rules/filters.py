"""Which conversations a page of the inbox asks for, as its address says it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Self
from urllib.parse import urlencode

VIEWS = {
    "open": "Open",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "waiting": "Waiting for the customer",
    "quiet": "Quiet",
    "everything": "Everything",
}
KINDS = ("support", "sales", "praise", "product", "marketing", "community", "risk", "spam")
SENTIMENTS = ("negative", "mixed", "neutral", "positive")
REACHES = {"public": "Public", "private": "Private"}
NEVER_SAID = ("apart", "role")
CHOSEN_ONE_BY_ONE = ("kind", "channel", "sentiment", "language", "reach")


@dataclass(frozen=True)
class Filters:
    """Empty text and None mean: any."""

    view: str = "open"
    queue: int | None = None
    kind: str = ""
    channel: str = ""
    sentiment: str = ""
    language: str = ""
    reach: str = ""
    q: str = ""
    group: int | None = None  # only those that say the same
    apart: bool = False  # each by itself, also those that say the same; never said in an address
    role: str = ""  # kind of case that those work on who look, where no kind is chosen; never said in an address

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> Self:
        """From a query string. What it does not know it leaves out; an address that was typed wrong still opens a page."""
        return cls(
            view=_one_of(given.get("view", ""), VIEWS) or "open",
            queue=_number(given.get("queue", "")),
            kind=_one_of(given.get("kind", ""), KINDS),
            channel=given.get("channel", "")[:40],
            sentiment=_one_of(given.get("sentiment", ""), SENTIMENTS),
            language=given.get("language", "")[:8],
            reach=_one_of(given.get("reach", ""), REACHES),
            q=given.get("q", "").strip()[:200],
            group=_number(given.get("group", "")),
        )

    @property
    def is_by_due(self) -> bool:
        """Whether the page stands in the order in which people are served; else newest first."""
        return self.view in ("open", "mine", "unassigned") and not self.q

    @property
    def is_folded(self) -> bool:
        """Whether of those that say the same only the first is in the list. Who looks for words wants to see each."""
        return not (self.q or self.group or self.apart)

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """(field, value) of what narrows the list beside view, queue and words."""
        return [(name, getattr(self, name)) for name in CHOSEN_ONE_BY_ONE if getattr(self, name)]

    @property
    def seen_as(self) -> str:
        """The kind of case through whose eyes sentiment is seen; "" for that of the whole."""
        return self.kind or self.role

    @cached_property
    def address(self) -> str:
        """The query string, without what is as usual; "" for the plain inbox."""
        asked = (f for f in fields(self) if f.name not in NEVER_SAID)
        return urlencode({f.name: value for f in asked if (value := getattr(self, f.name)) not in (f.default, None, "")})


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended; the next one starts after it."""

    moment: datetime | None
    id: int

    def __str__(self) -> str:
        return f"{self.moment.isoformat() if self.moment else ''}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """None for anything that is not a place."""
        moment, _, id_ = text.rpartition("_")
        try:
            return cls(datetime.fromisoformat(moment) if moment else None, int(id_))
        except ValueError:
            return None


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() and len(value) < 18 else None


def _one_of(value: str, known: Mapping[str, str] | tuple[str, ...]) -> str:
    return value if value in known else ""

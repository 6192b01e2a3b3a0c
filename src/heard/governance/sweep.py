"""Free text of others in which somebody may be named: read from the first row to the last, and blanked where they are.

A mail of a colleague of theirs that quotes them, a note about another case, an error of a mail server with their address in it,
the bytes of a delivery that was never understood. No key leads there, so every row is looked at, a part at a time.
"""

import email
import email.policy
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Max

from heard.kernel import bulk
from heard.kernel.holdings import Holding, holdings
from heard.kernel.rules import traces

ROWS = 2000  # of one part


@dataclass(frozen=True)
class Part:
    """What one look found: `hits` of the holding `at`, and where to look next. `is_over`: that was the last."""

    looked: int
    holding: Holding | None = None
    hits: Sequence[int] = field(default_factory=list)
    at: int = 0
    after: int = 0
    is_over: bool = False


class Sweep:
    """For one person. What arrives after `ends` were taken is another time's: whoever writes again is somebody new."""

    def __init__(self, addresses: Iterable[str], names: Iterable[str]) -> None:
        self.pattern = traces.pattern(addresses, names)

    @cached_property
    def holdings(self) -> list[Holding]:
        return [holding for _, holding in holdings() if holding.sweep]

    def ends(self) -> dict[str, int]:
        """{model: its newest row now}"""
        return {h.label: h.model._default_manager.aggregate(end=Max("pk"))["end"] or 0 for h in self.holdings}

    def look(self, at: int, after: int, ends: Mapping[str, int]) -> Part:
        """The next rows of the holding `at`. One query; none when there is nothing that points to one person."""
        if self.pattern is None or at >= len(self.holdings):
            return Part(looked=0, is_over=True)
        holding = self.holdings[at]
        rows = holding.model._default_manager.filter(pk__gt=after, pk__lte=ends.get(holding.label, 0)).order_by("pk")
        read = list(rows.values_list("pk", *_fields(holding))[:ROWS])
        hits = [pk for pk, *values in read if any(traces.stands_in(_readable(v), self.pattern) for v in values)]
        if len(read) < ROWS:
            return Part(len(read), holding, hits, at + 1, 0, is_over=at + 1 >= len(self.holdings))
        return Part(len(read), holding, hits, at, read[-1][0])

    def clean(self, part: Part) -> Counter[str]:
        """{model: rows} that were blanked or, where the holding says so, deleted. Inside the caller's transaction."""
        if not part.hits or part.holding is None or self.pattern is None:
            return Counter()
        holding = part.holding
        rows = holding.model._default_manager.filter(pk__in=part.hits)
        if holding.sweep == "delete":
            return Counter(rows.delete()[1])
        fields = _fields(holding)
        key = holding.model._meta.pk.name
        changed = [
            [pk, *(_fitting(holding, name, traces.redacted(v, self.pattern)) for name, v in zip(fields, values, strict=True))]
            for pk, *values in rows.values_list("pk", *fields)
        ]
        bulk.update(holding.model, key, fields, changed)
        if holding.swept:
            holding.swept([pk for pk, *_ in changed])
        return Counter({holding.label: len(changed)})


def _fields(holding: Holding) -> list[str]:
    return list(holding.holds)


def _fitting(holding: Holding, name: str, value: Any) -> Any:
    longest = getattr(holding.model._meta.get_field(name), "max_length", None)
    return value[:longest] if longest and isinstance(value, str) else value


def _readable(value: Any) -> Any:
    """Bytes as text: as they are, and a mail with its parts decoded too."""
    if not isinstance(value, bytes | memoryview):
        return value
    raw = bytes(value)
    text = raw.decode("utf-8", "replace")
    if b"\nContent-Transfer-Encoding" not in raw and b"\ncontent-transfer-encoding" not in raw.lower():
        return text
    return [text, *_parts_of_mail(raw)]


def _parts_of_mail(raw: bytes) -> list[str]:
    try:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        parts = [part.get_payload(decode=True) for part in mail.walk() if part.get_content_maintype() == "text"]
    except Exception:  # a mail that cannot be taken apart has been looked at as it is
        return []
    return [part.decode("utf-8", "replace") for part in parts if isinstance(part, bytes)]

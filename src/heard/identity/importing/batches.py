"""The book of imports: one line for each run, with what it read and what became of it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from heard.identity.importing.plan import Plan
from heard.identity.models import ImportBatch
from heard.kernel.clock import now

MOST_REASONS = 50
OTHER_REASONS = "another reason"


@dataclass
class Counts:
    """read = new + changed + same + refused. In a dry run: what they would be. `voices`: new ones of its tickets, beside the rows."""

    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0
    voices: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[int, str]] = field(default_factory=list)  # (row, why) of the first that were refused

    def add(self, outcome: str, number: int) -> None:
        self.read += 1
        if outcome in ("new", "changed", "same"):
            setattr(self, outcome, getattr(self, outcome) + 1)
            return
        self.refused += 1
        self.reasons[outcome if outcome in self.reasons or len(self.reasons) < MOST_REASONS else OTHER_REASONS] += 1
        if len(self.examples) < 20:
            self.examples.append((number, outcome))


def counts_of(batch: ImportBatch) -> Counts:
    """As they stand in its line, to go on from there."""
    return Counts(batch.read, batch.new, batch.changed, batch.same, batch.refused, batch.voices, Counter(batch.reasons))


def open_batch(plan: Plan, *, team_id: int | None, member_id: int | None) -> ImportBatch:
    return ImportBatch.objects.create(
        source=plan.source,
        kind=plan.kind_name,
        file_name=plan.path.name[:255],
        mapping=plan.mapping,
        team_id=team_id,
        member_id=member_id,
        started_at=now(),
    )


def note(batch_id: int, counts: Counts) -> None:
    """How far it is; in the transaction of the rows that it counts."""
    ImportBatch.objects.filter(pk=batch_id).update(
        read=counts.read,
        new=counts.new,
        changed=counts.changed,
        same=counts.same,
        refused=counts.refused,
        reasons=dict(counts.reasons),
        moved_at=now(),
    )


def began(batch_id: int) -> datetime:
    return ImportBatch.objects.values_list("started_at", flat=True).get(pk=batch_id)


def note_voices(batch_id: int, account_id: int, count: int) -> None:
    ImportBatch.objects.filter(pk=batch_id).update(voices=count, voices_account=account_id)


def close(batch_id: int, state: str) -> None:
    ImportBatch.objects.filter(pk=batch_id).update(state=state, ended_at=now())

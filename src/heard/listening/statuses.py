"""How far our own words got. Some networks name each message; others say only "all until then was read".

Such a moment is kept, because our own words may be written down after it came. Whichever comes second finds the first, so
any order leads to the same end.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from heard.kernel import bulk, outbox
from heard.listening.channels.contract import ReachedUntil, Said, StatusChanged
from heard.listening.models import Interaction, SentStatus, StatusMark
from heard.listening.normalise import Spoken
from heard.listening.rules.status import furthest

KEY = ("account_id", "thread_ref", "identity_id", "status")
Target = tuple[int, str]  # account, external id of words of ours
Thread = tuple[int, str]  # account, thread_ref
Told = tuple[Target, StatusChanged]
Mark = tuple[int, str, int, str]  # KEY


def write_statuses(spoken: Sequence[Spoken], fresh: Sequence[Spoken], speakers: Mapping) -> None:
    """What a batch says of words of ours, and what was said before of those that are `fresh`. No query where nothing is."""
    told = [(s.target, s.event) for s in spoken if isinstance(s.event, StatusChanged)]
    _move(sorted([*told, *_by_marks(spoken, speakers), *_by_kept_marks(fresh)], key=lambda each: each[1].occurred_at))


def write_status_of(account_id: int, external_id: str, *, thread_ref: str, at: datetime) -> None:
    """What was said of a thread before these words of ours, said `at`, were written down in it."""
    marks = _kept({(account_id, thread_ref)} if thread_ref else set())
    _move([_reached((account_id, external_id), status, until) for _, status, until in marks if at <= until])


def _move(told: Sequence[Told]) -> None:
    known = bulk.existing(
        SentStatus, ["account_id", "target"], {target for target, _ in told}, ["id", "status", "reason", "occurred_at"]
    )
    now_at: dict[Target, list] = {}
    for target, event in told:
        row = now_at.get(target) or list(known.get(target, (None, "", "", event.occurred_at)))
        if (status := furthest(row[1], event.status)) != row[1]:
            now_at[target] = [row[0], status, event.reason, event.occurred_at]
    fields = ["status", "reason", "occurred_at"]
    bulk.insert(
        SentStatus, ["account_id", "target", *fields], [[*key, *row[1:]] for key, row in now_at.items() if row[0] is None]
    )
    bulk.update(SentStatus, "id", fields, [row for row in now_at.values() if row[0] is not None])
    if now_at:
        outbox.tell("statuses.changed", targets=list(now_at))


# ── All until then ──────────────────────────────────────────────────────────────────────────────────────────────────


def _by_marks(spoken: Sequence[Spoken], speakers: Mapping) -> list[Told]:
    """The marks of a batch, kept, and what they say of words that are written down already."""
    untils: dict[Mark, datetime] = {}
    for s in spoken:
        if isinstance(s.event, ReachedUntil):
            e = s.event
            who = speakers[(e.author.network[:40], e.author.external_id[:320])].id
            key = (s.account_id, e.thread_ref[:500], who, e.status)
            untils[key] = max(e.until, untils.get(key, e.until))
    known = bulk.existing(StatusMark, KEY, untils, ["id", "until"])
    moved = {key: until for key, until in untils.items() if key not in known or until > known[key][1]}
    bulk.insert(StatusMark, [*KEY, "until"], [[*key, until] for key, until in moved.items() if key not in known])
    bulk.update(StatusMark, "id", ["until"], [[known[key][0], until] for key, until in moved.items() if key in known])
    before = {key: known[key][1] for key in moved if key in known}
    said = _said_by_us(moved, since=min(before.values()) if len(before) == len(moved) and moved else None)
    return [
        _reached((account_id, external_id), status, until)
        for (account_id, thread_ref, _, status), until in moved.items()
        for external_id, at in said.get((account_id, thread_ref), ())
        if at <= until
    ]


def _said_by_us(moved: Mapping[Mark, datetime], *, since: datetime | None) -> dict[Thread, list[tuple[str, datetime]]]:
    """(external id, when) of our words in the threads of these marks; those until `since` were told of by marks before."""
    if not moved:
        return {}
    ours = Interaction.objects.filter(
        direction="outbound",
        account_id__in={key[0] for key in moved},
        thread_ref__in={key[1] for key in moved},
        occurred_at__lte=max(moved.values()),
    )
    ours = ours.filter(occurred_at__gt=since) if since else ours
    found: dict[Thread, list[tuple[str, datetime]]] = {}
    for account_id, thread_ref, external_id, at in ours.values_list("account_id", "thread_ref", "external_id", "occurred_at"):
        found.setdefault((account_id, thread_ref), []).append((external_id, at))
    return found


def _by_kept_marks(fresh: Sequence[Spoken]) -> list[Told]:
    ours = [(s, s.event) for s in fresh if isinstance(s.event, Said) and s.event.direction == "outbound" and s.event.thread_ref]
    marks: dict[Thread, list[tuple[str, datetime]]] = {}
    for thread, status, until in _kept({(s.account_id, e.thread_ref[:500]) for s, e in ours}):
        marks.setdefault(thread, []).append((status, until))
    return [
        _reached(s.target, status, until)
        for s, e in ours
        for status, until in marks.get((s.account_id, e.thread_ref[:500]), ())
        if e.occurred_at <= until
    ]


def _kept(threads: set[Thread]) -> Iterable[tuple[Thread, str, datetime]]:
    rows = bulk.select(StatusMark, ["account_id", "thread_ref"], threads, ["status", "until"])
    return [((account_id, thread_ref), status, until) for account_id, thread_ref, status, until in rows]


def _reached(target: Target, status: str, until: datetime) -> Told:
    return target, StatusChanged(target=target[1], status=status, occurred_at=until)  # type: ignore[arg-type]

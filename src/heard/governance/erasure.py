"""Somebody is erased from every room: in short transactions, one after another, resumed wherever the last one ended.

    voices → people → text ─┬─ nothing was found in all three ──▶ index ──▶ files ──▶ done
       ▲                    │
       └── something was ◀──┘

**voices**: what they said and what was said to them, a few at a time, out of every room, the latest room first. **people**: the
identities with all that hangs on them. **text**: every row of every table in which they could be named without a key is read,
and their addresses are blanked. The round that finds nothing is the proof, and its count of rows stands in the receipt.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

import msgspec
from django.db.models import Q

from heard.governance import audit
from heard.governance.holds import check_free, held
from heard.governance.models import Erasure
from heard.governance.permissions import HEARD, Viewer
from heard.governance.rules.erasing import MOST_ROUNDS, Reason, step_after
from heard.governance.suppression import Address, suppress
from heard.governance.sweep import Sweep
from heard.kernel import claims
from heard.kernel.bulk import one_writer
from heard.kernel.clock import now
from heard.kernel.holdings import Scope, Traces, erase, files_of, holdings, indexes, voices_of
from heard.kernel.secrets import seal, unseal

log = logging.getLogger(__name__)
State = Erasure.State
AT_ONCE, ROWS_AT_ONCE = 50, 500  # voices, rows of one table in one transaction: the walk waits no longer than that takes
LEASE = timedelta(minutes=2)
AGAIN = timedelta(minutes=6)  # for a file too young to be dropped
AGAIN_WHEN_STUCK = timedelta(hours=6)
BREATH_SECONDS = 0.02  # between transactions, so that whoever waits for the store gets it

DropFiles = Callable[[Collection[str]], set[str]]  # those that are still there, being too young


class Subject(msgspec.Struct, frozen=True):
    """Whom it is about, sealed while it runs."""

    identities: list[int]
    customers: list[int]
    addresses: list[str]
    names: list[str]
    files: list[str] = []

    @property
    def scope(self) -> Scope:
        return Scope(identities=self.identities, customers=self.customers)


def begin(
    viewer: Viewer, scope: Scope, traces: Traces, *, reason: Reason, suppressing: Mapping[Address, Collection[str]]
) -> Erasure:
    """From here on they are on their way out. `suppressing` are their addresses, see suppression.suppress.

    Inside the caller's transaction, which has checked that the viewer may and writes the audit line. Raises Held.
    """
    check_free(scope.identities)
    moment = now()
    subject = Subject(list(scope.identities), list(scope.customers), sorted(traces.addresses), sorted(traces.names))
    suppress(suppressing, at=moment)
    return Erasure.objects.create(
        key=secrets.token_hex(4),
        member_id=viewer.member_id,
        reason=reason.value,
        sealed_subject=_sealed(subject),
        place={"step": "voices", "round": 1, "found": False, "ends": {}},
        asked_at=moment,
        due_at=moment,
    )


def work_off(*, worker: str, now: datetime, drop_files: DropFiles, seconds: float = 2.0) -> int:
    """Go on with what was asked for, for so long. Returns how many transactions were done. Not inside a transaction."""
    end, done = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        waiting = Erasure.objects.filter(Q(state=State.RUNNING) | Q(state=State.STUCK), due_at__lte=now)
        claims.free_the_dead(waiting.exclude(claimed_by=""))
        ids = claims.claim(waiting, worker=worker, now=now, lease=LEASE, limit=1)
        if not ids:
            break
        job = _Job(Erasure.objects.get(pk=ids[0]), worker, drop_files)
        while job.goes_on():
            done += 1
            time.sleep(BREATH_SECONDS)
            if time.monotonic() >= end:
                break
        Erasure.objects.filter(pk=ids[0], claimed_by=worker).update(claimed_by="", lease_until=None)
    return done


def finish(erasure_id: int, *, worker: str, drop_files: DropFiles) -> Erasure:
    """Go on with this one until it is done, is stuck, or must wait for a file to grow old enough. Returns it as it is then."""
    ids = claims.claim(Erasure.objects.filter(pk=erasure_id), worker=worker, now=now(), lease=timedelta(hours=1), limit=1)
    if ids:
        job = _Job(Erasure.objects.get(pk=erasure_id), worker, drop_files)
        while job.goes_on():
            pass
        Erasure.objects.filter(pk=erasure_id, claimed_by=worker).update(claimed_by="", lease_until=None)
    return Erasure.objects.get(pk=erasure_id)


class _LostClaim(Exception):
    """Another worker goes on with it; what we were about to write is rolled back."""


class _Job:
    """One erasure under the claim of one worker. All that it knows is written with each batch."""

    def __init__(self, row: Erasure, worker: str, drop_files: DropFiles) -> None:
        self.row, self.worker, self.drop_files = row, worker, drop_files
        self.subject = msgspec.json.decode(unseal(row.sealed_subject)["subject"], type=Subject)
        self.erased, self.blanked = Counter(row.erased), Counter(row.blanked)
        self.place = dict(row.place)
        self.sweep = Sweep(self.subject.addresses, self.subject.names)

    def goes_on(self) -> bool:
        """Do the next batch. False when there is nothing more to do for now."""
        try:
            return self._next()
        except _LostClaim:
            log.warning("erasure %s: another worker goes on with it", self.row.key)
            return False

    def _next(self) -> bool:
        match self.place["step"]:
            case "voices":
                return self._voices()
            case "people":
                return self._people()
            case "text":
                return self._text()
            case "index":
                return self._index()
            case _:
                return self._files()

    def _voices(self) -> bool:
        with one_writer():
            if self._is_held():
                return False
            ids = voices_of(self.subject.identities, AT_ONCE)
            if not ids:
                return self._to("people")
            scope = Scope(voices=ids)
            self._keep_in_mind(files_of(scope))
            self._count(erase(scope))
            self._save()
        return True

    def _people(self) -> bool:
        scope = self.subject.scope
        with one_writer():
            if self._is_held():
                return False
            self._keep_in_mind(files_of(scope))
            for _, holding in holdings():
                gone = holding.erase_some(scope, limit=ROWS_AT_ONCE)
                if gone:
                    self._count(gone)
                    self._save()
                    return True
            return self._to("text")

    def _text(self) -> bool:
        """Reading needs no lock; only what is found is written under it."""
        if "at" not in self.place:
            self.place |= {"at": 0, "after": 0, "looked": 0, "ends": self.place["ends"] or self.sweep.ends()}
        part = self.sweep.look(self.place["at"], self.place["after"], self.place["ends"])
        with one_writer():
            changed = self.sweep.clean(part)
            self.blanked.update(changed)
            self.place["found"] = self.place["found"] or bool(changed)
            self.place["looked"] += part.looked
            if part.is_over:
                return self._end_of_round()
            self.place |= {"at": part.at, "after": part.after}
            self._save()
        return True

    def _end_of_round(self) -> bool:
        self.row.looked_at = self.place["looked"]
        found, rounds = self.place["found"], self.place["round"]
        if found and rounds >= MOST_ROUNDS:
            self._stuck()
            return False
        step = step_after("text", found_something=found)
        self.place = {"step": step, "round": rounds + 1, "found": False, "ends": self.place["ends"]}
        self._save(state=State.RUNNING)
        return True

    def _index(self) -> bool:
        n, is_first = self.place.get("index", 0), not self.place.get("begun", False)
        with one_writer():
            if n >= len(indexes()):
                return self._to("files")
            goes_on = indexes()[n].purge(is_first=is_first)
            self.place |= {"index": n, "begun": True} if goes_on else {"index": n + 1, "begun": False}
            self._save()
        return True

    def _files(self) -> bool:
        young = sorted(self.drop_files(self.subject.files))
        with one_writer():
            if young:
                self.subject = msgspec.structs.replace(self.subject, files=young)
                self._save(due_at=now() + AGAIN)
                return False
            self._save(state=State.DONE, ended_at=now(), sealed_subject="", place={}, left={})
            audit.note(HEARD, "customer.erased", "erasure", self.row.pk, rows=sum(self.erased.values()))
        return False

    def _stuck(self) -> None:
        """Every round found something more. It is said, and tried again later."""
        log.error("erasure %s: something was found in each of %s rounds", self.row.key, self.place["round"])
        self.place = {"step": "voices", "round": 1, "found": False, "ends": {}}
        self._save(state=State.STUCK, due_at=now() + AGAIN_WHEN_STUCK, left=dict(self.blanked))

    def _is_held(self) -> bool:
        """A hold that was placed meanwhile stops what has not gone yet."""
        if not held() & set(self.subject.identities):
            return False
        self._save(state=State.STUCK, due_at=now() + AGAIN_WHEN_STUCK, left={"legal hold": 1})
        return True

    def _count(self, gone: Mapping[str, int]) -> None:
        self.erased.update(gone)
        self.place["found"] = True

    def _keep_in_mind(self, files: Collection[str]) -> None:
        if not set(files) <= set(self.subject.files):
            self.subject = msgspec.structs.replace(self.subject, files=sorted({*self.subject.files, *files}))

    def _to(self, step: str) -> bool:
        self.place["step"] = step
        self._save()
        return True

    def _save(self, **more: object) -> None:
        """Raises _LostClaim."""
        fields = {
            "place": self.place,
            "erased": self.erased,
            "blanked": self.blanked,
            "looked_at": self.row.looked_at,
            "sealed_subject": _sealed(self.subject),
            "lease_until": now() + LEASE,
            **more,
        }
        if not Erasure.objects.filter(pk=self.row.pk, claimed_by=self.worker).update(**fields):
            raise _LostClaim


def _sealed(subject: Subject) -> str:
    return seal({"subject": msgspec.json.encode(subject).decode()})

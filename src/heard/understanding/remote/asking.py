"""The questions themselves: one at a time, within a day's budget, and outside any transaction. Whatever goes wrong, what Heard read stays."""

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple

import httpx
import msgspec
from django.db import IntegrityError, transaction

from heard.governance.permissions import HEARD
from heard.kernel import http, outbox
from heard.kernel.bulk import one_writer
from heard.kernel.clock import now
from heard.listening import consent
from heard.listening import selectors as listening
from heard.listening.rules.consent import READING
from heard.understanding import selectors
from heard.understanding.learning.examples import texts_of
from heard.understanding.models import Assessment
from heard.understanding.remote.models import RemoteAnswer, RemoteUse
from heard.understanding.rules.bare import bare
from heard.understanding.rules.corrections import BadCorrection, checked
from heard.understanding.slots import Remote, Text, remotes

log = logging.getLogger(__name__)

AT_ONCE = 100  # assessments that are looked at
MOST_BYTES = 64_000  # of an answer
FAILURES = 3  # in a row, after which it is left alone for a while
PAUSE = timedelta(minutes=5)
KEPT = timedelta(days=30)  # answers; asking the same later may be answered better
DAY = timedelta(days=1)
MOVING = frozenset(("kinds", "answer_due", "operational", "urgency", "sentiment", "language"))  # what queues go by


class InATransaction(RuntimeError):
    """A mistake of ours: rows would be locked for as long as somebody elsewhere takes to answer."""


def work_off(*, seconds: float = 4.0) -> int:
    """Ask those that are switched on about what is unsure, for so long. Returns how many questions were asked or found answered. One
    process at a time."""
    if transaction.get_connection().in_atomic_block:
        raise InATransaction
    until, asked = monotonic() + seconds, 0
    for name in remotes.names():
        use = RemoteUse.objects.filter(name=name, is_on=True).first()
        while use and monotonic() < until and not _is_paused(use):
            newest = use.after
            asked += _some(name, remotes[name], use, until)
            if use.after == newest:
                break
    return asked


def forget() -> int:
    """Let old answers go. Returns how many."""
    return RemoteAnswer.objects.filter(asked_at__lt=now() - KEPT).delete()[0]


def _is_paused(use: RemoteUse) -> bool:
    return use.paused_until is not None and use.paused_until > now()


def _some(name: str, remote: Remote, use: RemoteUse, until: float) -> int:
    """The next assessments, and a question about each that is unsure and may be asked about."""
    rows = list(
        Assessment.objects.filter(id__gt=use.after).order_by("id").values_list("id", "interaction_id", "unsure")[:AT_ONCE]
    )
    wanted = {i: (id_, fields) for id_, i, unsure in rows if (fields := [f for f in remote.fields if f in unsure])}
    questions = _questions(remote, {i: fields for i, (_, fields) in wanted.items()})
    asked = 0
    for id_, interaction_id, _ in rows:
        if _is_paused(use) or monotonic() >= until:
            break
        use.after = id_
        if interaction_id in questions and wanted[interaction_id][0] == id_:
            values = _answer(name, remote, use, questions[interaction_id])
            asked += values is not None
            if values:
                _take(name, id_, interaction_id, {f: v for f, v in values.items() if f in wanted[interaction_id][1]})
    use.save(update_fields=["after", "failures", "paused_until"])
    return asked


# ── What may be asked ───────────────────────────────────────────────────────────────────────────────────────────────


def _questions(remote: Remote, wanted: Mapping[int, list[str]]) -> dict[int, bytes]:
    """{voice: what is sent}, of those whose author allowed it, without what they are known by."""
    voices = listening.voices(HEARD, wanted) if wanted else {}
    yes = consent.allowed({voice.identity_id for voice in voices.values()}, purpose=READING)
    may = {id_: voice for id_, voice in voices.items() if (voice.identity_id, voice.account_kind) in yes}
    texts = texts_of(list(may))
    people = listening.identities({voice.identity_id for voice in may.values()})
    found = {}
    for id_, text in texts.items():
        who = people.get(may[id_].identity_id)
        names = (who.name, who.handle, who.external_id) if who else ()
        found[id_] = _question(remote, text, wanted[id_], (*names, may[id_].author_name, may[id_].author_handle))
    return found


def _question(remote: Remote, text: Text, fields: list[str], names: tuple[str, ...]) -> bytes:
    asked = {"text": bare(text.words, names), "channel": text.channel, "kind": text.kind, "visibility": text.visibility}
    return msgspec.json.encode(asked | {"fields": fields})


# ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(name: str, remote: Remote, use: RemoteUse, question: bytes) -> dict[str, Any] | None:
    """What is known or said of it; None where it was not asked. {} where nothing came of it."""
    digest = hashlib.sha256(b"\0".join([remote.url.encode(), question])).hexdigest()
    known = RemoteAnswer.objects.filter(name=name, digest=digest).first()
    if known is not None:
        return known.values
    if not _is_within_budget(name, remote):
        return None
    try:
        row = RemoteAnswer.objects.create(
            name=name, digest=digest, asked_at=now()
        )  # counted before it is asked: killed, it counts
    except IntegrityError:
        return None  # another process asks it
    try:
        row.values, row.outcome = _ask(remote, question), RemoteAnswer.Outcome.ANSWERED
        use.failures, use.paused_until = 0, None
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError, BadCorrection, ValueError) as error:
        log.warning("understanding: %s gave no answer that can be used (%s); what Heard read stays", name, type(error).__name__)
        row.outcome = RemoteAnswer.Outcome.FAILED
        use.failures += 1
        if use.failures >= FAILURES:
            use.paused_until = now() + PAUSE
    row.save(update_fields=["values", "outcome"])
    return row.values


def _is_within_budget(name: str, remote: Remote) -> bool:
    return _asked_of_late(name) < remote.per_day


def _asked_of_late(name: str) -> int:
    return RemoteAnswer.objects.filter(name=name, asked_at__gt=now() - DAY).count()


def _ask(remote: Remote, question: bytes) -> dict[str, Any]:
    """{field: value} of the fields that it was asked for. Raises for any other answer."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {remote.token}"} if remote.token else {})
    with http.client(timeout_seconds=remote.timeout_seconds, max_bytes=MOST_BYTES) as client:
        response = client.post(remote.url, content=question, headers=headers, follow_redirects=False)
    if response.status_code != httpx.codes.OK:
        raise ValueError(f"status {response.status_code}")
    said = msgspec.json.decode(response.content, type=dict[str, Any])
    return {field: checked(field, said[field]) for field in remote.fields if field in said}


# ── Taking it in ────────────────────────────────────────────────────────────────────────────────────────────────────


def _take(name: str, assessment_id: int, interaction_id: int, values: Mapping[str, Any]) -> None:
    """It stands in place of what was unsure, with who said so and what Heard had said. A colleague's word wins as ever. Tells
    "verdicts.switched" where queues go by it."""
    with one_writer():
        row = Assessment.objects.filter(pk=assessment_id).first()
        if row is None or not values:
            return
        before = selectors.verdicts_on([interaction_id])
        for field, value in values.items():
            row.reasons = [reason for reason in row.reasons if reason["field"] != field]
            row.reasons += [
                _reason(name, field, one, getattr(row, field)) for one in (value if isinstance(value, list) else [value])
            ]
            setattr(row, field, value)
        row.unsure = [field for field in row.unsure if field not in values]
        row.save(update_fields=[*values, "reasons", "unsure"])
        after = selectors.verdicts_on([interaction_id])
        if _shows(before) != _shows(after):
            outbox.tell("verdicts.switched", interaction_ids=[interaction_id])


def _shows(verdicts: Mapping[int, selectors.Verdict]) -> list[tuple[Any, ...]]:
    return [tuple(getattr(verdict, field) for field in sorted(MOVING)) for verdict in verdicts.values()]


def _reason(name: str, field: str, value: Any, before: Any) -> dict[str, Any]:
    return {
        "field": field,
        "value": _written(value),
        "because": f"{name} was asked; Heard was unsure and had said {_written(before)}",
        "evidence": [],
    }


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return str(value) or "none"


# ── How it stands ───────────────────────────────────────────────────────────────────────────────────────────────────


class Line(NamedTuple):
    """One that is plugged in. `today`: questions in the last 24 hours."""

    name: str
    url: str
    fields: tuple[str, ...]
    is_on: bool
    today: int
    per_day: int
    paused_until: datetime | None


def lines() -> list[Line]:
    known = {use.name: use for use in RemoteUse.objects.all()}
    return [_line(name, remotes[name], known.get(name)) for name in remotes.names()]


def _line(name: str, remote: Remote, use: RemoteUse | None) -> Line:
    paused_until = use.paused_until if use and _is_paused(use) else None
    return Line(name, remote.url, remote.fields, bool(use and use.is_on), _asked_of_late(name), remote.per_day, paused_until)

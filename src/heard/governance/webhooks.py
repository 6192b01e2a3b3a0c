"""Other systems are told what happened: `announce` in the verb's own transaction, one row for each endpoint that asked for it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import QuerySet

from heard.governance.models import WebhookEndpoint, WebhookMessage
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.kernel.prepared import prepared

FIELDS = ["endpoint_id", "key", "event", "body", "state", "made_at", "due_at", "attempts", "claimed_by", "error"]


@dataclass(frozen=True)
class Fact:
    """Something that happened. `event` is of rules/announcements.py; `data` is JSON; `team_id` says whose it is, None everyone's."""

    event: str
    data: dict[str, Any]
    team_id: int | None = None
    at: datetime | None = None  # now, if not said


def announce(facts: Iterable[Fact]) -> None:
    """Write `facts` down for the endpoints that asked for them, to be sent after the commit. Two statements, however many;
    one, and no fact is looked at, where nobody asked for anything."""
    endpoints = [(id_, frozenset(events), team_id) for id_, events, team_id in _listening()]
    if not endpoints:
        return
    moment = now()
    rows = [
        row(endpoint_id, fact, moment)
        for fact in facts
        for endpoint_id, events, team_id in endpoints
        if fact.event in events and (team_id is None or fact.team_id is None or team_id == fact.team_id)
    ]
    bulk.insert(WebhookMessage, FIELDS, rows)


@prepared
def _listening() -> QuerySet:
    return WebhookEndpoint.objects.filter(state=WebhookEndpoint.State.ON).values_list("id", "events", "team_id")


def row(endpoint_id: int, fact: Fact, moment: datetime) -> list:
    at = fact.at or moment
    body = msgspec.json.encode({"type": fact.event, "timestamp": at, "data": fact.data}).decode()
    key = f"msg_{uuid.uuid4().hex}"
    return [endpoint_id, key, fact.event, body, WebhookMessage.State.WAITING.value, moment, moment, 0, "", ""]

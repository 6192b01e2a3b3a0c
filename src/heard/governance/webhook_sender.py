"""Takes waiting messages to their endpoints, each at least once and always under the same key.

A receiver that hangs holds up one try and nobody else: an endpoint that failed is left alone for a while, and the others go
on. What was tried for three days is a dead letter, which a person can send again. The guarded door of kernel/http.py is the
only way out, so no endpoint is a way into one's own network.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
from django.db import transaction
from django.db.models import F, Q

from heard.governance.models import WebhookEndpoint, WebhookMessage
from heard.governance.rules import standard_webhooks as rules
from heard.kernel import claims, clock, http, stream
from heard.kernel.secrets import CannotRead, unseal

LEASE = timedelta(minutes=2)  # longer than one try may take
ANSWER_SECONDS = 15
PATIENCE = timedelta(days=5)  # an endpoint that takes nothing for so long is given up
KEEP_DELIVERED, KEEP_DEAD = timedelta(days=7), timedelta(days=90)
State, Message = WebhookEndpoint.State, WebhookMessage.State


def work_off(*, worker: str, now: datetime, limit: int = 50) -> int:
    """Send what is due, the endpoints by turns. Returns how many tries were made. Not inside a transaction."""
    done = 0
    with http.client(timeout_seconds=ANSWER_SECONDS, max_bytes=1_000_000) as door:
        while done < limit and (tries := sum(_try_one(endpoint_id, door, worker, now) for endpoint_id in _ready(now))):
            done += tries
    return done


def clear(now: datetime) -> int:
    """Drop what was delivered a week ago and what died three months ago."""
    old = Q(state=Message.DELIVERED, ended_at__lt=now - KEEP_DELIVERED) | Q(state=Message.DEAD, ended_at__lt=now - KEEP_DEAD)
    return WebhookMessage.objects.filter(old).delete()[0]


def _ready(now: datetime) -> Iterator[int]:
    calm = Q(quiet_until__isnull=True) | Q(quiet_until__lte=now)
    yield from WebhookEndpoint.objects.filter(calm, state=State.ON).values_list("id", flat=True)


def _try_one(endpoint_id: int, door: httpx.Client, worker: str, now: datetime) -> bool:
    due = WebhookMessage.objects.filter(endpoint_id=endpoint_id, state=Message.WAITING, due_at__lte=now)
    ids = claims.claim(due, worker=worker, now=now, lease=LEASE, limit=1)
    if not ids:
        return False
    message = WebhookMessage.objects.select_related("endpoint").get(id=ids[0])
    status, words, asked_seconds = _post(message, door)
    if status is not None and rules.took_it(status):
        _delivered(message, worker, status)
    else:
        _not_delivered(message, worker, status, words, asked_seconds)
    return True


def _post(message: WebhookMessage, door: httpx.Client) -> tuple[int | None, str, float]:
    """(status, what went wrong, seconds the receiver asked us to wait). Never raises for what a receiver does."""
    moment = clock.now()
    try:
        secrets = unseal(message.endpoint.sealed_secrets)
    except CannotRead:
        return None, "The secret cannot be read with the present secret key; make a new one.", 0
    timestamp = int(moment.timestamp())
    good = [secrets["now"]]
    if secrets.get("before") and message.endpoint.before_until and message.endpoint.before_until > moment:
        good.append(secrets["before"])
    headers = {
        "content-type": "application/json",
        "webhook-id": message.key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": rules.signature(good, key=message.key, timestamp=timestamp, body=message.body),
    }
    try:
        # What it says beside the status is never read: it may be endless, and tells us nothing.
        request = door.stream("POST", message.endpoint.url, content=message.body, headers=headers, follow_redirects=False)
        with request as answer:
            return answer.status_code, f"It answered {answer.status_code}.", _asked_seconds(answer)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return None, f"{type(error).__name__}: {error}"[:300], 0


def _asked_seconds(answer: httpx.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isdecimal() and len(given) < 7 else 0


def _delivered(message: WebhookMessage, worker: str, status: int) -> None:
    with transaction.atomic():
        _finish(message, worker, state=Message.DELIVERED, answer=status, error="", ended_at=clock.now())
        failing = WebhookEndpoint.objects.filter(pk=message.endpoint_id, failures__gt=0)
        if failing.update(failures=0, failing_since=None, quiet_until=None, why=""):
            _tell(message.endpoint_id)


def _not_delivered(message: WebhookMessage, worker: str, status: int | None, words: str, asked_seconds: float) -> None:
    moment = clock.now()
    pause = rules.pause_seconds(message.attempts, dice=random.random(), asked_seconds=asked_seconds)
    with transaction.atomic():
        if pause is None:
            _finish(message, worker, state=Message.DEAD, answer=status, error=words, ended_at=moment)
        else:
            _finish(message, worker, due_at=moment + timedelta(seconds=pause), answer=status, error=words)
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=message.endpoint_id)
        quiet = max(rules.quiet_seconds(endpoint.failures + 1), min(asked_seconds, 86_400))
        endpoint.failures, endpoint.why = F("failures") + 1, words  # type: ignore[assignment]
        endpoint.failing_since = endpoint.failing_since or moment
        endpoint.quiet_until = moment + timedelta(seconds=quiet)
        if status == rules.GONE:
            endpoint.state, endpoint.why = State.GIVEN_UP, "It answered that it is gone for good."
        elif moment - endpoint.failing_since > PATIENCE:
            endpoint.state, endpoint.why = State.GIVEN_UP, f"It took nothing for {PATIENCE.days} days. Last: {words}"[:300]
        endpoint.save(update_fields=["failures", "why", "failing_since", "quiet_until", "state"])
        _tell(message.endpoint_id)


def _finish(message: WebhookMessage, worker: str, **changes: object) -> None:
    """Let go of the claim; a worker whose lease another took over changes nothing."""
    WebhookMessage.objects.filter(pk=message.pk, claimed_by=worker).update(claimed_by="", lease_until=None, **changes)


def _tell(endpoint_id: int) -> None:
    stream.publish(stream.News("webhook", {"id": endpoint_id}))

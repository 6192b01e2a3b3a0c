"""Verbs about outward webhooks: who is told, with which secret, and what is sent again."""

import secrets
from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from heard.governance import audit
from heard.governance.actions import Refused
from heard.governance.models import Team, WebhookEndpoint, WebhookMessage
from heard.governance.permissions import Viewer
from heard.governance.rules import announcements
from heard.governance.rules.standard_webhooks import SECRET_BYTES, secret_of
from heard.governance.webhooks import FIELDS, Fact, row
from heard.kernel import bulk, clock, stream
from heard.kernel.secrets import CannotRead, seal, unseal

CHANGE_OVER = timedelta(days=1)  # both secrets are good for so long after a change
State, Message = WebhookEndpoint.State, WebhookMessage.State


def add_endpoint(viewer: Viewer, *, url: str, name: str, events: Collection[str], team_id: int | None = None) -> tuple[int, str]:
    """(id, secret). The secret is shown once. Raises Refused."""
    viewer.check("webhook.manage")
    url, name = url.strip(), " ".join(name.split())
    _check(url, name, events)
    if team_id is not None and not Team.objects.filter(pk=team_id).exists():
        raise Refused("There is no such team.")
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.create(
            url=url, name=name, events=sorted(events), team_id=team_id, sealed_secrets=seal({"now": secret})
        )
        _note(viewer, "webhook.add", endpoint.pk, name=name, events=sorted(events))
    return endpoint.pk, secret


def change_endpoint(viewer: Viewer, endpoint_id: int, *, url: str, name: str, events: Collection[str]) -> None:
    """What waits already goes to the new address. Raises Refused, DoesNotExist."""
    viewer.check("webhook.manage")
    url, name = url.strip(), " ".join(name.split())
    _check(url, name, events)
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
        endpoint.url, endpoint.name, endpoint.events, endpoint.quiet_until = url, name, sorted(events), None
        endpoint.save(update_fields=["url", "name", "events", "quiet_until"])
        _note(viewer, "webhook.change", endpoint_id, name=name, events=sorted(events))


def new_secret(viewer: Viewer, endpoint_id: int) -> str:
    """The new secret, shown once. For a day messages are signed with the one before as well. Raises DoesNotExist."""
    viewer.check("webhook.manage")
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
        try:
            before = unseal(endpoint.sealed_secrets).get("now", "")
        except CannotRead:
            before = ""
        endpoint.sealed_secrets = seal({"now": secret, "before": before})
        endpoint.before_until = clock.now() + CHANGE_OVER
        endpoint.save(update_fields=["sealed_secrets", "before_until"])
        _note(viewer, "webhook.new_secret", endpoint_id)
    return secret


def switch_endpoint(viewer: Viewer, endpoint_id: int, *, on: bool) -> None:
    """Switched off it is told nothing new, and what waits keeps waiting. Switched on it is tried at once."""
    viewer.check("webhook.manage")
    state = State.ON if on else State.OFF
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
        endpoint.state, endpoint.why, endpoint.failures = state, "", 0
        endpoint.quiet_until = endpoint.failing_since = None
        endpoint.save(update_fields=["state", "why", "failures", "quiet_until", "failing_since"])
        _note(viewer, "webhook.switch", endpoint_id, on=on)


def remove_endpoint(viewer: Viewer, endpoint_id: int) -> None:
    """It and all messages for it are gone."""
    viewer.check("webhook.manage")
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)
        _note(viewer, "webhook.remove", endpoint_id, name=endpoint.name)
        endpoint.delete()


def test_endpoint(viewer: Viewer, endpoint_id: int) -> None:
    """A message that means nothing goes out now, as any other does. Raises DoesNotExist."""
    viewer.check("webhook.manage")
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
        moment = clock.now()
        bulk.insert(WebhookMessage, FIELDS, [row(endpoint.pk, Fact(announcements.TEST, {"hello": endpoint.name}), moment)])
        WebhookEndpoint.objects.filter(pk=endpoint_id).update(quiet_until=None)
        _note(viewer, "webhook.test", endpoint_id)


def send_dead_again(viewer: Viewer, endpoint_id: int, *, message_id: int | None = None) -> int:
    """One dead letter, or all of this endpoint, wait anew, with the key they had. Returns how many."""
    viewer.check("webhook.manage")
    with transaction.atomic():
        dead = WebhookMessage.objects.filter(endpoint_id=endpoint_id, state=Message.DEAD)
        if message_id is not None:
            dead = dead.filter(pk=message_id)
        count = dead.update(state=Message.WAITING, attempts=0, due_at=clock.now(), ended_at=None)
        WebhookEndpoint.objects.filter(pk=endpoint_id).update(quiet_until=None)
        _note(viewer, "webhook.send_again", endpoint_id, count=count)
    return count


def _check(url: str, name: str, events: Collection[str]) -> None:
    parts = urlsplit(url)
    schemes = ("https", "http") if settings.ALLOW_PRIVATE_ADDRESSES else ("https",)
    if parts.scheme not in schemes or not parts.hostname or len(url) > 1000 or parts.username:
        raise Refused("The address must begin with https:// and name a host, without a password in it.")
    if not name:
        raise Refused("Give it a name, so that colleagues know whom it tells.")
    if not events or set(events) - set(announcements.EVENTS):
        raise Refused("Choose at least one thing it is told.")


def _note(viewer: Viewer, verb: str, endpoint_id: int, **detail: object) -> None:
    audit.note(viewer, verb, "webhook", endpoint_id, **detail)
    stream.publish(stream.News("webhook", {"id": endpoint_id}))

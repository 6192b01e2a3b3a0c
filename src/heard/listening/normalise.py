"""Bytes to events: the first step of the walk, before any transaction."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from heard.kernel.rules.words import indexed
from heard.listening.accounts import account_view, adapter_of
from heard.listening.channels.contract import Edited, Event, File, RawEvent, Said
from heard.listening.deliveries import Waiting
from heard.listening.files import keep_file
from heard.listening.models import ChannelAccount
from heard.listening.safe_html import safe_html
from heard.listening.storable import storable

_WITH_HTML = (Said, Edited)
_NOTHING = msgspec.Raw(b"{}")
_encode = msgspec.json.Encoder().encode


class Spoken(Struct, frozen=True, kw_only=True, gc=False):
    """One event of one delivery, `n` being its place in the batch."""

    n: int
    delivery_id: int | None
    account_id: int
    account_kind: str
    received_at: datetime
    event: Event
    target: tuple[int, str]  # see target_of
    html: str = ""  # made safe
    files: tuple[tuple[File, str], ...] = ()  # attachments with the sha256 under which their bytes are kept
    extra: msgspec.Raw = _NOTHING  # of a voice or an edit, as it is stored
    words: str = ""  # of a voice, as the text index holds them
    is_masked: bool = False  # something in it was made unreadable, so its bytes must not be kept either


class Poison(Exception):
    """An adapter could not make sense of this delivery. The walk halves the batch until it stands alone."""


def normalise(deliveries: Sequence[Waiting]) -> list[Spoken]:
    """Events of all deliveries in their order. One query, for the accounts. Raises Poison with the adapter's reason."""
    accounts = ChannelAccount.objects.in_bulk({d.account_id for d in deliveries})
    views = {id_: account_view(account, with_secrets=False) for id_, account in accounts.items()}
    spoken: list[Spoken] = []
    for delivery in deliveries:
        view = views[delivery.account_id]
        for event in _events(delivery, view):
            spoken.append(
                Spoken(
                    n=len(spoken),
                    delivery_id=delivery.id,
                    account_id=view.id,
                    account_kind=view.kind,
                    received_at=delivery.received_at,
                    event=event,
                    target=target_of(view.id, event),
                    html=safe_html(event.html) if isinstance(event, _WITH_HTML) else "",
                    files=_kept(event),
                    extra=extra_of(event),
                    words=searchable(event) if isinstance(event, Said) else "",
                )
            )
    return spoken


def extra_of(event: Event) -> msgspec.Raw:
    if isinstance(event, Edited):
        return msgspec.Raw(_encode(event.extra)) if event.extra else _NOTHING
    if not isinstance(event, Said) or not (event.extra or event.found_by or event.references):
        return _NOTHING
    extra = event.extra
    if event.found_by:
        extra = {**extra, "found_by": event.found_by}
    if event.references:
        extra = {**extra, "references": event.references}
    return msgspec.Raw(_encode(extra))


def searchable(event: Said) -> str:
    """For the text index: the words, and the reference that was given to the customer for coming back to them."""
    return indexed(f"{event.subject} {event.text} {event.extra.get('reference', '')}")


def target_of(account_id: int, event: Event) -> tuple[int, str]:
    """(account, external id) of the voice that an event is, or is about."""
    return (account_id, (event.external_id if isinstance(event, Said) else getattr(event, "target", ""))[:500])


def _kept(event: Event) -> tuple[tuple[File, str], ...]:
    """Attachments with the hash their bytes are stored under. Before the transaction: a rolled back walk leaves a file, no row."""
    if not isinstance(event, Said) or not event.attachments:
        return ()
    return tuple((f, keep_file(f.data) if f.data is not None else "") for f in event.attachments)


def _events(delivery: Waiting, view) -> list[Event]:
    raw = RawEvent(
        key=delivery.delivery_key,
        body=delivery.body,
        content_type=delivery.content_type,
        headers=delivery.headers,
        received_at=delivery.received_at,
    )
    try:
        adapter = adapter_of(view.kind)
        events = adapter.normalise(raw, view)
        return events if adapter.texts_are_storable else [storable(event) for event in events]
    except Exception as error:  # whatever an adapter does to itself on hostile bytes stays with that one delivery
        raise Poison(f"{type(error).__name__}: {error}"[:1000]) from error

from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from django.db import transaction

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.listening.actions.receive import receive
from heard.listening.channels.contract import Author, RawEvent
from heard.listening.channels.log.adapter import KINDS, Logged
from heard.listening.selectors import visible_accounts


class BadEntry(ValueError):
    """What was typed cannot be logged. The text says what is missing; nothing was written."""


def log(
    viewer: Viewer,
    *,
    account_id: int,
    kind: str,
    who: Author | str,
    occurred_at: datetime,
    text: str,
    direction: str = "inbound",
    extra: dict[str, Any] | None = None,
) -> int:
    """A call, meeting, letter or visit is received like any other voice. Returns 1, or 0 when the same was logged already.

    `who` is somebody known, or what a colleague typed: a number, an e-mail address, a name. Raises NotAllowed, BadEntry, and
    DoesNotExist for an account the viewer does not see. Two clicks on one button are one entry.
    """
    viewer.check("interaction.log")
    account = visible_accounts(viewer).filter(kind="log").get(pk=account_id)
    _check(kind, who, occurred_at, text, direction)
    told = {"kind": kind, "occurred_at": occurred_at, "text": text.strip(), "direction": direction, "extra": extra or {}}
    entry = Logged(who=who, by=viewer.name, **told)  # type: ignore[arg-type]
    body = msgspec.json.encode(entry)
    with transaction.atomic():
        new = receive(account.pk, [RawEvent(key=sha256(body).hexdigest(), body=body, content_type="application/json")])
        audit.note(viewer, "interaction.log", "channel", account.pk, kind=kind, direction=direction, new=new)
    return new


def _check(kind: str, who: Author | str, occurred_at: datetime, text: str, direction: str) -> None:
    if kind not in KINDS:
        raise BadEntry(f"{kind!r} is none of {', '.join(KINDS)}")
    if direction not in ("inbound", "outbound"):
        raise BadEntry(f"{direction!r} is neither inbound nor outbound")
    if isinstance(who, str) and not who.strip():
        raise BadEntry("Say who it was: a number, an e-mail address or a name.")
    if occurred_at.tzinfo is None:
        raise BadEntry("The time needs a zone.")
    if not text.strip():
        raise BadEntry("Write down what was said.")
    if "\0" in text or "\0" in str(who):
        raise BadEntry("The text holds a character that cannot be stored.")

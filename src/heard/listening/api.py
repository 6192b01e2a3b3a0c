"""REST: other systems bring voices here with a token; colleagues read them with their session.

A call is answered when its items are stored, before anybody has looked at what they mean.
"""

import time
from hashlib import sha256
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Header, Path, Router, Schema
from ninja.errors import HttpError
from ninja.security import HttpBearer
from pydantic import AwareDatetime

from heard.governance.api import Colleague, Problem
from heard.listening import selectors
from heard.listening.actions import take_in
from heard.listening.channels.api import item as items
from heard.listening.channels.api.adapter import split
from heard.listening.channels.contract import PullPage, RawEvent
from heard.listening.rules.pace import Pace
from heard.listening.tokens import Bearer, bearer_of

router = Router(tags=["Voices"])
MOST_ITEMS = 1000
MOST_BYTES = 12 * 1024 * 1024
CALLS_PER_MINUTE = 600
pace = Pace(limit=CALLS_PER_MINUTE, window_seconds=60)
tries = Pace(limit=60, window_seconds=60)  # of unknown tokens from one address

RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class Token(HttpBearer):
    """A token that an administrator made for one account. Knows nothing and reads nothing; it only brings."""

    def authenticate(self, request: HttpRequest, token: str) -> Bearer | None:
        moment = time.monotonic()
        bearer = bearer_of(token)
        if bearer is None:
            if tries.knock(request.META.get("REMOTE_ADDR", ""), at_seconds=moment):
                raise HttpError(429, "Too many calls with unknown tokens; try again in a minute.")
            return None
        if pace.knock(str(bearer.token_id), at_seconds=moment):
            raise HttpError(429, f"More than {CALLS_PER_MINUTE} calls a minute; send lists of up to {MOST_ITEMS}.")
        return bearer


class Refused(Schema):
    index: int = Field(description="Place in the list that was sent, from 0")
    error: str


class Taken(Schema):
    """received = stored + doubled + the number of `refused`."""

    received: int
    stored: int = Field(description="New, and safe now; walked within a moment")
    doubled: int = Field(description="Were here already; nothing happened")
    refused: list[Refused]


ITEM, COMPONENTS = items.schemas()
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [ITEM, {"type": "array", "items": ITEM, "minItems": 1, "maxItems": MOST_ITEMS}]}
            }
        },
    }
}


@router.post(
    "/interactions",
    auth=Token(),
    response={202: Taken, 400: Problem, 401: Problem, 403: Problem, 413: Problem, 422: Taken, 429: Problem},
    operation_id="bring",
    summary="Bring one voice or a list of up to 1,000",
    openapi_extra=BODY,
)
def bring(
    request: HttpRequest,
    idempotency_key: Annotated[
        str | None, Header(alias="Idempotency-Key", max_length=200, description="Makes items without an external_id repeatable")
    ] = None,
):
    """Every item that can be read is stored; the others are named in `refused`. May be repeated: an `external_id`, or an
    Idempotency-Key with the item's place, is stored once. 422 when not one item could be read."""
    bearer: Bearer = request.auth  # type: ignore[attr-defined]
    if bearer.account_kind != "api":
        raise HttpError(403, "This token belongs to an account of another kind; make one for a REST API account.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise HttpError(413, f"More than {MOST_BYTES // 2**20} MB; send shorter lists.")
    found = split(request.body)
    if not found or len(found) > MOST_ITEMS:
        raise HttpError(400, f"Send an item or a list of 1 to {MOST_ITEMS}.")
    taken, refused = _read(found, idempotency_key or "")
    stored = take_in(bearer.account_id, PullPage(deliveries=taken)) if taken else 0
    answer = {"received": len(found), "stored": stored, "doubled": len(taken) - stored, "refused": refused}
    return (202 if taken else 422), answer


def _read(found: list[bytes], idempotency_key: str) -> tuple[list[RawEvent], list[dict]]:
    taken, refused = [], []
    for index, body in enumerate(found):
        spare = f"{idempotency_key} {index}" if idempotency_key else sha256(body).hexdigest()
        try:
            taken.append(items.delivery_of(body, items.parsed(body), spare_key=spare))
        except items.BadItem as error:
            refused.append({"index": index, "error": str(error)})
    return taken, refused


class FileOut(Schema):
    id: int
    name: str
    content_type: str
    size_bytes: int | None


class VoiceOut(Schema):
    """Something that was said, as it reads now: its newest edit applied, its words gone when it was withdrawn."""

    id: int
    channel: str
    account: str
    author: str
    author_handle: str
    direction: str
    kind: str
    visibility: str
    occurred_at: AwareDatetime
    received_at: AwareDatetime
    subject: str
    text: str
    permalink: str
    edited_at: AwareDatetime | None
    withdrawn_at: AwareDatetime | None
    files: list[FileOut]

    @classmethod
    def of(cls, voice: selectors.Voice) -> "VoiceOut":
        files = [FileOut(id=a.id, name=a.name, content_type=a.content_type, size_bytes=a.size_bytes) for a in voice.attachments]
        same = (
            "id",
            "author_handle",
            "direction",
            "kind",
            "visibility",
            "occurred_at",
            "received_at",
            "subject",
            "text",
            "permalink",
        )
        told = {name: getattr(voice, name) for name in (*same, "edited_at", "withdrawn_at")}
        return cls(channel=voice.account_kind, account=voice.account_name, author=voice.author_name, files=files, **told)


@router.get(
    "/interactions/{interaction_id}",
    auth=Colleague(),
    response={200: VoiceOut, 401: Problem, 404: Problem},
    operation_id="interaction",
    summary="One thing that was said",
)
def interaction(request: HttpRequest, interaction_id: RowId):
    """404 also for one that you may not see."""
    voice = selectors.voices(request.viewer, [interaction_id]).get(interaction_id)  # type: ignore[attr-defined]
    if voice is None:
        raise HttpError(404, "There is no such interaction.")
    return VoiceOut.of(voice)

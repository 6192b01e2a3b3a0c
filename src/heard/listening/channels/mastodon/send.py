"""Going out: post, look whether it went out, change, delete."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx

from heard.listening.channels.contract import (
    Ambiguous,
    ChannelError,
    Context,
    File,
    NotFound,
    Part,
    Rejected,
    Retryable,
    Sent,
    Visibility,
)
from heard.listening.channels.mastodon.api import Api
from heard.listening.channels.mastodon.payloads import Actor, Medium, Status, utc
from heard.listening.channels.mastodon.words import MENTION
from heard.listening.channels.plain import plain

WIDEST_FIRST = ("public", "unlisted", "private", "direct")
OF_OURS: dict[Visibility, str] = {"public": "public", "followers": "private", "private": "direct"}
RECONCILE_WITHIN = timedelta(hours=1)
RECENT = 40


def send(ctx: Context, part: Part, *, idem: str) -> Sent:
    api = Api(ctx)
    form: dict = {"status": part.text, "visibility": visibility_for(api, part)}
    if part.in_reply_to:
        form["in_reply_to_id"] = part.in_reply_to
    if part.subject:
        form["spoiler_text"] = part.subject
    if part.attachments:
        form["media_ids[]"] = [upload(api, file) for file in part.attachments]
    return sent(api.write("POST", "/api/v1/statuses", Status, data=form, headers={"Idempotency-Key": idem}))


def sent(status: Status) -> Sent:
    return Sent(external_id=status.id, permalink=status.url or status.uri or "", sent_at=utc(status.created_at))


def visibility_for(api: Api, part: Part) -> str:
    """Never wider than the post it answers, whatever was asked for: a direct message is answered by a direct message."""
    asked = OF_OURS[part.visibility]
    if not part.in_reply_to:
        return asked
    answered = api.read(f"/api/v1/statuses/{part.in_reply_to}", Status).visibility
    return max(asked, answered if answered in WIDEST_FIRST else "direct", key=WIDEST_FIRST.index)


def upload(api: Api, file: File) -> str:
    if file.data is None:
        raise Rejected(f"{file.name} has no content to send")
    try:
        medium = api.write(
            "POST",
            "/api/v2/media",
            Medium,
            files={"file": (file.name, file.data, file.content_type)},
            data={"description": file.alt},
        )
    except Ambiguous as error:  # a second copy that no post uses is thrown away by the server
        raise Retryable(str(error)) from error
    if not medium.url:
        raise Retryable(f"the server is still working on {file.name}", after_seconds=10)
    return medium.id


# ── Did it go out? ──────────────────────────────────────────────────────────────────────────────────────────────────


def reconcile(ctx: Context, part: Part) -> Sent | None:
    """Our recent post with these words and this place; None when there is none. Ambiguous when we cannot look back far enough."""
    api = Api(ctx)
    since = ctx.now() - RECONCILE_WITHIN
    me = api.read("/api/v1/accounts/verify_credentials", Actor).id
    own = api.read(f"/api/v1/accounts/{me}/statuses", list[Status], limit=RECENT)
    for status in own:
        if is_this(status, part) and utc(status.created_at) >= since:
            return sent(status)
    if len(own) >= RECENT and min(utc(status.created_at) for status in own) > since:
        raise Ambiguous(f"more than {RECENT} posts went out since; somebody must look whether this one did")
    return None


def is_this(status: Status, part: Part) -> bool:
    same_place = not part.in_reply_to or status.in_reply_to_id == part.in_reply_to
    return same_place and bare(plain(status.content or "")) == bare(part.text)


def bare(text: str) -> str:
    """Words as a server may have rewritten them: mentions lose their host, white space collapses."""
    return re.sub(r"\s+", " ", MENTION.sub(r"@\1", text)).strip().lower()


# ── Afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────────


def edit(ctx: Context, external_id: str, part: Part) -> None:
    """Changes the words and keeps the rest; a server drops what an edit does not repeat."""
    api = Api(ctx)
    before = api.read(f"/api/v1/statuses/{external_id}", Status)
    form: dict = {"status": part.text, "spoiler_text": part.subject or before.spoiler_text or ""}
    if before.media_attachments:
        form["media_ids[]"] = [medium.id for medium in before.media_attachments]
    repeatable(lambda: api.write("PUT", f"/api/v1/statuses/{external_id}", Status, data=form))


def delete(ctx: Context, external_id: str) -> None:
    api = Api(ctx)
    repeatable(lambda: api.write("DELETE", f"/api/v1/statuses/{external_id}", dict))


def repeatable(act: Callable[[], object]) -> None:
    """The same edit or deletion twice is the same as once, so an open end is tried again instead of shown to a person."""
    try:
        act()
    except Ambiguous as error:
        raise Retryable(str(error)) from error


def fetch(ctx: Context, file: File) -> File:
    """The bytes of a medium. The token stays home: media lie on other people's servers."""
    try:
        answer = ctx.http.get(file.url)
    except httpx.HTTPError as error:
        raise Retryable(f"{file.name} could not be fetched: {error}") from error
    if not answer.is_success:
        raise media_error(answer)(f"{file.name} could not be fetched: {answer.status_code}")
    content_type = answer.headers.get("content-type", file.content_type).partition(";")[0].strip()
    return File(
        name=file.name, content_type=content_type, data=answer.content, url=file.url, alt=file.alt, size_bytes=len(answer.content)
    )


def media_error(answer: httpx.Response) -> type[ChannelError]:
    return Retryable if answer.is_server_error or answer.status_code == 429 else NotFound

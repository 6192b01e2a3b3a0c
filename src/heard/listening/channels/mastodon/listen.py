"""The user stream: mentions, edits and deletions within a second. Polling goes on beside it and fills every gap.

The home timeline comes with it. Of that we keep what is ours, what names us and what a hashtag of ours marks; people we
merely follow are not customers, and their words are none of our business.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from heard.listening.channels.contract import JSON, Context, NotFound, PullPage, RawEvent, Rejected, Retryable
from heard.listening.channels.mastodon.api import Api
from heard.listening.channels.mastodon.deliveries import gone, notification, status
from heard.listening.channels.mastodon.payloads import Status, decode
from heard.listening.channels.mastodon.pull import words_of
from heard.listening.channels.mastodon.read import author_of, is_addressed, own_address

POLLED_ONLY = {"snac"}  # names a streaming address all the same


@dataclass
class ServerSentEvent:
    event: str = ""
    data: list[str] = field(default_factory=list)


def listen(ctx: Context, cursor: JSON) -> Iterator[PullPage]:
    """Pages as things happen, an empty one with each heartbeat. Raises Rejected where the server does not stream."""
    api = Api(ctx)
    instance = api.instance()
    if instance.software in POLLED_ONLY:
        raise Rejected(f"{api.base_url} has no streaming; it is polled")
    url = f"{instance.streaming or api.base_url}/api/v1/streaming/user"
    try:
        with api.open(url) as answer:
            check(api, answer)
            for event in server_sent(answer.iter_lines()):
                yield PullPage(deliveries=deliveries_of(event, ctx, software=instance.software))
                if ctx.stopping():
                    return
    except httpx.HTTPError as error:
        raise Retryable(f"{url} broke off: {type(error).__name__}") from error


def check(api: Api, answer: httpx.Response) -> None:
    """A server that answers with a page instead of a stream has none."""
    if answer.is_success and "event-stream" in answer.headers.get("content-type", ""):
        return
    answer.read()
    try:
        api.check(answer)
    except NotFound as error:
        raise Rejected(f"{api.base_url} has no streaming; it is polled") from error
    raise Rejected(f"{api.base_url} has no streaming; it is polled")


def server_sent(lines: Iterator[str]) -> Iterator[ServerSentEvent]:
    """Events as they come; a comment (Mastodon's `:thump`) is an event without a name."""
    event = ServerSentEvent()
    for line in lines:
        name, _, value = line.partition(":")
        if name == "event":
            event.event = value.strip()
        elif name == "data":
            event.data.append(value.removeprefix(" "))
        elif event.event or line.startswith(":"):
            yield event
            event = ServerSentEvent()


def deliveries_of(event: ServerSentEvent, ctx: Context, *, software: str) -> list[RawEvent]:
    body = "\n".join(event.data).encode()
    match event.event:
        case "notification":
            return [notification(body, software=software, now=ctx.now())]
        case "delete":
            return [gone(body.decode().strip().strip('"'), now=ctx.now())]
        case "update" if concerns_us(body, ctx):
            return [status(body, software=software, now=ctx.now(), found_by=hashtag_in(body, ctx))]
        case "status.update" | "status_update":  # not all servers write the dot
            return [status(body, software=software, now=ctx.now(), event="status.update")]
        case _:
            return []


def concerns_us(body: bytes, ctx: Context) -> bool:
    try:
        seen = decode(body, Status)
    except ValueError:
        return True  # let it be quarantined where people see it
    ours = author_of(seen.account, ctx.account).external_id == own_address(ctx.account)
    return ours or is_addressed(seen, ctx.account) or bool(hashtag_in(body, ctx))


def hashtag_in(body: bytes, ctx: Context) -> str:
    """The first of our hashtags that a status carries, as it is written in the settings; else empty."""
    try:
        carried = {tag.name.lower() for tag in decode(body, Status).tags or []}
    except ValueError:
        return ""
    ours = [tag.lstrip("#") for tag in words_of(ctx.account.config, "hashtags")]
    return next((f"#{tag}" for tag in ours if tag.lower() in carried), "")

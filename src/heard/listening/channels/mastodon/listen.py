"""The user stream: mentions, edits and deletions within a second, with the poll of every minute in between.

The stream opens first and then a poll brings what was said before it: nothing falls between the two. What a stream never
tells (hashtags, keywords, edits by people we do not follow), the polls bring; what both bring has one key.

The home timeline comes with it. Of that we keep what is ours, what names us and what a hashtag of ours marks; people we
merely follow are not customers, and their words are none of our business.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import httpx

from heard.listening.channels.contract import (
    JSON,
    AuthExpired,
    ChannelError,
    Context,
    PullPage,
    RateLimited,
    RawEvent,
    Rejected,
    Retryable,
)
from heard.listening.channels.mastodon.api import Api
from heard.listening.channels.mastodon.deliveries import gone, notification, status
from heard.listening.channels.mastodon.payloads import Instance, Status, decode
from heard.listening.channels.mastodon.pull import Puller, words_of
from heard.listening.channels.mastodon.read import author_of, is_addressed, own_address

POLLED_ONLY = {"snac"}  # names a streaming address all the same
POLL_EVERY = timedelta(seconds=60)
PULL_LIMIT = 200
MOST_PAGES = 20  # in one go; what is left comes with the next poll


@dataclass
class ServerSentEvent:
    event: str = ""
    data: list[str] = field(default_factory=list)


class Polls:
    """The pulls between the events of a stream, from one place to the next."""

    def __init__(self, ctx: Context, cursor: JSON) -> None:
        self._ctx = ctx
        self._cursor = cursor
        self._due_at = ctx.now()

    def are_due(self) -> bool:
        return self._ctx.now() >= self._due_at

    def pages(self) -> Iterator[PullPage]:
        for _ in range(MOST_PAGES):
            page = Puller(self._ctx, self._cursor, limit=PULL_LIMIT).run()
            self._cursor = page.cursor or self._cursor
            yield page
            if not page.has_more:
                break
        self._due_at = self._ctx.now() + max(POLL_EVERY, timedelta(seconds=page.retry_after_seconds or 0))


def listen(ctx: Context, cursor: JSON) -> Iterator[PullPage]:
    """Pages as things happen, an empty one with each heartbeat. Raises Rejected where the server does not stream."""
    api = Api(ctx)
    polls = Polls(ctx, cursor)
    instance = api.instance()
    with ExitStack() as stack:
        answer = opened(api, instance, stack)
        yield from polls.pages()
        for event in server_sent(lines_of(answer)):
            yield PullPage(deliveries=deliveries_of(event, ctx, software=instance.software))
            if ctx.stopping():
                return
            if polls.are_due():
                yield from polls.pages()


def opened(api: Api, instance: Instance, stack: ExitStack) -> httpx.Response:
    """The stream. Rejected where there is none, and also where there is none now: the server is up, so it can be polled."""
    none = Rejected(f"{api.base_url} has no streaming; it is polled")
    if instance.software in POLLED_ONLY:
        raise none
    try:
        answer = stack.enter_context(api.open(f"{instance.streaming or api.base_url}/api/v1/streaming/user"))
        streams = "event-stream" in answer.headers.get("content-type", "")
        if not answer.is_success or not streams:
            answer.read()
        api.check(answer)
    except (AuthExpired, RateLimited):
        raise
    except (httpx.HTTPError, ChannelError) as error:
        raise none from error
    if not streams:
        raise none
    return answer


def lines_of(answer: httpx.Response) -> Iterator[str]:
    try:
        yield from answer.iter_lines()
    except httpx.HTTPError as error:
        raise Retryable(f"the stream of {answer.url.host} broke off: {type(error).__name__}") from error


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

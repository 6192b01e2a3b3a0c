"""RSS and Atom as a channel. channel.md says why it is as it is."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

from heard.listening.channels.contract import (
    JSON,
    Account,
    BaseAdapter,
    Capabilities,
    ChannelError,
    ConfigField,
    Context,
    Event,
    Gone,
    Health,
    NotFound,
    PullPage,
    RateLimited,
    RawEvent,
    Rejected,
    Retryable,
)
from heard.listening.channels.feed.document import Document, read
from heard.listening.channels.feed.entry import Entry, entry_of, events_of, occurred_at, sha
from heard.listening.channels.feed.seen import Seen

LARGEST_BYTES = 5_000_000  # the lenient parser takes about a second for each
USUAL_WAIT_SECONDS = 900
LONGEST_WAIT_SECONDS = 24 * 3600
PERMANENT = (301, 308)


class Adapter(BaseAdapter):
    kind = "feed"
    label = "Blog or news feed"
    capabilities = Capabilities(
        inbound=("poll",),
        visibilities=("public",),
        address_kind="opaque",
        who_may_initiate="nobody",
        requests_per_minute=4,
        poll_every_seconds=900,
        silent_after_seconds=4 * 3600,
    )
    config_fields = (ConfigField(name="url", label="Address of the feed", kind="url", help="RSS or Atom, https://…"),)

    def check(self, ctx: Context) -> Health:
        try:
            answer = ask(ctx, {}, url=url_of(ctx.account))
            document = document_of(ctx, answer)
        except ChannelError as error:
            return Health(ok=False, message=str(error))
        return health(document, answer)

    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage:
        answer, moved = ask_where_it_moved(ctx, cursor)
        if answer.status_code == 304:
            return PullPage()
        document = document_of(ctx, answer)
        seen = Seen(cursor.get("seen") or [])
        news = seen.news_in(document.entries)
        taken = news[:limit]
        seen.remember(document.entries, taken, missing=news[limit:])
        # A broken or half-taken document is read again in full: its ETag must not tell us that nothing changed.
        whole = document.complete and len(taken) == len(news)
        marks = {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", "")} if whole else {}
        deliveries = [delivery(entry) for entry in taken]
        place = {**marks, **({"moved": moved} if moved else {}), "seen": seen.rows}
        return PullPage(deliveries=deliveries, cursor=place, has_more=len(taken) < len(news))

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return events_of(entry_of(raw.body))


def delivery(entry: Entry) -> RawEvent:
    """Words that change back to what they were are a third delivery, hence the time in the key of a change."""
    version = [entry.noticed_at.isoformat()] if entry.changed else []
    key = sha("\n".join([entry.id, entry.fingerprint, *version]))
    return RawEvent(key=key, body=msgspec.json.encode(entry), content_type="application/json", received_at=entry.noticed_at)


# ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def ask_where_it_moved(ctx: Context, cursor: JSON) -> tuple[httpx.Response, list[str]]:
    """The answer, and [address in the settings, where it moved for good] if it did.

    The new address is asked from then on, and the old one again when the new one has nothing for us.
    """
    home = url_of(ctx.account)
    moved = cursor.get("moved") or []
    if moved and moved[0] == home:
        try:
            answer = ask(ctx, cursor, url=moved[1])
        except (NotFound, Rejected):
            answer = ask(ctx, {}, url=home)
            return answer, moved_for_good(answer, home)
        return answer, moved_for_good(answer, home) or moved
    answer = ask(ctx, cursor, url=home)
    return answer, moved_for_good(answer, home)


def moved_for_good(answer: httpx.Response, home: str) -> list[str]:
    """Only where every step was a permanent one: a redirect for today must not outlive the day."""
    if answer.history and all(step.status_code in PERMANENT for step in answer.history):
        return [home, str(answer.url)]
    return []


def ask(ctx: Context, cursor: JSON, *, url: str) -> httpx.Response:
    """The feed, or 304 where nothing changed. Raises the errors of the channel contract and no others."""
    try:
        answer = ctx.http.get(url, headers=conditions(cursor))
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise Rejected(f"{url} is not a web address, or leads to none") from error
    except httpx.TooManyRedirects as error:
        raise Rejected(f"{url} leads in a circle") from error
    except httpx.HTTPError as error:
        raise Retryable(f"{url} cannot be read: {error}", after_seconds=USUAL_WAIT_SECONDS) from error
    if answer.is_success or answer.status_code == 304:
        return answer
    raise refusal(answer, url, now=ctx.now())


def conditions(cursor: JSON) -> dict[str, str]:
    asked = {"If-None-Match": cursor.get("etag"), "If-Modified-Since": cursor.get("modified")}
    return {
        "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5",
        **{k: v for k, v in asked.items() if v},
    }


def refusal(answer: httpx.Response, url: str, *, now: datetime) -> ChannelError:
    match answer.status_code:
        case 410:
            return Gone(
                f"{url} is gone for good; the site says it will not come back. Enter another address, or disconnect this channel."
            )
        case 404:
            return NotFound(f"{url} was not found")
        case 429:
            return RateLimited(f"{url} asks for fewer visits", after_seconds=wait_of(answer, now))
        case status if status >= 500:
            return Retryable(f"{url} says {status}", after_seconds=wait_of(answer, now))
        case status:
            return Rejected(f"{url} says {status}: {answer.reason_phrase}")


def wait_of(answer: httpx.Response, now: datetime) -> float:
    """Seconds, from a number or a date."""
    given = answer.headers.get("retry-after", "")
    if given.isascii() and given.isdigit():
        return min(float(given), LONGEST_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return USUAL_WAIT_SECONDS
    return min(max((until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds(), 1), LONGEST_WAIT_SECONDS)


def url_of(account: Account) -> str:
    url = str(account.config.get("url") or "").strip()
    if not url.startswith(("https://", "http://")):
        raise Rejected(f"{url or 'an empty address'} is not the address of a feed; expected https://…")
    return url


def document_of(ctx: Context, answer: httpx.Response) -> Document:
    """Links are relative to where the feed lies now; its site is the one in the settings, so that authors stay who they were."""
    if len(answer.content) > LARGEST_BYTES:
        raise Rejected(
            f"{url_of(ctx.account)} is {len(answer.content) // 1_000_000} MB; a feed has less than {LARGEST_BYTES // 1_000_000}"
        )
    content_type = answer.headers.get("content-type", "")
    return read(answer.content, url=url_of(ctx.account), lies_at=str(answer.url), content_type=content_type, now=ctx.now())


def health(document: Document, answer: httpx.Response) -> Health:
    newest: datetime | Any = max((occurred_at(entry) for entry in document.entries), default=None)
    details = {"feed": document.title, "articles": str(len(document.entries)), "newest": newest.isoformat() if newest else "none"}
    if answer.history:
        details["moved to"] = str(answer.url)
    if not document.complete:
        return Health(ok=True, message="The feed is damaged; what can be read of it is heard.", details=details)
    return Health(ok=True, message=f"{document.title or 'The feed'} has {len(document.entries)} articles.", details=details)

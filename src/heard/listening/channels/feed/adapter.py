"""RSS and Atom as a channel. channel.md says why it is as it is."""

from datetime import datetime
from typing import Any

import httpx
import msgspec
from msgspec.structs import replace

from heard.listening.channels.contract import (
    JSON,
    Account,
    BaseAdapter,
    Capabilities,
    ChannelError,
    ConfigField,
    Context,
    Event,
    Health,
    NotFound,
    PullPage,
    RateLimited,
    RawEvent,
    Rejected,
    Retryable,
)
from heard.listening.channels.feed.document import Document, read, single_links
from heard.listening.channels.feed.entry import Entry, entry_of, events_of, occurred_at, sha

REMEMBERED = 500  # articles; at least twice what the feed shows
LARGEST_BYTES = 5_000_000  # the lenient parser takes about a second for each
LONGEST_WAIT_SECONDS = 24 * 3600


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
            answer = ask(ctx, {})
            document = document_of(ctx, answer)
        except ChannelError as error:
            return Health(ok=False, message=str(error))
        return health(document, answer)

    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage:
        answer = ask(ctx, cursor)
        if answer.status_code == 304:
            return PullPage()
        document = document_of(ctx, answer)
        seen = Seen(cursor.get("seen") or [])
        news = seen.news_in(document.entries)
        taken = news[:limit]
        seen.remember(taken, at_least=2 * len(document.entries))
        # A broken or half-taken document is read again in full: its ETag must not tell us that nothing changed.
        whole = document.complete and len(taken) == len(news)
        marks = {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", "")} if whole else {}
        deliveries = [delivery(entry) for entry in taken]
        return PullPage(deliveries=deliveries, cursor={**marks, "seen": seen.rows}, has_more=len(taken) < len(news))

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return events_of(entry_of(raw.body))


class Seen:
    """The articles heard so far, newest last, as [id, link, fingerprint]: what is new, and what has other words than before."""

    def __init__(self, rows: list) -> None:
        self.rows = [list(row) for row in rows]

    def news_in(self, entries: list[Entry]) -> list[Entry]:
        """Oldest first, as they were published."""
        fingerprints = {id_: fingerprint for id_, _, fingerprint in self.rows}
        singles = single_links(entries)
        by_link = {link: id_ for id_, link, _ in self.rows if link in singles}
        here = {entry.id for entry in entries}
        news = []
        for entry in entries:
            known = self._known_as(entry, fingerprints, by_link, here)
            if known.fingerprint != fingerprints.get(known.id):
                news.append(replace(known, changed=known.id in fingerprints))
        return sorted(news, key=occurred_at)

    @staticmethod
    def _known_as(entry: Entry, fingerprints: dict[str, str], by_link: dict[str, str], here: set[str]) -> Entry:
        """An article whose guid changed is the one we know by its link, unless that one stands here as well."""
        before = by_link.get(entry.link, entry.id)
        return entry if entry.id in fingerprints or before in here else replace(entry, id=before)

    def remember(self, entries: list[Entry], *, at_least: int) -> None:
        new = {entry.id: [entry.id, entry.link, entry.fingerprint] for entry in entries}
        kept = [row for row in self.rows if row[0] not in new]
        self.rows = [*kept, *new.values()][-max(REMEMBERED, at_least) :]


def delivery(entry: Entry) -> RawEvent:
    """Words that change back to what they were are a third delivery, hence the time in the key of a change."""
    version = [entry.noticed_at.isoformat()] if entry.changed else []
    key = sha("\n".join([entry.id, entry.fingerprint, *version]))
    return RawEvent(key=key, body=msgspec.json.encode(entry), content_type="application/json", received_at=entry.noticed_at)


# ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def ask(ctx: Context, cursor: JSON) -> httpx.Response:
    """The feed, or 304 where nothing changed. Raises the errors of the channel contract and no others."""
    url = url_of(ctx.account)
    try:
        answer = ctx.http.get(url, headers=conditions(cursor))
    except httpx.UnsupportedProtocol as error:
        raise Rejected(f"{url} is not a web address") from error
    except httpx.TooManyRedirects as error:
        raise Rejected(f"{url} leads in a circle") from error
    except httpx.HTTPError as error:
        raise Retryable(f"{url} cannot be read: {error}") from error
    if answer.is_success or answer.status_code == 304:
        return answer
    raise refusal(answer, url)


def conditions(cursor: JSON) -> dict[str, str]:
    asked = {"If-None-Match": cursor.get("etag"), "If-Modified-Since": cursor.get("modified")}
    return {
        "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5",
        **{k: v for k, v in asked.items() if v},
    }


def refusal(answer: httpx.Response, url: str) -> ChannelError:
    match answer.status_code:
        case 410:
            return Rejected(
                f"{url} is gone for good; the site says it will not come back. Switch this channel off or enter another address."
            )
        case 404:
            return NotFound(f"{url} was not found")
        case 429:
            return RateLimited(f"{url} asks for fewer visits", after_seconds=wait_of(answer))
        case status if status >= 500:
            return Retryable(f"{url} says {status}", after_seconds=wait_of(answer))
        case status:
            return Rejected(f"{url} says {status}: {answer.reason_phrase}")


def wait_of(answer: httpx.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return min(float(given), LONGEST_WAIT_SECONDS) if given.isascii() and given.isdigit() else 900


def url_of(account: Account) -> str:
    url = str(account.config.get("url") or "").strip()
    if not url.startswith(("https://", "http://")):
        raise Rejected(f"{url or 'an empty address'} is not the address of a feed; expected https://…")
    return url


def document_of(ctx: Context, answer: httpx.Response) -> Document:
    """Read against the address we asked, not the one we were sent to: ids must not change when a site moves."""
    if len(answer.content) > LARGEST_BYTES:
        raise Rejected(
            f"{url_of(ctx.account)} is {len(answer.content) // 1_000_000} MB; a feed has less than {LARGEST_BYTES // 1_000_000}"
        )
    return read(answer.content, url=url_of(ctx.account), content_type=answer.headers.get("content-type", ""), now=ctx.now())


def health(document: Document, answer: httpx.Response) -> Health:
    newest: datetime | Any = max((occurred_at(entry) for entry in document.entries), default=None)
    details = {"feed": document.title, "articles": str(len(document.entries)), "newest": newest.isoformat() if newest else "none"}
    if answer.history:
        details["moved to"] = str(answer.url)
    if not document.complete:
        return Health(ok=True, message="The feed is damaged; what can be read of it is heard.", details=details)
    return Health(ok=True, message=f"{document.title or 'The feed'} has {len(document.entries)} articles.", details=details)

"""A reader of one feed, for the tests: what a worker does with the adapter, without the store."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from heard.kernel import http
from heard.listening.channels.contract import (
    Account,
    Context,
    Event,
    Said,
)
from heard.listening.channels.feed.adapter import Adapter

adapter = Adapter()


def item(
    title: str, *, guid: str = "", link: str = "", body: str = "", date: str = "Mon, 02 Mar 2026 10:00:00 GMT", more: str = ""
) -> str:
    guid_tag = f"<guid>{guid}</guid>" if guid else ""
    link_tag = f"<link>{link}</link>" if link else ""
    return f"<item><title>{title}</title>{guid_tag}{link_tag}<description><![CDATA[{body}]]></description><pubDate>{date}</pubDate>{more}</item>"


def rss(*items: str) -> str:
    head = "<title>Dana writes</title><link>https://www.dana.example/blog</link><language>en-GB</language>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'


@dataclass
class Reader:
    """Pulls from where it was, a minute later each time."""

    url: str
    cursor: dict = field(default_factory=dict)
    minutes: int = 0

    @property
    def ctx(self) -> Context:
        account = Account(id=1, kind="feed", name="Dana", address=self.url, config={"url": self.url})
        now = datetime(2026, 3, 10, tzinfo=UTC) + timedelta(minutes=self.minutes)
        return Context(account=account, http=http.client(allow_private=True, timeout_seconds=30), now=lambda: now)

    def hear(self, **limits) -> list[Event]:
        self.minutes += 1
        page = adapter.pull(self.ctx, self.cursor, **limits)
        self.cursor = msgspec.json.decode(msgspec.json.encode(page.cursor)) if page.cursor is not None else self.cursor
        return [event for raw in page.deliveries for event in adapter.normalise(raw, self.ctx.account)]

    def titles(self, **limits) -> list[str]:
        return [event.subject for event in self.hear(**limits) if isinstance(event, Said)]


@pytest.fixture
def reader(site) -> Reader:
    return Reader(url=site.url + "/feed")

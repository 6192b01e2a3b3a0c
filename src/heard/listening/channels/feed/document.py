"""A feed document as articles. Pure but for feedparser, which never fetches anything here: it gets the bytes."""

import re
from calendar import timegm
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import struct_time
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
from msgspec.structs import replace

from heard.listening.channels.contract import Rejected
from heard.listening.channels.feed.entry import Enclosure, Entry, sha, short_id


@dataclass(frozen=True)
class Document:
    title: str
    entries: list[Entry]  # in the order of the document, one per article
    complete: bool  # False: the XML was broken somewhere, there may be more


def read(body: bytes, *, url: str, content_type: str, now: datetime, lies_at: str = "") -> Document:
    """Broken XML gives what could be read of it. Raises Rejected for what is no feed at all.

    `url` is the feed as we know it, `lies_at` where it was found, to which its links are relative.
    """
    parsed = feedparser.parse(body, response_headers={"content-location": lies_at or url, "content-type": content_type})
    if not parsed.version and not parsed.entries:
        raise Rejected(f"{url} is not a feed.{offered(parsed, url)}")
    entries = [entry_of(found, parsed.feed, url=url, lies_at=lies_at or url, now=now) for found in parsed.entries]
    return Document(title=words(parsed.feed, "title"), entries=told_apart(entries), complete=not broken(parsed))


def broken(parsed: Any) -> bool:
    """A wrong charset in the header is no damage; feedparser finds the right one."""
    return bool(parsed.bozo) and not isinstance(parsed.get("bozo_exception"), feedparser.CharacterEncodingOverride)


def offered(parsed: Any, url: str) -> str:
    """A web page often names its feeds."""
    links = [link for link in parsed.feed.get("links", []) if link.get("rel") == "alternate" and "xml" in link.get("type", "")]
    return f" The page names one: {links[0]['href']}" if links and links[0].get("href") else ""


def entry_of(found: Any, feed: Any, *, url: str, lies_at: str, now: datetime) -> Entry:
    title, html, link = words(found, "title"), content_of(found), web(words(found, "link"))
    return Entry(
        id=short_id(words(found, "id") or link or f"hash:{sha(title + html)}"),
        noticed_at=now,
        link=link,
        title=title[:500],
        html=html,
        author=name_of(words(found, "author")),
        author_url=web(str((found.get("author_detail") or {}).get("href") or "")),
        published_at=moment(found.get("published_parsed")) or moment(found.get("updated_parsed")),
        language=words(feed, "language")[:12],
        source=words(feed, "title")[:200],
        source_url=web(words(feed, "link")) or url,
        tags=[str(tag.get("term") or "") for tag in found.get("tags") or []][:50],
        enclosures=list(enclosures(found.get("enclosures") or [], lies_at)),
    )


def told_apart(entries: list[Entry]) -> list[Entry]:
    """One per article. A guid that stands on two different links is no guid: the later ones go by their link."""
    kept: dict[str, Entry] = {}
    for entry in entries:
        first = kept.get(entry.id)
        if first is None:
            kept[entry.id] = entry
        elif entry.link and entry.link != first.link:
            kept.setdefault(short_id(entry.link), with_id(entry, short_id(entry.link)))
    return list(kept.values())


def with_id(entry: Entry, id_: str) -> Entry:
    return replace(entry, id=id_)


def name_of(author: str) -> str:
    """The name beside a mail address, in whatever order; feedparser's own reading stumbles over long domains."""
    beside = re.fullmatch(r"(?:\S+@\S+\s+\((?P<after>.+)\))|(?:(?P<before>.+?)\s+[(<]\S+@\S+[)>])", author)
    return (beside["after"] or beside["before"]) if beside else author


def content_of(found: Any) -> str:
    longest = max((str(part.get("value") or "") for part in found.get("content") or []), key=len, default="")
    return longest or words(found, "summary")


def enclosures(found: list[Any], lies_at: str) -> Iterable[Enclosure]:
    for item in found[:20]:
        url = web(joined(lies_at, str(item.get("href") or "")))
        size = str(item.get("length") or "")
        if url:
            content_type = str(item.get("type") or "application/octet-stream")
            yield Enclosure(
                url=url, content_type=content_type, size_bytes=int(size) if size.isascii() and size.isdigit() else None
            )


def words(thing: Any, name: str) -> str:
    return str(thing.get(name) or "").strip()


def web(url: str) -> str:
    """Only addresses a browser may follow; `javascript:` and `data:` are dropped (threat 38)."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def joined(base: str, url: str) -> str:
    """feedparser makes every other link absolute, and these not."""
    try:
        return urljoin(base, url) if url else ""
    except ValueError:
        return ""


def moment(given: struct_time | None) -> datetime | None:
    """feedparser gives UTC; nonsense like the year 0 is no date."""
    try:
        return datetime.fromtimestamp(timegm(given), tz=UTC) if given else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None

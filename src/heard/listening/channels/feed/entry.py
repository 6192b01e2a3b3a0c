"""One article as the parser read it: what a delivery of this channel holds, and what it means. Pure."""

import hashlib
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import Author, Edited, Event, File, Said
from heard.listening.channels.plain import plain

NETWORK = "feed"
LONGEST_ID = 400


class Enclosure(Struct, frozen=True, kw_only=True):
    url: str
    content_type: str = "application/octet-stream"
    size_bytes: int | None = None


class Entry(Struct, frozen=True, kw_only=True):
    id: str  # guid, else link, else a hash: see `document.py`
    noticed_at: datetime
    changed: bool = False  # we have heard other words under this id
    link: str = ""
    title: str = ""
    html: str = ""
    author: str = ""
    author_url: str = ""
    published_at: datetime | None = None
    language: str = ""
    source: str = ""  # title of the feed
    source_url: str = ""  # address of the feed's site, else of the feed
    tags: list[str] = []
    enclosures: list[Enclosure] = []

    @property
    def fingerprint(self) -> str:
        """Changes with the words, and with nothing else."""
        return sha(f"{self.title}\n{plain(self.html)}")


def entry_of(body: bytes) -> Entry:
    """Raises ValueError."""
    try:
        entry = msgspec.json.decode(body, type=Entry)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"not an article: {error}") from error
    if not entry.id or entry.noticed_at.tzinfo is None:
        raise ValueError("an article without id or time")
    return entry


def events_of(entry: Entry) -> list[Event]:
    """The article, and the change too when it is not the first: whoever knows the first words learns of the later ones."""
    said = said_of(entry)
    return [said, edited_of(entry)] if entry.changed else [said]


def said_of(entry: Entry) -> Said:
    return Said(
        external_id=entry.id,
        author=author_of(entry),
        occurred_at=occurred_at(entry),
        text=plain(entry.html) or entry.title,
        html=entry.html,
        subject=entry.title,
        kind="article",
        visibility="public",
        addressed=False,
        permalink=entry.link,
        language=entry.language,
        attachments=tuple(file_of(enclosure) for enclosure in entry.enclosures),
        extra={"source": entry.source, "source_url": entry.source_url, "tags": entry.tags},
    )


def edited_of(entry: Entry) -> Edited:
    """Feeds rarely say when they changed; the time we noticed puts the versions in order."""
    return Edited(
        target=entry.id,
        version=entry.noticed_at.astimezone(UTC).isoformat(),
        occurred_at=entry.noticed_at,
        text=plain(entry.html) or entry.title,
        html=entry.html,
        subject=entry.title,
    )


def occurred_at(entry: Entry) -> datetime:
    """Not later than we saw it: blogs announce articles under a coming date."""
    published = entry.published_at or entry.noticed_at
    aware = published.replace(tzinfo=UTC) if published.tzinfo is None else published
    return min(aware, entry.noticed_at)


def author_of(entry: Entry) -> Author:
    """A name on one site; the site itself where the article is unsigned. Two Jane Does on two blogs are two."""
    site = host_of(entry.source_url) or host_of(entry.link) or entry.source.lower() or "unknown"
    name = " ".join(entry.author.split())[:200]
    who = f"{site}#{name.lower()}" if name else site
    return Author(
        network=NETWORK,
        external_id=who[:320],
        handle=name or site,
        name=name or entry.source[:200],
        profile_url=entry.author_url or entry.source_url,
    )


def file_of(enclosure: Enclosure) -> File:
    path = enclosure.url.partition("?")[0].partition("#")[0]
    name = path.rpartition("/")[2] or "attachment"
    return File(name=name, content_type=enclosure.content_type, url=enclosure.url, size_bytes=enclosure.size_bytes)


def host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def short_id(given: str) -> str:
    """Ids are as long as somebody liked; a very long one is known by its hash."""
    return given if len(given) <= LONGEST_ID else f"hash:{sha(given)}"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

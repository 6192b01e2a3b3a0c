"""What we know of a feed: which of its articles are new, and which have other words than before. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from heard.listening.channels.feed.entry import Entry, occurred_at, sha, short_id

REMEMBERED = 500  # articles; at least twice what the feed shows


class Row(NamedTuple):
    """One article. Rows that an earlier version wrote end after the fingerprint."""

    id: str
    link: str
    fingerprint: str
    title: str = ""  # a mark of it
    date: str = ""


class Seen:
    """The articles heard so far, newest last."""

    def __init__(self, rows: list) -> None:
        self._rows = [Row(*row) for row in rows]

    @property
    def rows(self) -> list[list[str]]:
        return [list(row) for row in self._rows]

    def news_in(self, entries: list[Entry]) -> list[Entry]:
        """Oldest first, as they were published."""
        fingerprints = {row.id: row.fingerprint for row in self._rows}
        new = [entry for entry in self._named(entries) if entry.fingerprint != fingerprints.get(entry.id)]
        news = [replace(entry, changed=entry.id in fingerprints) for entry in new]
        return sorted(news, key=occurred_at)

    def remember(self, entries: list[Entry], taken: Collection[Entry], *, missing: Collection[Entry]) -> None:
        """What stands in the feed now is remembered longest; `missing` was not taken yet and stays news."""
        later = {entry.id for entry in missing}
        here = {entry.id: row_of(entry) for entry in self._named(entries) if entry.id not in later}
        here |= {entry.id: row_of(entry) for entry in taken}
        kept = [row for row in self._rows if row.id not in here]
        self._rows = [*kept, *here.values()][-max(REMEMBERED, 2 * len(entries)) :]

    # ── Under another id ────────────────────────────────────────────────────────────────────────────────────────────

    def _named(self, entries: list[Entry]) -> list[Entry]:
        """Under the ids that we know them by: a feed that renumbers its articles has not written them anew.

        First come those whose id and words fit what we know; then those whose words do, whatever their id; then the new ones.
        """
        known = {row.id: row for row in self._rows}
        rows = [row_of(entry) for entry in entries]
        before = only_one((sign, row.id) for row in self._rows for sign in signs(row))
        here = only_one((sign, row.id) for row in rows for sign in signs(row))
        ids: dict[int, str] = {n: row.id for n, row in enumerate(rows) if row.id in known and agree(known[row.id], row) >= 2}
        given = set(ids.values())
        for n, row in enumerate(rows):
            former = (before[sign] for sign in signs(row) if sign in before and sign in here and before[sign] not in given)
            if n not in ids and (id_ := next(former, "")):
                ids[n] = id_
                given.add(id_)
        for n, row in enumerate(rows):
            if n not in ids:
                ids[n] = new_id(row, known, given)
                given.add(ids[n])
        return [entry if entry.id == ids[n] else replace(entry, id=ids[n]) for n, entry in enumerate(entries)]


def agree(one: Row, other: Row) -> int:
    """In how many of link, title and date."""
    return sum(bool(a) and a == b for a, b in ((one.link, other.link), (one.title, other.title), (one.date, other.date)))


def new_id(row: Row, known: dict[str, Row], given: set[str]) -> str:
    """Its own, unless that is another article's: sites number by position, or begin to count anew."""
    former = known.get(row.id)
    is_another = former is not None and all((*former[1:], *row[1:])) and agree(former, row) == 0
    if row.id not in given and not is_another:
        return row.id
    link = short_id(row.link)
    return link if link and link not in given and link not in known else f"hash:{sha(' '.join(row))}"


def row_of(entry: Entry) -> Row:
    link = "" if is_front_page(entry) else entry.link
    date = entry.published_at.isoformat() if entry.published_at else ""
    return Row(entry.id, link, entry.fingerprint, sha(entry.title)[:16] if entry.title else "", date)


def is_front_page(entry: Entry) -> bool:
    """A link to the site itself says nothing of the article."""
    return entry.link.rstrip("/") == entry.source_url.rstrip("/")


def signs(row: Row) -> Iterator[tuple[str, ...]]:
    """What tells that two ids are one article, surest first: its link and one thing more, or its title and date.

    The link alone is not enough where title and date are other ones: sites announce one thing after the other at one address.
    """
    if row.link and row.title:
        yield "link and title", row.link, row.title
    if row.link and row.date:
        yield "link and date", row.link, row.date
    if row.title and row.date:
        yield "title and date", row.title, row.date
    if row.link and not row.title and not row.date:
        yield "link", row.link


def only_one(pairs: Iterable[tuple[tuple[str, ...], str]]) -> dict[tuple[str, ...], str]:
    """The signs that stand for one id alone."""
    found = dict.fromkeys(pairs)
    counted = Counter(sign for sign, _ in found)
    return {sign: id_ for sign, id_ in found if counted[sign] == 1}

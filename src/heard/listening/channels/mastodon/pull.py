"""Polling: notifications, hashtags, keywords, and a second look at what was said to us.

The cursor is JSON: {"software": "mastodon", "streams": {"notifications": newest id, "#help": ..., "heard": {keyword: ids}},
"watched": [[status id, version], ...], "looked_at": n}. A place that the server no longer knows heals itself: see `newer`.
"""

import re
from collections.abc import Iterator

import msgspec

from heard.listening.channels.contract import JSON, ChannelError, Context, NotFound, PullPage, RawEvent, Rejected
from heard.listening.channels.mastodon.api import Api
from heard.listening.channels.mastodon.deliveries import gone, id_of, marks_of, notification, status
from heard.listening.channels.mastodon.payloads import Found
from heard.listening.channels.mastodon.read import TO_US

PAGE = 40  # what all servers give at once
WATCHED = 60  # latest statuses to us that are looked at again for edits and deletions
SECOND_LOOKS = 4  # per pull: with one pull a minute each is seen again within a quarter of an hour
LONGEST_WALK = 400  # what a burst can bring between two pulls
REMEMBERED = 200  # ids per keyword: a search has no place to go on from


class Puller:
    """One pull. Monitors come after what was said to us, and a monitor in trouble does not hold that up."""

    def __init__(self, ctx: Context, cursor: JSON, *, limit: int) -> None:
        self.api = Api(ctx)
        self.ctx = ctx
        self.limit = max(limit, 1)
        self.page = min(PAGE, self.limit)
        self.streams: dict = dict(cursor.get("streams") or {})
        self.watched: list = [list(seen) for seen in cursor.get("watched") or []]
        self.looked_at = int(cursor.get("looked_at") or 0)
        self.software = cursor.get("software") or self.api.instance().software
        self.deliveries: list[RawEvent] = []
        self.has_more = False

    def run(self) -> PullPage:
        self.notifications()
        try:
            self.monitors()
            self.second_looks()
        except ChannelError as error:
            if not self.deliveries:
                raise
            return self.result(retry_after_seconds=getattr(error, "after_seconds", None))
        return self.result(retry_after_seconds=self.api.wait_seconds)

    def result(self, *, retry_after_seconds: float | None) -> PullPage:
        cursor = {"software": self.software, "streams": self.streams, "watched": self.watched, "looked_at": self.looked_at}
        return PullPage(
            deliveries=self.deliveries, cursor=cursor, has_more=self.has_more, retry_after_seconds=retry_after_seconds
        )

    # ── What is said to us ──────────────────────────────────────────────────────────────────────────────────────────

    def notifications(self) -> None:
        for item in self.newer("notifications", "/api/v1/notifications"):
            self.deliveries.append(notification(bytes(item), software=self.software, now=self.ctx.now()))
            self.watch(bytes(item))

    def watch(self, item: bytes) -> None:
        seen = marks_of(item)
        if seen.type not in TO_US or seen.status is None:
            return
        others = [known for known in self.watched if known[0] != seen.status.id]
        self.watched = [*others, [seen.status.id, seen.status.edited_at or ""]][-WATCHED:]

    # ── What monitors find ──────────────────────────────────────────────────────────────────────────────────────────

    def monitors(self) -> None:
        for tag in words_of(self.ctx.account.config, "hashtags"):
            self.hashtag(tag.lstrip("#"))
        for keyword in words_of(self.ctx.account.config, "keywords"):
            self.keyword(keyword)

    def hashtag(self, tag: str) -> None:
        if not re.fullmatch(r"\w+", tag):
            return
        try:
            found = list(self.newer(f"#{tag.lower()}", f"/api/v1/timelines/tag/{tag}"))
        except (Rejected, NotFound):  # closed to us on this server; `check` says so
            return
        self.deliveries += [self.found(item, by=f"#{tag}") for item in found]

    def keyword(self, keyword: str) -> None:
        try:
            answer = self.api.read("/api/v2/search", Found, q=keyword, type="statuses", limit=self.page)
        except (Rejected, NotFound):
            return
        heard = dict(self.streams.get("heard") or {})
        known = list(heard.get(keyword, []))
        found = [self.found(item, by=keyword) for item in reversed(answer.statuses)]
        self.deliveries += [new for new in found if new.key not in known]
        heard[keyword] = list(dict.fromkeys([*known, *(new.key for new in found)]))[-REMEMBERED:]
        self.streams["heard"] = heard

    def found(self, item: msgspec.Raw, *, by: str) -> RawEvent:
        return status(bytes(item), software=self.software, found_by=by, now=self.ctx.now())

    # ── Going on from a place ───────────────────────────────────────────────────────────────────────────────────────

    def newer(self, stream: str, path: str) -> Iterator[msgspec.Raw]:
        """What came after our place, oldest first; our place is then its end.

        `min_id` gives what follows a place, `since_id` would skip on bursts. snac2 gives the newest even so, hence the
        walk back; and it says nothing for ever when the post at our place was deleted, hence the look without a place.
        """
        place = self.streams.get(stream, "")
        items = self.api.items(path, limit=self.page, **({"min_id": place} if place else {}))
        if place and not items:
            items = self.unless_still_there(path, place)
        elif place:
            items += self.walk_back(path, place, items)
        if items:
            self.streams[stream] = id_of(items[0])
        self.has_more = self.has_more or bool(place and len(items) >= self.page)
        return reversed(items)

    def unless_still_there(self, path: str, place: str) -> list[msgspec.Raw]:
        newest = self.api.items(path, limit=self.page)
        return newest if newest and id_of(newest[0]) != place else []

    def walk_back(self, path: str, place: str, newest: list[msgspec.Raw]) -> list[msgspec.Raw]:
        older: list[msgspec.Raw] = []
        page = newest
        while len(page) >= self.page and len(newest) + len(older) < LONGEST_WALK:
            page = self.api.items(path, limit=self.page, min_id=place, max_id=id_of(page[-1]))
            older += page
        return older

    # ── A second look ───────────────────────────────────────────────────────────────────────────────────────────────

    def second_looks(self) -> None:
        """Servers tell of edits and deletions only in streams, and not of all. So what was said to us is read again in turn."""
        for position in range(min(SECOND_LOOKS, len(self.watched))):
            turn = (self.looked_at + position) % len(self.watched)
            self.look_again(self.watched[turn])
        self.looked_at = (self.looked_at + SECOND_LOOKS) % WATCHED
        self.watched = [known for known in self.watched if known[1] is not None]

    def look_again(self, known: list) -> None:
        external_id, version = known
        try:
            body = self.api.get(f"/api/v1/statuses/{external_id}")
        except NotFound:
            self.deliveries.append(gone(external_id, now=self.ctx.now()))
            known[1] = None
            return
        known[1] = marks_of(body).edited_at or ""
        if known[1] != version:
            self.deliveries.append(status(body, software=self.software, now=self.ctx.now()))


def words_of(config: JSON, name: str) -> list[str]:
    """A list of words from the form: given as a list, or as text with commas or lines between them."""
    given = config.get(name) or []
    words = re.split(r"[,\n]", given) if isinstance(given, str) else given
    return [str(word).strip() for word in words if str(word).strip()]

"""Polling: notifications, our own posts, hashtags, keywords, and a second look at what we heard.

The cursor is JSON: {"known": {stream: marks of the newest things we saw there}, "watched": [addresses of posts], "looked_at": n}.
There is no place to lose: each stream is read from its newest page back to what is known.
"""

import re
from collections.abc import Callable

import msgspec

from heard.listening.channels.bluesky.api import Api
from heard.listening.channels.bluesky.deliveries import gone, marks_of, notification, post
from heard.listening.channels.bluesky.payloads import Feed, Notifications, Posts, Stored
from heard.listening.channels.bluesky.uris import POST, author_in, place_of
from heard.listening.channels.contract import JSON, ChannelError, Context, NotFound, PullPage, RawEvent, Rejected

PAGE = 50
MOST_PAGES = 20  # back from the newest, in a burst
WATCHED = 150  # latest posts of others that are looked at again for deletion
AT_ONCE = 25  # posts that one question may name: lexicon app.bsky.feed.getPosts
REMEMBERED = 150  # per stream; more than a page, so that a page without anything known is a burst

Fetch = Callable[[str], tuple[list[msgspec.Raw], str]]  # a page from a place on, and the next place


class Puller:
    """One pull. Monitors come after what was said to us, and a monitor in trouble does not hold that up."""

    def __init__(self, ctx: Context, cursor: JSON, *, limit: int = PAGE, api: Api | None = None) -> None:
        self.api = api or Api(ctx)
        self.ctx = ctx
        self.page = max(1, min(PAGE, limit))
        self.known: dict[str, list[str]] = {stream: list(marks) for stream, marks in (cursor.get("known") or {}).items()}
        self.watched: list[str] = list(cursor.get("watched") or [])
        self.looked_at = int(cursor.get("looked_at") or 0)
        self.deliveries: list[RawEvent] = []

    def run(self) -> PullPage:
        self.notifications()
        try:
            self.own_posts()
            self.monitors()
            self.second_look()
        except ChannelError as error:
            if not self.deliveries:
                raise
            return self.result(retry_after_seconds=getattr(error, "after_seconds", None))
        return self.result(retry_after_seconds=self.api.wait_seconds)

    def result(self, *, retry_after_seconds: float | None) -> PullPage:
        cursor = {"known": self.known, "watched": self.watched, "looked_at": self.looked_at}
        return PullPage(deliveries=once_each(self.deliveries), cursor=cursor, retry_after_seconds=retry_after_seconds)

    # ── What is said to us ──────────────────────────────────────────────────────────────────────────────────────────

    def notifications(self) -> None:
        """Mentions, replies and quotes come as posts, which have the addresses of their pictures; the rest as it is."""
        fresh = self.newer("notifications", self.page_of_notifications)
        said = [marks_of(bytes(item)).uri for item in fresh if is_about_a_post(item)]
        self.deliveries += [
            notification(bytes(item), us=self.api.did, now=self.ctx.now()) for item in fresh if not is_about_a_post(item)
        ]
        self.deliver(self.views_of(said))

    def page_of_notifications(self, cursor: str) -> tuple[list[msgspec.Raw], str]:
        page = self.api.read("app.bsky.notification.listNotifications", Notifications, limit=self.page, cursor=cursor)
        return page.notifications, page.cursor

    def views_of(self, uris: list[str]) -> list[msgspec.Raw]:
        """The posts that are still there, in this order."""
        wanted = list(dict.fromkeys(uris))
        found: dict[str, msgspec.Raw] = {}
        for start in range(0, len(wanted), AT_ONCE):
            answer = self.api.read("app.bsky.feed.getPosts", Posts, uris=wanted[start : start + AT_ONCE])
            found |= {marks_of(bytes(item)).uri: item for item in answer.posts}
        return [found[uri] for uri in wanted if uri in found]

    def deliver(self, views: list[msgspec.Raw], *, found_by: str = "") -> None:
        for view in views:
            self.deliveries.append(post(bytes(view), us=self.api.did, now=self.ctx.now(), found_by=found_by))
            self.watch(marks_of(bytes(view)).uri)

    def watch(self, uri: str) -> None:
        """Of what others wrote. What we deleted ourselves, Heard knows."""
        if author_in(uri) not in ("", self.api.did):
            self.watched = [*(seen for seen in self.watched if seen != uri), uri][-WATCHED:]

    # ── What we say elsewhere ───────────────────────────────────────────────────────────────────────────────────────

    def own_posts(self) -> None:
        """Written with another app: whoever opens the conversation here sees that it was answered. Not those before we began."""
        begins = "own" not in self.known
        try:
            fresh = self.newer("own", self.page_of_own_posts)
        except Rejected:  # "Profile not found": the app view does not know an account that was made a moment ago
            return
        if not begins:
            self.deliver(fresh)

    def page_of_own_posts(self, cursor: str) -> tuple[list[msgspec.Raw], str]:
        page = self.api.read("app.bsky.feed.getAuthorFeed", Feed, actor=self.api.did, limit=self.page, cursor=cursor)
        return [shown.post for shown in page.feed if author_in(marks_of(bytes(shown.post)).uri) == self.api.did], page.cursor

    # ── What monitors find ──────────────────────────────────────────────────────────────────────────────────────────

    def monitors(self) -> None:
        for monitor, question in monitors_of(self.ctx.account.config).items():
            try:
                fresh = self.newer(monitor, self.search(question))
            except (Rejected, NotFound):  # a question that the network does not take; `check` says so
                continue
            self.deliver(fresh, found_by=monitor)

    def search(self, question: str) -> Fetch:
        def page(cursor: str) -> tuple[list[msgspec.Raw], str]:
            found = self.api.read("app.bsky.feed.searchPosts", Posts, q=question, sort="latest", limit=self.page, cursor=cursor)
            return found.posts, found.cursor

        return page

    # ── Going on from what is known ─────────────────────────────────────────────────────────────────────────────────

    def newer(self, stream: str, fetch: Fetch) -> list[msgspec.Raw]:
        """What is not known yet, oldest first; it then is.

        A page is sorted by when apps say that something was written, so what is new may lie below what is known: all of a page
        is looked at, and the page before it only when all of this one was new. A new monitor begins with one page.
        """
        marks = self.known.get(stream)
        fresh: dict[str, msgspec.Raw] = {}
        cursor = ""
        for _ in range(1 if marks is None else MOST_PAGES):
            items, cursor = fetch(cursor)
            new = {mark: item for item in items if (mark := marks_of(bytes(item)).short) not in (marks or ())}
            fresh |= new
            if not cursor or not items or len(new) < len(items):
                break
        oldest_first = dict(reversed(fresh.items()))
        self.known[stream] = [*(marks or ()), *oldest_first][-REMEMBERED:]
        return list(oldest_first.values())

    # ── A second look ───────────────────────────────────────────────────────────────────────────────────────────────

    def second_look(self) -> None:
        """Nobody tells a poll of deletions. So what we heard is asked for again, in turn: one question names 25 posts."""
        if self.looked_at >= len(self.watched):
            self.looked_at = 0
        turn = self.watched[self.looked_at : self.looked_at + AT_ONCE]
        self.looked_at += AT_ONCE
        there = {marks_of(bytes(view)).uri for view in self.views_of(turn)} if turn else set()
        lost = [uri for uri in turn if uri not in there and self.is_gone(uri)]
        self.deliveries += [gone(uri, us=self.api.did, now=self.ctx.now()) for uri in lost]
        self.watched = [uri for uri in self.watched if uri not in lost]

    def is_gone(self, uri: str) -> bool:
        """A block, too, hides a post from us; only the record itself says that it is there no more."""
        place = place_of(uri)
        try:
            self.api.read("com.atproto.repo.getRecord", Stored, repo=place.did, collection=POST, rkey=place.rkey)
        except NotFound:
            return True
        return False


def once_each(found: list[RawEvent]) -> list[RawEvent]:
    """A post that names us and has a hashtag of ours was found twice; which monitor found it is kept."""
    by_key: dict[str, RawEvent] = {}
    for delivery in found:
        if delivery.key not in by_key or "found-by" not in by_key[delivery.key].headers:
            by_key[delivery.key] = delivery
    return list(by_key.values())


def is_about_a_post(item: msgspec.Raw) -> bool:
    return marks_of(bytes(item)).reason in ("mention", "reply", "quote")


def monitors_of(config: JSON) -> dict[str, str]:
    """What each monitor is called in the settings, with what it asks the search."""
    tags = {f"#{tag.lstrip('#')}": f"#{tag.lstrip('#')}" for tag in words_of(config, "hashtags")}
    words = {word: f'"{word}"' if re.search(r"\s", word) else word for word in words_of(config, "keywords")}
    return {**tags, **words}


def words_of(config: JSON, name: str) -> list[str]:
    """A list of words from the form: given as a list, or as text with commas or lines between them."""
    given = config.get(name) or []
    words = re.split(r"[,\n]", given) if isinstance(given, str) else given
    return [str(word).strip() for word in words if str(word).strip()]

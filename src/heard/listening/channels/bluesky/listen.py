"""The firehose with polls in between: what is about us within a second or two.

The firehose wakes us, and the app view tells: a commit that names us makes us ask for notifications at once, one with a word of
ours makes us ask for that post. So both bring the same delivery under the same key, with the author's name and the addresses of
pictures, which a commit does not have. The app view may be some moments behind the firehose: we ask again.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from heard.listening.channels.bluesky import deliveries
from heard.listening.channels.bluesky.api import Api
from heard.listening.channels.bluesky.firehose import SUBSCRIBE, Sieve, Sighting, is_error, opened, seq_of
from heard.listening.channels.bluesky.pull import AT_ONCE, Puller, monitors_of
from heard.listening.channels.bluesky.websocket import connected
from heard.listening.channels.contract import JSON, Account, Context, PullPage, RawEvent, Rejected

POLL_EVERY = timedelta(seconds=60)
POLL_AT_MOST_EVERY = timedelta(seconds=2)  # however much is said about us
SIGN_OF_LIFE_EVERY = timedelta(seconds=10)
ASK_AFTER = tuple(timedelta(seconds=seconds) for seconds in (0.3, 1, 3, 10))  # the firehose told of it
MOST_WAITING = 500
FRESH = timedelta(minutes=10)  # an older place is not gone back to: the polls bring what was said meanwhile
PATIENCE_SECONDS = 0.25


class Waiting(msgspec.Struct):
    """A post that matched, until the app view knows it."""

    found_by: str
    since: datetime
    asked: int = 0

    def is_due(self, now: datetime) -> bool:
        return now >= self.since + ASK_AFTER[self.asked]


class Listener:
    """One connection to the firehose."""

    def __init__(self, ctx: Context, cursor: JSON) -> None:
        self.ctx = ctx
        self.api = Api(ctx)
        self.cursor = dict(cursor)
        self.waiting: dict[str, Waiting] = {}
        self.last_frame = b""
        self.poll_at = self.said_at = ctx.now()
        self.asked_at = ctx.now() - POLL_AT_MOST_EVERY
        self.hurries: list[datetime] = []  # when to ask for notifications, besides the polls
        self.sieve = self.new_sieve()

    def new_sieve(self) -> Sieve:
        return Sieve(self.api.did, list(monitors_of(self.ctx.account.config)), self.cursor.get("watched") or ())

    def place(self) -> JSON:
        """Where to go on in the firehose, if that is not long ago."""
        kept = self.cursor.get("firehose") or {}
        fresh = bool(kept) and self.ctx.now() - datetime.fromisoformat(kept["at"]) < FRESH
        return {"cursor": kept["seq"]} if fresh else {}

    def pages(self, frames: Iterator[bytes | None]) -> Iterator[PullPage]:
        yield self.poll()
        for frame in frames:
            if frame is not None:
                yield from self.take(frame)
            if self.ctx.stopping():
                return
            yield from self.what_is_due()

    def take(self, frame: bytes) -> Iterator[PullPage]:
        if is_error(frame):
            opened(frame)
        self.last_frame = frame
        if not self.sieve.may_concern_us(frame):
            return
        try:
            seen = self.sieve.sighting(frame)
        except ValueError:  # one damaged commit among a million is not worth the connection
            return
        self.note(seen)
        if seen.gone:
            now = self.ctx.now()
            yield self.page([deliveries.gone(uri, us=self.api.did, now=now) for uri in seen.gone])

    def note(self, seen: Sighting) -> None:
        now = self.ctx.now()
        if seen.about_us:
            self.hurries = [now + pause for pause in ASK_AFTER]
        for uri, found_by in seen.posts[: MOST_WAITING - len(self.waiting)]:
            self.waiting[uri] = Waiting(found_by=found_by, since=now)

    # ── What is due ─────────────────────────────────────────────────────────────────────────────────────────────────

    def what_is_due(self) -> Iterator[PullPage]:
        now = self.ctx.now()
        if now >= self.poll_at:
            yield self.poll()
        elif self.hurries and now >= max(self.hurries[0], self.asked_at + POLL_AT_MOST_EVERY):
            yield self.ask_for_notifications()
        if self.waiting:
            yield from self.ask_for_posts()
        if now >= self.said_at + SIGN_OF_LIFE_EVERY:
            yield self.page([])

    def poll(self) -> PullPage:
        page = self.puller().run()
        self.poll_at = self.ctx.now() + max(POLL_EVERY, timedelta(seconds=page.retry_after_seconds or 0))
        return self.went_on(page)

    def ask_for_notifications(self) -> PullPage:
        self.asked_at = self.ctx.now()
        self.hurries = [due for due in self.hurries if due > self.asked_at]
        puller = self.puller()
        puller.notifications()
        if puller.deliveries:
            self.hurries = []
        return self.went_on(puller.result(retry_after_seconds=None))

    def ask_for_posts(self) -> Iterator[PullPage]:
        now = self.ctx.now()
        due = [uri for uri, waiting in self.waiting.items() if waiting.is_due(now)][:AT_ONCE]
        if not due:
            return
        puller = self.puller()
        for view in puller.views_of(due):
            uri = deliveries.marks_of(bytes(view)).uri
            puller.deliver([view], found_by=self.waiting.pop(uri).found_by)
        for uri in due:
            if uri in self.waiting:
                self.ask_again(uri)
        if puller.deliveries:
            yield self.went_on(puller.result(retry_after_seconds=None))

    def ask_again(self, uri: str) -> None:
        """Or not: a post that nobody knows after so long was deleted, or is hidden from us."""
        self.waiting[uri].asked += 1
        if self.waiting[uri].asked >= len(ASK_AFTER):
            del self.waiting[uri]

    # ── Our place ───────────────────────────────────────────────────────────────────────────────────────────────────

    def puller(self) -> Puller:
        return Puller(self.ctx, self.cursor, api=self.api)

    def went_on(self, page: PullPage) -> PullPage:
        watched = self.cursor.get("watched")
        self.cursor |= page.cursor or {}
        if self.cursor.get("watched") != watched:
            self.sieve = self.new_sieve()
        return self.page(page.deliveries)

    def page(self, found: list[RawEvent]) -> PullPage:
        """With our place in all streams. A firehose that we have not heard yet has none."""
        self.said_at = self.ctx.now()
        if self.last_frame and not self.waiting:
            self.cursor["firehose"] = {"seq": self.seq(), "at": self.said_at.isoformat()}
        return PullPage(deliveries=found, cursor=dict(self.cursor))

    def seq(self) -> int:
        try:
            return seq_of(opened(self.last_frame)[1])
        except ValueError:
            return int((self.cursor.get("firehose") or {}).get("seq") or 0)


def listen(ctx: Context, cursor: JSON) -> Iterator[PullPage]:
    """Pages as things happen. Raises Rejected where no firehose is set up: then the account is polled."""
    relay = relay_of(ctx.account)
    if not relay:
        raise Rejected("no firehose is set up; the account is polled")
    listener = Listener(ctx, cursor)
    with connected(ctx.http, relay + SUBSCRIBE, **listener.place()) as socket:
        yield from listener.pages(socket.messages(patience_seconds=PATIENCE_SECONDS))


def relay_of(account: Account) -> str:
    return str(account.config.get("firehose") or "").strip().rstrip("/")

"""What is new below our videos. YouTube lists threads by the comment that began them, so that an answer within an old thread moves
nothing, and it tells of no edit and no deletion. So the newest threads are read, and the others are looked at again in turn."""

from collections.abc import Iterator
from hashlib import sha256

import msgspec
from msgspec import Struct, field

from heard.listening.channels.contract import JSON, Context, CursorLost, PullPage, RawEvent, Rejected, Retryable
from heard.listening.channels.youtube.payloads import Marked, Page, Thread, decode
from heard.listening.channels.youtube.quota import pause_seconds
from heard.listening.channels.youtube.tube import Tube

ANCHORS = 20  # newest threads of the last walk: reaching one ends the next; several, because any may be deleted
AT_ONCE = 50  # threads that YouTube gives by their ids for one unit
WATCHED = 250  # threads last heard of: with a pull a minute each is seen again within five minutes
MOST_PAGES_OF_REPLIES = 5  # 500 answers in one thread


class Place(Struct, omit_defaults=True):
    """`known`: of each thread its comments and their versions, last heard of last. `page`, `new_anchors`: a walk that is under way."""

    known: dict[str, dict[str, str]] = field(default_factory=dict)
    anchors: list[str] = field(default_factory=list)
    new_anchors: list[str] = field(default_factory=list)
    page: str = ""
    turn: int = 0


def pull(ctx: Context, cursor: JSON, *, limit: int) -> PullPage:
    """One page of threads; when the walk has arrived where the last one began, a second look at older ones.

    The first pull takes the newest page and goes no further back: a channel may have years of comments.
    """
    puller = Puller(ctx, place_of(cursor))
    return puller.run(limit)


def place_of(cursor: JSON) -> Place:
    """A cursor that is none of ours starts anew; what was heard already has the same keys."""
    try:
        return msgspec.convert(cursor, Place)
    except msgspec.ValidationError:
        return Place()


class Puller:
    def __init__(self, ctx: Context, place: Place) -> None:
        self.ctx = ctx
        self.place = place
        self.tube = Tube(ctx)
        self.deliveries: list[RawEvent] = []
        self.held: set[str] | None = None  # not asked yet

    def run(self, limit: int) -> PullPage:
        """When the units end midway, what was heard until then is kept, and the place with it."""
        wait: float = 0
        try:
            self.walk(limit)
        except Retryable as error:
            if not self.deliveries:
                raise
            wait = error.after_seconds
        self.place.known = dict(list(self.place.known.items())[-WATCHED:])
        return PullPage(
            deliveries=unlike(self.deliveries),
            cursor=msgspec.to_builtins(self.place),
            has_more=bool(self.place.page) and not wait,
            retry_after_seconds=max(wait, pause_seconds(self.ctx.account, self.tube.units)),
        )

    def walk(self, limit: int) -> None:
        place = self.place
        page = self.page_of_threads(limit)
        ids = [id_ for id_ in map(self.hear, page.items) if id_]
        if not place.page:
            place.new_anchors = ids[:ANCHORS]
        has_arrived = not place.anchors or bool(set(ids) & set(place.anchors)) or not page.next_page_token
        place.page = "" if has_arrived else page.next_page_token
        if has_arrived:
            place.anchors, place.new_anchors = place.new_anchors or place.anchors, []
            self.second_look(besides=set(ids))

    def page_of_threads(self, limit: int) -> Page:
        place = self.place
        try:
            return self.tube.newest_threads(limit=limit, page=place.page)
        except Rejected as error:
            if not place.page:
                raise
            resync = Place(known=place.known, anchors=place.anchors, turn=place.turn)
            raise CursorLost(f"YouTube forgot our place: {error}", resync=msgspec.to_builtins(resync)) from error

    # ── One thread ──────────────────────────────────────────────────────────────────────────────────────────────────

    def hear(self, item: msgspec.Raw) -> str:
        """Its id; empty when it cannot be read: then it is delivered as it is, and quarantined alone."""
        try:
            thread = decode(item, Thread)
            comments = {marks(each).id: each for each in self.comments_of(thread)}
            versions = {id_: marks(each).snippet.version for id_, each in comments.items()}
        except ValueError:
            self.deliveries.append(delivery(f"unread:{sha256(item).hexdigest()}", bytes(item), "comment", self.ctx))
            return ""
        before = self.place.known.pop(thread.id, {})
        self.deliveries += [
            delivery(f"comment:{id_}:{versions[id_]}", bytes(body), "comment", self.ctx)
            for id_, body in comments.items()
            if before.get(id_) != versions[id_]
        ]
        missing = [id_ for id_ in before if id_ not in comments]
        is_whole = len(comments) > thread.snippet.total_reply_count
        if missing and is_whole and self.gone(thread.id, missing):
            before = {}
        self.place.known[thread.id] = before | versions
        return thread.id

    def comments_of(self, thread: Thread) -> list[msgspec.Raw]:
        """With every answer, when there are others than we know; else those that came along."""
        shown = [thread.snippet.top_level_comment, *thread.replies.comments]
        known = self.place.known.get(thread.id, {})
        is_known = len(known) == thread.snippet.total_reply_count + 1 and all(marks(each).id in known for each in shown)
        if is_known or thread.snippet.total_reply_count <= len(thread.replies.comments):
            return shown
        return [shown[0], *self.replies(thread.id)]

    def replies(self, thread_id: str) -> Iterator[msgspec.Raw]:
        page = ""
        for _ in range(MOST_PAGES_OF_REPLIES):
            found = self.tube.replies(thread_id, page=page)
            yield from found.items
            page = found.next_page_token
            if not page:
                return

    # ── A second look ───────────────────────────────────────────────────────────────────────────────────────────────

    def second_look(self, *, besides: set[str]) -> None:
        watched = [id_ for id_ in sorted(self.place.known) if id_ not in besides]
        if not watched:
            return
        start = self.place.turn % len(watched)
        ids = [*watched[start:], *watched[:start]][:AT_ONCE]
        self.place.turn = start + AT_ONCE
        found = {self.hear(item) for item in self.tube.threads(ids).items}
        for id_ in ids:
            if id_ not in found and self.gone(id_, list(self.place.known[id_])):
                del self.place.known[id_]

    def gone(self, thread_id: str, comment_ids: list[str]) -> bool:
        """What waits for review is hidden and not gone: it may come back."""
        if self.held is None:
            self.held = {marks(each).id for each in self.tube.held_threads().items}
        if thread_id in self.held:
            return False
        for id_ in comment_ids:
            self.deliveries.append(delivery(f"gone:{id_}", msgspec.json.encode({"id": id_}), "gone", self.ctx))
        return True


def marks(body: msgspec.Raw) -> Marked:
    return decode(body, Marked)


def delivery(key: str, body: bytes, event: str, ctx: Context) -> RawEvent:
    key = key if len(key) <= 200 else sha256(key.encode()).hexdigest()
    return RawEvent(key=key, body=body, content_type="application/json", headers={"event": event}, received_at=ctx.now())


def unlike(deliveries: list[RawEvent]) -> list[RawEvent]:
    """A thread may stand on two pages when others were begun meanwhile."""
    return list({each.key: each for each in deliveries}.values())

"""Polling: mentions, direct messages, what we said elsewhere, searched words, and a second look at what we hold.

The cursor is JSON: {"me": our id, "mentions": newest id, "own": newest id, "dms": newest id, "found": {keyword: newest id},
"watched": [[first id, latest id], ...], "ours": [[id, likes], ...], "looked_at": time}.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import (
    JSON,
    AuthExpired,
    ChannelError,
    Context,
    NotFound,
    PullPage,
    RawEvent,
    Rejected,
    Retryable,
)
from heard.listening.channels.x.api import Api
from heard.listening.channels.x.payloads import DmEvent, Page, Post, User, decode, id_at, made_at
from heard.listening.channels.x.read import composed, is_withheld, own_name

T = TypeVar("T")
Found = tuple[Post, RawEvent]
PAGE = 100
MOST_PAGES = 8  # X shows the latest 800 mentions; what a burst brings between two pulls
WATCHED = 100  # posts to us that are looked at again: as many as one question takes
OURS = 20  # posts of ours whose likes are counted
MOST_LIKES_ASKED = 2  # questions for each second look
LOOK_AGAIN_EVERY = timedelta(minutes=15)
OVERLAP = timedelta(minutes=5)
SEARCH_REACHES_BACK = timedelta(days=7) - timedelta(hours=1)
POST_FIELDS = "attachments,conversation_id,created_at,entities,lang,note_post,public_metrics,withheld"
USER_FIELDS = "name,profile_image_url,protected,public_metrics,username"
MEDIA_FIELDS = "alt_text,preview_image_url,type,url,variants"
POSTS = {
    "post__fields": POST_FIELDS,
    "expansions": "attachments.media_keys,author_id,edit_history_post_ids,in_reply_to_user_id,referenced_posts",
    "user__fields": USER_FIELDS,
    "media__fields": MEDIA_FIELDS,
}
DMS = {
    "event_types": "MessageCreate",
    "dm_event__fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,text",
    "expansions": "attachments.media_keys,participant_ids,sender_id",
    "user__fields": USER_FIELDS,
    "media__fields": MEDIA_FIELDS,
}


class Me(Struct, frozen=True):
    data: User


class Key(Struct, frozen=True):
    media_key: str


class Likers(Struct, frozen=True):
    data: list[msgspec.Raw] = msgspec.field(default_factory=list)


class Puller:
    """One pull. What is said to us comes first; trouble in one place does not hold up the others."""

    def __init__(self, ctx: Context, cursor: JSON, *, limit: int) -> None:
        self.ctx = ctx
        self.api = Api(ctx, early=True)
        self.me = text(cursor.get("me")) or self.api.read("/2/users/me", Me).data.id
        self.place: dict[str, str] = {name: text(cursor.get(name)) for name in ("mentions", "own", "dms")}
        self.found: dict[str, str] = {str(k): text(v) for k, v in dict(as_dict(cursor.get("found"))).items()}
        self.watched: list[list[str]] = pairs(cursor.get("watched"))
        self.ours: list[list[str]] = pairs(cursor.get("ours"))
        self.looked_at = text(cursor.get("looked_at"))
        self.deliveries: list[RawEvent] = []

    def run(self) -> PullPage:
        trouble: list[ChannelError] = []
        for step in (self.mentions, self.direct_messages, self.own_posts, self.monitors, self.second_look):
            try:
                step()
            except AuthExpired:
                raise
            except ChannelError as error:
                trouble.append(error)
        if trouble and not self.deliveries:
            raise trouble[0]
        waits = [wait for error in trouble if (wait := getattr(error, "after_seconds", None))]
        return PullPage(
            deliveries=self.deliveries,
            cursor=self.cursor(),
            retry_after_seconds=max([*waits, self.api.wait_seconds or 0]) or None,
        )

    def cursor(self) -> JSON:
        return {
            "me": self.me,
            **self.place,
            "found": self.found,
            "watched": self.watched,
            "ours": self.ours,
            "looked_at": self.looked_at,
        }

    # ── What is said to us, and by us elsewhere ─────────────────────────────────────────────────────────────────────

    def mentions(self) -> None:
        for post, delivery in self.newer("mentions", f"/2/users/{self.me}/mentions"):
            self.deliveries.append(delivery)
            self.watch(post)

    def own_posts(self) -> None:
        """What somebody wrote in the app of X itself; what we sent has the id that we know."""
        for post, delivery in self.newer("own", f"/2/users/{self.me}/tweets", exclude="retweets"):
            self.deliveries.append(delivery)
            self.ours = [*(known for known in self.ours if known[0] != post.first_id), [post.first_id, "0"]][-OURS:]

    def watch(self, post: Post) -> None:
        others = [known for known in self.watched if known[0] != post.first_id]
        self.watched = [*others, [post.first_id, post.latest_id]][-WATCHED:]

    def newer(self, name: str, path: str, **params: str) -> Iterator[Found]:
        since = self.place[name]
        found = list(self.posts(path, most=MOST_PAGES if since else 1, **params, **({"since_id": since} if since else {})))
        self.place[name] = self.newest([post.id for post, _ in found], since)
        return reversed(found)

    def newest(self, ids: list[str], before: str) -> str:
        """The place after these. Where there was none and nothing came, it is a moment ago: ids grow with time."""
        return max(ids, key=int) if ids else before or id_at(self.ctx.now() - OVERLAP)

    def posts(
        self, path: str, *, most: int, found_by: str = "", token: str = "pagination_token", **params: str
    ) -> Iterator[Found]:
        """Newest first."""
        for page in self.pages(path, most, token, **POSTS, **params):
            yield from ((post, self.delivery(raw, post, page, found_by)) for raw in page.data for post in [read(raw, Post)])

    def pages(self, path: str, most: int, token: str, **params: str) -> Iterator[Page]:
        place: dict[str, str] = {}
        for _ in range(most):
            page = self.api.read(path, Page, max_results=PAGE, **params, **place)
            yield page
            if not page.meta.next_token:
                return
            place = {token: page.meta.next_token}

    def delivery(self, raw: msgspec.Raw, post: Post, page: Page, found_by: str = "") -> RawEvent:
        headers = {"event": "post", "me": self.me, **({"found-by": found_by} if found_by else {})}
        keys = post.attachments.media_keys if post.attachments else None
        return self.made(f"post:{post.id}{withheld(post)}", composed_of(raw, {post.author_id}, keys, page), headers)

    def made(self, key: str, body: bytes, headers: dict[str, str]) -> RawEvent:
        return RawEvent(key=key, body=body, content_type="application/json", headers=headers, received_at=self.ctx.now())

    # ── Direct messages ─────────────────────────────────────────────────────────────────────────────────────────────

    def direct_messages(self) -> None:
        """X knows no place to go on from here: it shows the last 30 days, newest first."""
        if not self.api.may("dm.read"):
            return
        since = int(self.place["dms"] or 0)
        found: list[tuple[int, RawEvent]] = []
        for page in self.pages("/2/dm_events", MOST_PAGES if since else 1, "pagination_token", **DMS):
            told = [(read(raw, DmEvent), raw) for raw in page.data]
            found += [(int(event.id), self.message(raw, event, page)) for event, raw in told if int(event.id) > since]
            if any(int(event.id) <= since for event, _ in told):
                break
        self.deliveries += [delivery for _, delivery in sorted(found, key=lambda each: each[0])]
        self.place["dms"] = self.newest([str(id_) for id_, _ in found], self.place["dms"])

    def message(self, raw: msgspec.Raw, event: DmEvent, page: Page) -> RawEvent:
        people = {event.sender_id, *event.participant_ids, *re.findall(r"\d+", event.dm_conversation_id)}
        keys = event.attachments.media_keys if event.attachments else None
        return self.made(f"dm:{event.id}", composed_of(raw, people, keys, page), {"event": "dm"})

    # ── What monitors find ──────────────────────────────────────────────────────────────────────────────────────────

    def monitors(self) -> None:
        for keyword in words_of(self.ctx.account.config, "keywords"):
            self.search(keyword)

    def search(self, keyword: str) -> None:
        """The last seven days, and no further back: a place that is older is no place any more."""
        since = self.found.get(keyword, "")
        if since and made_at(since) < self.ctx.now() - SEARCH_REACHES_BACK:
            since = ""
        try:
            found = self.searched(keyword, since)
        except Rejected as refused:
            if not since or "since_id" not in str(refused):
                raise
            found = self.searched(keyword, "")
        self.deliveries += [delivery for _, delivery in reversed(found)]
        self.found[keyword] = self.newest([post.id for post, _ in found], since)

    def searched(self, keyword: str, since: str) -> list[Found]:
        place = {"since_id": since} if since else {}
        query = query_of(keyword, own_name(self.ctx.account))
        path = "/2/tweets/search/recent"
        return list(self.posts(path, most=2 if since else 1, found_by=keyword, token="next_token", query=query, **place))

    # ── A second look ───────────────────────────────────────────────────────────────────────────────────────────────

    def second_look(self) -> None:
        """X tells nobody of edits and deletions. One question is enough for the latest hundred that we hold."""
        now = self.ctx.now()
        if self.looked_at and moment_of(self.looked_at) > now - LOOK_AGAIN_EVERY:
            return
        self.looked_at = now.isoformat()
        self.look_at_posts()
        self.look_at_likes()

    def look_at_posts(self) -> None:
        if not self.watched:
            return
        page = self.api.read("/2/tweets", Page, ids=",".join(latest for _, latest in self.watched), **POSTS)
        seen = {post.id: (post, raw) for raw in page.data for post in [read(raw, Post)]}
        missing = {problem.resource_id or problem.value for problem in page.errors}
        newer = [post.latest_id for post, _ in seen.values() if post.latest_id != post.id]
        for first, latest in list(self.watched):
            if latest in missing:
                self.gone(first)
            elif latest in seen and is_withheld(seen[latest][0].withheld):
                post, raw = seen[latest]
                self.deliveries.append(self.delivery(raw, post, page))
                self.watched.remove([first, latest])
        if newer:
            self.fetch_edits(newer)

    def fetch_edits(self, ids: list[str]) -> None:
        page = self.api.read("/2/tweets", Page, ids=",".join(ids), **POSTS)
        for raw in page.data:
            post = read(raw, Post)
            self.deliveries.append(self.delivery(raw, post, page))
            self.watch(post)

    def gone(self, first: str) -> None:
        self.watched = [known for known in self.watched if known[0] != first]
        self.deliveries.append(self.made(f"gone:{first}", msgspec.json.encode({"gone": first}), {"event": "gone"}))

    def look_at_likes(self) -> None:
        if not self.ours or not self.api.may("like.read"):
            return
        page = self.api.read("/2/tweets", Page, ids=",".join(id_ for id_, _ in self.ours), post__fields="public_metrics")
        likes = {
            post.id: post.public_metrics.like_count if post.public_metrics else 0
            for raw in page.data
            for post in [read(raw, Post)]
        }
        grown = [known for known in self.ours if likes.get(known[0], 0) > int(known[1])]
        for known in grown[-MOST_LIKES_ASKED:]:
            self.likers(known[0])
            known[1] = str(likes[known[0]])

    def likers(self, post_id: str) -> None:
        try:
            found = self.api.read(f"/2/tweets/{post_id}/liking_users", Likers, user__fields=USER_FIELDS).data
        except (Rejected, NotFound):
            return
        for raw in found:
            key = f"like:{post_id}:{read(raw, User).id}"
            self.deliveries.append(self.made(key, msgspec.json.encode({"liked": post_id, "by": raw}), {"event": "like"}))


def read(raw: msgspec.Raw, type_: type[T]) -> T:
    """One that is damaged is asked for again with its page; nothing of it is lost."""
    try:
        return decode(raw, type_)
    except ValueError as error:
        raise Retryable(f"X gave a damaged answer: {error}") from error


def composed_of(raw: msgspec.Raw, people: set[str], keys: list[str] | None, page: Page) -> bytes:
    """With its own people and pictures only: nobody's name travels with another's words."""
    users = [user for user in page.includes.users if read(user, User).id in people]
    media = [medium for medium in page.includes.media if read(medium, Key).media_key in (keys or [])]
    return composed(raw, users, media)


def withheld(post: Post) -> str:
    """Part of the key: a post that is withheld is another delivery than the post before."""
    return ":withheld:" + ",".join(sorted(post.withheld.country_codes)) if post.withheld else ""


def query_of(keyword: str, ours: str) -> str:
    """What others say, and not what is only repeated. A tag, a name or an address is a word of its own; else the words as they stand."""
    bare = " ".join(re.sub(r'["\\()]', " ", keyword).split())
    words = bare if re.fullmatch(r"[#@$]?\w+", bare) else f'"{bare}"'
    return f"{words} -is:retweet -from:{ours}"


def words_of(config: JSON, name: str) -> list[str]:
    """A list of words from the form: given as a list, or as text with commas or lines between them."""
    given = config.get(name) or []
    words = re.split(r"[,\n]", given) if isinstance(given, str) else given
    return [str(word).strip() for word in words if str(word).strip()]


def moment_of(given: str) -> datetime:
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        found = made_at("0")
    return found if found.tzinfo else made_at("0")


def text(given: object) -> str:
    """An id or a time out of a cursor; empty for anything else."""
    return given if isinstance(given, str) and re.fullmatch(r"[0-9]{1,19}|[0-9T:.+-]{20,40}", given) else ""


def as_dict(given: object) -> dict:
    return given if isinstance(given, dict) else {}


def pairs(given: object) -> list[list[str]]:
    found = given if isinstance(given, list) else []
    return [
        [text(a), text(b)]
        for a, b in (each for each in found if isinstance(each, list) and len(each) == 2)
        if text(a) and text(b)
    ]

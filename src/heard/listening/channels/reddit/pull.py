"""What came to our inbox, what monitors find, and a second look at what may have been edited or deleted since."""

import re
from hashlib import sha256

import msgspec
from msgspec import Struct, field

from heard.listening.channels.contract import JSON, ChannelError, Context, NotFound, PullPage, RawEvent, Rejected
from heard.listening.channels.reddit.api import Api
from heard.listening.channels.reddit.payloads import Data, Marked, Thing, decode
from heard.listening.channels.reddit.read import is_gone, own_name

PAGE = 100
MOST_PAGES = 10  # Reddit lists the last thousand
ANCHORS = 25  # newest of the last walk: reaching one ends the next; several, because what is deleted leaves a listing
AT_ONCE = 100  # things that Reddit gives by their names in one call
WATCHED = 500
SUBREDDIT = re.compile(r"\w{2,30}", re.ASCII)
NOT_READ = "unread"


class Place(Struct, omit_defaults=True):
    """`anchors`: by listing; `watched`: versions of comments and posts, last heard last."""

    anchors: dict[str, list[str]] = field(default_factory=dict)
    watched: dict[str, str] = field(default_factory=dict)
    turn: int = 0


def pull(ctx: Context, cursor: JSON, *, limit: int) -> PullPage:
    """Monitors come after what was said to us, and a monitor in trouble does not hold that up."""
    return Puller(ctx, place_of(cursor), limit=limit).run()


def place_of(cursor: JSON) -> Place:
    """A cursor that is none of ours starts anew; what was heard already has the same keys."""
    try:
        return msgspec.convert(cursor, Place)
    except msgspec.ValidationError:
        return Place()


class Puller:
    def __init__(self, ctx: Context, place: Place, *, limit: int) -> None:
        self.ctx, self.place, self.api = ctx, place, Api(ctx)
        self.page = max(min(limit, PAGE), 1)
        self.deliveries: dict[str, RawEvent] = {}

    def run(self) -> PullPage:
        self.listing("message/inbox")
        wait = None
        try:
            self.monitors()
            self.second_look()
        except ChannelError as error:
            if not self.deliveries:
                raise
            wait = getattr(error, "after_seconds", None)
        self.place.watched = dict(list(self.place.watched.items())[-WATCHED:])
        return PullPage(
            deliveries=list(self.deliveries.values()),
            cursor=msgspec.to_builtins(self.place),
            retry_after_seconds=wait or self.api.wait_seconds,
        )

    def monitors(self) -> None:
        for given in words_of(self.ctx.account.config, "subreddits"):
            name = given.removeprefix("/").removeprefix("r/")
            if SUBREDDIT.fullmatch(name):
                self.monitor(f"r/{name}/new", by=f"r/{name}")
                self.monitor(f"r/{name}/comments", by=f"r/{name}")
        for keyword in words_of(self.ctx.account.config, "keywords"):
            self.monitor("search", by=keyword, q=f'"{keyword}"', sort="new", type="link", t="week")

    def monitor(self, path: str, *, by: str, **params: str) -> None:
        try:
            self.listing(path, by=by, **params)
        except (Rejected, NotFound):  # closed to us; `check` says so
            return

    # ── One listing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def listing(self, path: str, *, by: str = "", **params: str) -> None:
        """Newest first, back to where the last walk began. The first walk takes the newest page only."""
        key = f"{path}:{by}" if by else path
        anchors, found, after = set(self.place.anchors.get(key, [])), [], ""
        for _ in range(MOST_PAGES):
            page = self.api.page(path, limit=self.page, **params, **({"after": after} if after else {}))
            found += page.children
            after = page.after or ""
            if not after or not anchors or any(name_of(each) in anchors for each in page.children):
                break
        names = [name_of(each) for each in found]
        until = next((number for number, name in enumerate(names) if name in anchors), len(names))
        for each in reversed(found[:until]):
            self.hear(each, by=by)
        if names:
            self.place.anchors[key] = names[:ANCHORS]

    def hear(self, body: msgspec.Raw, *, by: str = "") -> None:
        try:
            thing = decode(body, Thing)
            version = version_of(thing.data)
        except ValueError:
            self.deliver(f"{NOT_READ}:{sha256(body).hexdigest()}", body, by)
            return
        if by and self.names_us(thing.data):
            return
        self.deliver(f"{thing.data.name}:{version}", body, by)
        if thing.kind != "t4":
            self.watch(thing.data.name, version)

    def names_us(self, data: Data) -> bool:
        """Then it comes to the inbox, and is ours and not merely found."""
        return f"u/{own_name(self.ctx.account)}" in f"{data.body} {data.selftext}".lower()

    def deliver(self, key: str, body: msgspec.Raw, by: str) -> None:
        """What came to the inbox is ours, even when a monitor finds it, too."""
        if key not in self.deliveries and not self.is_known(key):
            headers = {"found-by": by} if by else {}
            self.deliveries[key] = RawEvent(
                key=key, body=bytes(body), content_type="application/json", headers=headers, received_at=self.ctx.now()
            )

    def is_known(self, key: str) -> bool:
        name, _, version = key.partition(":")
        return name != NOT_READ and self.place.watched.get(name) == version

    def watch(self, name: str, version: str) -> None:
        self.place.watched.pop(name, None)
        if version != "gone":
            self.place.watched[name] = version

    # ── A second look ───────────────────────────────────────────────────────────────────────────────────────────────

    def second_look(self) -> None:
        """What is missing from the answer may lie in a subreddit that is closed for a while; only what says so is gone."""
        names = sorted(self.place.watched)
        if not names:
            return
        start = self.place.turn % len(names)
        self.place.turn = start + AT_ONCE
        turn = [*names[start:], *names[:start]][:AT_ONCE]
        for body in self.api.page("api/info", id=",".join(turn)).children:
            try:
                data = decode(body, Thing).data
            except ValueError:
                continue
            version = version_of(data)
            if self.place.watched.get(data.name) != version:
                self.deliver(f"{data.name}:{version}", body, "")
                self.watch(data.name, version)


def version_of(data: Data) -> str:
    return "gone" if is_gone(data) else data.version


def name_of(body: msgspec.Raw) -> str:
    try:
        return decode(body, Marked).data.name
    except ValueError:
        return ""


def words_of(config: JSON, name: str) -> list[str]:
    """A list of words from the form: given as a list, or as text with commas or lines between them."""
    given = config.get(name) or []
    words = re.split(r"[,\n]", given) if isinstance(given, str) else given
    return [str(word).strip() for word in words if str(word).strip()]

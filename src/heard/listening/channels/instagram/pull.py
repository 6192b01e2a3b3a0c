"""Comments that were deleted. Instagram tells of none, so the newest ones are looked for now and then.

One question brings the comments below our newest posts. One that stood there before and does not stand there now is asked for by
itself: only when Instagram does not know it any more is it gone, for what is merely further down is not.
"""

import msgspec
from msgspec import Struct, field

from heard.listening.channels.contract import JSON, Context, NotFound, PullPage, RawEvent
from heard.listening.channels.instagram.send import api, with_fresh_token

POSTS = 25
BELOW = "id,comments.limit(50){id,replies.limit(20){id}}"
MOST_ASKED = 20  # single comments in one go
GONE = "gone"


class Comment(Struct, frozen=True):
    id: str
    replies: "Comments | None" = None


class Comments(Struct, frozen=True):
    data: list[Comment] = field(default_factory=list)


class Post(Struct, frozen=True):
    id: str
    comments: Comments | None = None


class Posts(Struct, frozen=True):
    data: list[Post] = field(default_factory=list)


class Gone(Struct, frozen=True):
    """What is kept of a comment that is no longer there. `noticed_at`: seconds since 1970."""

    id: str
    noticed_at: float


def pull(ctx: Context, cursor: JSON) -> PullPage:
    """`cursor`: {"known": {post: ids of comments}}; lost, it costs nothing but what was deleted meanwhile."""
    ctx = with_fresh_token(ctx)
    posts = api(ctx).read(f"{ctx.account.address.strip()}/media", Posts, fields=BELOW, limit=POSTS).data
    there = {post.id: ids_below(post.comments) for post in posts}
    known: dict[str, list[str]] = cursor.get("known") or {}
    missing = [(post, id_) for post, ids in known.items() for id_ in ids if id_ not in there.get(post, ())]
    if len(posts) == POSTS:  # an older post may merely have made room for a newer one
        missing = [(post, id_) for post, id_ in missing if post in there]
    gone = [id_ for _, id_ in missing[:MOST_ASKED] if is_gone(ctx, id_)]
    for post, id_ in missing[MOST_ASKED:]:
        there.setdefault(post, []).append(id_)  # asked for next time
    return PullPage(
        deliveries=[delivery(ctx, id_) for id_ in gone], cursor={"known": {p: ids for p, ids in there.items() if ids}}
    )


def ids_below(comments: Comments | None) -> list[str]:
    if comments is None:
        return []
    return [id_ for each in comments.data for id_ in (each.id, *ids_below(each.replies))]


def is_gone(ctx: Context, comment_id: str) -> bool:
    try:
        api(ctx).read(comment_id, Comment, fields="id")
    except NotFound:
        return True
    return False


def delivery(ctx: Context, comment_id: str) -> RawEvent:
    body = msgspec.json.encode(Gone(comment_id, ctx.now().timestamp()))
    return RawEvent(key=f"gone:{comment_id}", body=body, content_type="application/json", headers={"what": GONE})

"""The reviews of the past week, newest first, and a second look at those that may have changed or gone since."""

from hashlib import sha256

import msgspec
from msgspec import Struct, field

from heard.listening.channels.contract import JSON, Context, CursorLost, NotFound, PullPage, RawEvent, Rejected, Retryable
from heard.listening.channels.google.api import decoded
from heard.listening.channels.google_play.payloads import DeveloperComment, Review, Reviews, UserComment, decode
from heard.listening.channels.google_play.play import Play

PAGE = 100
REMEMBERED = 3000  # reviews, with their versions: more than most apps get in the week that Google lists
WATCHED = 60  # newest reviews that are looked at again in turn, one a pull: each once an hour, for 200 questions an hour are free


class Seen(Struct, array_like=True):
    """Versions of the customer's words and of our answer, as they were heard last."""

    words: str = ""
    reply: str = ""


class Place(Struct, omit_defaults=True):
    """`page`: where to go on within the list; `whole`: the list was not read to its end yet, so known reviews do not end it."""

    seen: dict[str, Seen] = field(default_factory=dict)
    page: str = ""
    whole: bool = True
    turn: int = 0


def pull(ctx: Context, cursor: JSON, *, limit: int) -> PullPage:
    """One page. A page that brings nothing new ends the walk, because the newest come first."""
    place = place_of(cursor)
    play = Play(ctx)
    page = list_page(play, place, limit=limit)
    deliveries, is_news = [], False
    for item in page.reviews:
        delivery = heard(bytes(item), place, ctx)
        deliveries += [delivery] if delivery else []
        is_news = is_news or delivery is not None
    place.page = page.token_pagination.next_page_token if is_news or place.whole else ""
    if not place.page:
        place.whole = False
        deliveries += second_look_unless_busy(play, place, ctx, has_news=bool(deliveries))
    place.seen = dict(list(place.seen.items())[-REMEMBERED:])
    return PullPage(deliveries=deliveries, cursor=msgspec.to_builtins(place), has_more=bool(place.page))


def place_of(cursor: JSON) -> Place:
    """A cursor that is none of ours starts anew; what was heard already has the same keys."""
    try:
        return msgspec.convert(cursor, Place)
    except msgspec.ValidationError:
        return Place()


def list_page(play: Play, place: Place, *, limit: int) -> Reviews:
    try:
        return decoded(play.list(limit=min(limit, PAGE), token=place.page), Reviews)
    except Rejected as error:
        if not place.page:
            raise
        resync = Place(seen=place.seen, whole=True, turn=place.turn)
        raise CursorLost(f"Google forgot our place in its list: {error}", resync=msgspec.to_builtins(resync)) from error


def heard(body: bytes, place: Place, ctx: Context) -> RawEvent | None:
    """None when it was heard in this version. A review that cannot be read is delivered all the same, and quarantined alone."""
    try:
        review = decode(body, Review)
        now = Seen(version_of(review.words), version_of(review.reply))
    except ValueError:
        key = f"unread:{sha256(body).hexdigest()}"
        known = place.seen.get(key)
        place.seen[key] = Seen()
        return None if known else RawEvent(key=key, body=body, content_type="application/json", received_at=ctx.now())
    before = place.seen.pop(review.review_id, None)
    place.seen[review.review_id] = now  # moved to the end: the last to be forgotten
    if before == now:
        return None
    return delivery(body, review.review_id, now, changed_since(before, now), ctx)


def changed_since(before: Seen | None, now: Seen) -> str:
    return "words" if before and before.words and before.words != now.words else ""


def delivery(body: bytes, review_id: str, version: Seen, changed: str, ctx: Context) -> RawEvent:
    key = f"review:{review_id}:{version.words}:{version.reply}"
    headers = {"event": "review", **({"changed": changed} if changed else {})}
    return RawEvent(key=shorter(key), body=body, content_type="application/json", headers=headers, received_at=ctx.now())


def gone(review_id: str, ctx: Context) -> RawEvent:
    body = msgspec.json.encode({"reviewId": review_id})
    key = shorter(f"gone:{review_id}")
    return RawEvent(key=key, body=body, content_type="application/json", headers={"event": "gone"}, received_at=ctx.now())


def shorter(key: str) -> str:
    return key if len(key) <= 200 else sha256(key.encode()).hexdigest()


def version_of(comment: UserComment | DeveloperComment | None) -> str:
    return comment.last_modified.version if comment else ""


def second_look_unless_busy(play: Play, place: Place, ctx: Context, *, has_news: bool) -> list[RawEvent]:
    """Trouble with an old review never holds up new ones."""
    try:
        return second_look(play, place, ctx)
    except Retryable:
        if not has_news:
            raise
        return []


def second_look(play: Play, place: Place, ctx: Context) -> list[RawEvent]:
    """Google tells of no deletion, and an answer given in the Play Console moves no review to the top of the list."""
    watched = [id_ for id_ in place.seen if not id_.startswith("unread:")][-WATCHED:]
    if not watched:
        return []
    review_id = watched[place.turn % len(watched)]
    place.turn = (place.turn + 1) % WATCHED
    before = place.seen[review_id]
    try:
        body = play.get(review_id)
    except NotFound:
        del place.seen[review_id]
        return [gone(review_id, ctx)]
    try:
        review = decode(body, Review)
        now = Seen(version_of(review.words), version_of(review.reply))
    except ValueError:
        return []
    place.seen[review_id] = now
    return [] if now == before else [delivery(body, review_id, now, changed_since(before, now), ctx)]

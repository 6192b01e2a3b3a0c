"""Raw deliveries of Bluesky as events. Pure: the same delivery always says the same.

What a delivery is, its headers say (deliveries.py writes them):
    event      post, notification or gone
    us         the DID of our account, which its settings do not have
    found-by   the hashtag or keyword that brought it here
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from heard.listening.channels.bluesky.payloads import Actor, Notification, PostView, decode, utc
from heard.listening.channels.bluesky.richtext import PAGES, Piece, html_of, mentions_in, pieces_of, plain_of, tags_in
from heard.listening.channels.bluesky.uris import author_in, permalink_of, place_of
from heard.listening.channels.contract import Account, Author, Event, File, RawEvent, Reacted, Said, Unknown, Withdrawn

NETWORK = "bluesky"
REACTIONS = {"like": "like", "repost": "boost"}
NOBODY = "handle.invalid"  # what the app view says when a handle no longer leads back to its DID
HOUSE_NAMES = (".bsky.social", ".test")  # given by the server, to anybody who asks first
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
BELIEVED = timedelta(days=1)


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are not what their headers say."""
    us = raw.headers.get("us", "")
    match raw.headers.get("event", "post"):
        case "post":
            return of_post(decode(raw.body, PostView), us, found_by=raw.headers.get("found-by", ""))
        case "notification":
            return of_notification(decode(raw.body, Notification), us)
        case "gone":
            return [Withdrawn(target=place_of(raw.body.decode("ascii")).uri, occurred_at=raw.received_at or LONG_AGO)]
        case other:
            return [Unknown(note=other)]


def of_notification(seen: Notification, us: str) -> list[Event]:
    """A like or a repost of our own words is a signal. A follow means nothing yet; a post comes by itself, as its view."""
    if seen.reason not in REACTIONS or author_in(seen.reasonSubject) != us:
        return [Unknown(note=seen.reason)]
    return [
        Reacted(
            target=seen.reasonSubject,
            author=author_of(seen.author),
            reaction=REACTIONS[seen.reason],
            occurred_at=utc(seen.indexedAt),
        )
    ]


def of_post(view: PostView, us: str, *, found_by: str = "") -> list[Event]:
    """The words; and when they quote ours, that is a signal about ours as well."""
    pieces = pieces_of(view.record)
    quoted = quoted_in(view.record.embed)
    outbound = bool(us) and view.author.did == us
    at = occurred_at(view)
    said = Said(
        external_id=place_of(view.uri).uri,
        author=author_of(view.author),
        occurred_at=at,
        text=with_card(plain_of(pieces), view),
        html=html_of(pieces),
        kind="post",
        direction="outbound" if outbound else "inbound",
        visibility="public",
        addressed=not outbound and is_addressed(view, pieces, quoted, us),
        thread_ref=view.record.reply.root.uri if view.record.reply else view.uri,
        parent_ref=view.record.reply.parent.uri if view.record.reply else "",
        permalink=permalink_of(view.uri),
        language=next(iter(view.record.langs or []), ""),
        recipients=tuple(named(did, words) for did, words in mentions_in(pieces).items()),
        attachments=files_of(view),
        found_by=(found_by,) if found_by else (),
        extra={
            "cid": view.cid,
            "tags": tags_in(view.record, pieces),
            "quotes": quoted,
            "labels": [label.val for label in view.labels or []],
            **({} if outbound else traits_of(view.author)),
        },
    )
    if quoted and author_in(quoted) == us and not outbound:
        return [said, Reacted(target=quoted, author=said.author, reaction="quote", occurred_at=at)]
    return [said]


def is_addressed(view: PostView, pieces: list[Piece], quoted: str, us: str) -> bool:
    """Names us, answers us, stands somewhere below our post, or quotes us: what Bluesky itself would tell us of."""
    reply = view.record.reply
    answered = {author_in(reply.parent.uri), author_in(reply.root.uri)} if reply else set()
    return bool(us) and us in {*mentions_in(pieces), *answered, author_in(quoted)}


def occurred_at(view: PostView) -> datetime:
    """What the author's app says, as long as the network can have seen it then: apps may say anything."""
    seen = utc(view.indexedAt)
    try:
        said = utc(datetime.fromisoformat(view.record.createdAt))
    except (ValueError, OverflowError):
        return seen
    return said if seen - BELIEVED <= said <= seen else seen


# ── Who ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def author_of(actor: Actor) -> Author:
    """The DID stays whatever handle its owner takes next."""
    handle = "" if actor.handle == NOBODY else actor.handle
    return Author(
        network=NETWORK,
        external_id=actor.did,
        handle=f"@{handle}" if handle else "",
        name=actor.displayName or "",
        profile_url=f"{PAGES}/profile/{actor.did}",
        avatar_url=actor.avatar or "",
        verified=True,
    )


def traits_of(actor: Actor) -> dict:
    """A handle is a domain that leads back to the DID, so whoever has it holds the domain; of a server's own names that says nothing."""
    handle = actor.handle.lower()
    return {} if handle in ("", NOBODY) or handle.endswith(HOUSE_NAMES) else {"traits": {"proved_link": [f"https://{handle}"]}}


def named(did: str, words: str) -> Author:
    return Author(network=NETWORK, external_id=did, handle=words, profile_url=f"{PAGES}/profile/{did}")


# ── What hangs on it ────────────────────────────────────────────────────────────────────────────────────────────────


def quoted_in(embed: dict[str, Any] | None) -> str:
    """The address of the post that a post quotes, alone or beside pictures."""
    record = (embed or {}).get("record")
    if isinstance(record, dict) and isinstance(record.get("record"), dict):
        record = record["record"]
    uri = record.get("uri") if isinstance(record, dict) else ""
    return uri if isinstance(uri, str) and author_in(uri) else ""


def media_in(view: PostView) -> dict[str, Any]:
    embed = view.embed or {}
    media = embed.get("media")
    return media if isinstance(media, dict) else embed


def files_of(view: PostView) -> tuple[File, ...]:
    """Pictures with their words for who cannot see them; of a film its still."""
    media = media_in(view)
    pictures = [picture for picture in media.get("images") or [] if isinstance(picture, dict)]
    files = [file_of(picture.get("fullsize"), picture.get("alt")) for picture in pictures]
    if "playlist" in media:
        files.append(file_of(media.get("thumbnail"), media.get("alt")))
    return tuple(file for file in files if file)


def file_of(url: object, alt: object) -> File | None:
    if not isinstance(url, str) or not is_web(url):
        return None
    cid, _, form = urlsplit(url).path.rpartition("/")[2].partition("@")
    form = form if form in ("jpeg", "png") else "webp"  # what it is sent as, whatever was uploaded
    return File(name=f"{cid or 'picture'}.{form}", content_type=f"image/{form}", url=url, alt=alt if isinstance(alt, str) else "")


def is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False


def with_card(words: str, view: PostView) -> str:
    """The words, and below them the link of a card when they do not have it: readers see it, so it is part of what was said."""
    card = media_in(view).get("external")
    uri = card.get("uri") if isinstance(card, dict) else None
    if not isinstance(uri, str) or not is_web(uri) or uri in words:
        return words
    return f"{words}\n\n{uri}".strip()

"""Raw deliveries of the Mastodon API as events. Pure: the same delivery always says the same.

What a delivery is, its headers say (pull.py and listen.py write them):
    event      notification, status, status.update, delete or gone
    software   who really answers: snac calls direct messages "private"
    found-by   the hashtag or keyword that brought it here
"""

import re
from datetime import UTC, datetime
from html import unescape
from mimetypes import guess_type
from urllib.parse import urlsplit

from heard.listening.channels.contract import (
    Account,
    Author,
    Edited,
    Event,
    File,
    RawEvent,
    Reacted,
    Said,
    Unknown,
    Visibility,
    Withdrawn,
)
from heard.listening.channels.mastodon.payloads import Actor, Medium, Notification, Poll, Status, decode, quoted, utc
from heard.listening.channels.plain import plain

NETWORK = "mastodon"
REACTIONS = {"favourite": "favourite", "reblog": "boost", "pleroma:emoji_reaction": "emoji", "reaction": "emoji"}
TO_US = ("mention", "quote")  # who quotes us speaks of us, and is told by the server that we know
VISIBILITIES: dict[str, Visibility] = {"public": "public", "unlisted": "public", "local": "public", "private": "followers"}
CONTENT_TYPES = {
    "image": "image/jpeg",
    "gifv": "video/mp4",
    "video": "video/mp4",
    "audio": "audio/mpeg",
}  # where the name has no ending
LINKED = re.compile(r"""(?:^\s*|href=["'])(https?://[^\s"'<>]+)""")
MOST_FIELDS = 8  # Mastodon has four, others more
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are not what their headers say."""
    match raw.headers.get("event", "status"):
        case "notification":
            return of_notification(decode(raw.body, Notification), raw, account)
        case "status":
            return of_status(status_in(raw.body), raw, account)
        case "status.update":
            return of_update(status_in(raw.body), raw, account)
        case "delete" | "gone":
            return [Withdrawn(target=local_id(raw.body), occurred_at=raw.received_at or LONG_AGO)]
        case other:
            return [Unknown(note=other)]


def status_in(body: bytes) -> Status:
    """Raises ValueError, also for what merely has an id, an account and a date."""
    status = decode(body, Status)
    if status.content is None and status.visibility is None:
        raise ValueError("neither words nor somebody to see them: not a status")
    return status


def of_notification(seen: Notification, raw: RawEvent, account: Account) -> list[Event]:
    """A mention or a quote is somebody's words to us; a favourite or boost is a signal; a follow or a poll means nothing yet."""
    if seen.status is None or seen.account is None:
        return [Unknown(note=seen.type)]
    if seen.type in TO_US:
        return of_status(seen.status, raw, account, addressed=True)
    if seen.type == "update":
        return of_update(seen.status, raw, account)
    if seen.type not in REACTIONS:
        return [Unknown(note=seen.type)]
    who = author_of(seen.account, account)
    return [Reacted(target=seen.status.id, author=who, reaction=REACTIONS[seen.type], occurred_at=utc(seen.created_at))]


def of_status(status: Status, raw: RawEvent, account: Account, *, addressed: bool = False) -> list[Event]:
    """The words, and the edit too when they are not the first: whoever knows the first words learns of the later ones."""
    if status.reblog is not None:
        return [Unknown(note="a boost of somebody else's words")]
    said = said_of(status, raw, account, addressed=addressed or is_addressed(status, account))
    return [said, edited_of(status)] if status.edited_at else [said]


def of_update(status: Status, raw: RawEvent, account: Account) -> list[Event]:
    """A stream tells of every edit at home: those to us may be new to us, of the others only known ones matter."""
    if is_addressed(status, account) or author_of(status.account, account).external_id == own_address(account):
        return of_status(status, raw, account)
    return [edited_of(status)] if status.edited_at else [Unknown(note="an update that changed no words")]


def said_of(status: Status, raw: RawEvent, account: Account, *, addressed: bool) -> Said:
    author = author_of(status.account, account)
    outbound = author.external_id == own_address(account)
    found_by = raw.headers.get("found-by", "")
    return Said(
        external_id=status.id,
        author=author,
        occurred_at=utc(status.created_at),
        text=text_of(status),
        html=status.content or "",
        full_text=full_text_of(status),
        subject=status.spoiler_text or "",
        kind="post",
        direction="outbound" if outbound else "inbound",
        visibility=visibility_of(status, raw),
        addressed=addressed and not outbound,
        parent_ref=status.in_reply_to_id or "",
        permalink=status.url or status.uri or "",
        language=status.language or "",
        recipients=recipients_of(status, account),
        attachments=tuple(file_of(medium) for medium in status.media_attachments or []),
        found_by=(found_by,) if found_by else (),
        extra=extra_of(status, account),
    )


def edited_of(status: Status) -> Edited:
    return Edited(
        target=status.id,
        version=status.version,
        occurred_at=utc(status.edited_at or status.created_at),
        text=text_of(status),
        html=status.content or "",
        subject=status.spoiler_text or "",
    )


def text_of(status: Status) -> str:
    """With what a poll of theirs offers: that is said by the author, too."""
    options = "\n".join(f"- {option.title}" for option in status.poll.options) if status.poll else ""
    return "\n\n".join(filter(None, [plain(status.content or ""), options]))


def full_text_of(status: Status) -> str:
    """The words with those they quote below; empty where nothing is quoted."""
    shown = quoted(status)
    if shown is None:
        return ""
    lines = plain(shown.content or "").splitlines()
    return "\n".join([text_of(status), "", f"@{shown.account.acct}:", *(f"> {line}" for line in lines)])


def extra_of(status: Status, account: Account) -> dict:
    return {
        **({"poll": poll_of(status.poll)} if status.poll else {}),
        **quote_of(status, account),
        **traits_of(status.account),
        "uri": status.uri or "",  # the same on every server
        "visibility": status.visibility or "",  # finer than ours: unlisted is public to us
        "tags": [tag.name for tag in status.tags or []],
        "sensitive": bool(status.sensitive),
    }


def poll_of(poll: Poll) -> dict:
    return {
        "options": [{"title": option.title, "votes": option.votes_count} for option in poll.options],
        "multiple": bool(poll.multiple),
        "ends_at": utc(poll.expires_at).isoformat() if poll.expires_at else "",
    }


def quote_of(status: Status, account: Account) -> dict:
    shown = quoted(status)
    if shown is None:
        return {}
    author = address_of(shown.account.acct, account)
    return {"quotes": {"id": shown.id, "uri": shown.uri or "", "url": shown.url or "", "author": author}}


# ── Who ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def author_of(actor: Actor, account: Account) -> Author:
    address = address_of(actor.acct, account)
    return Author(
        network=NETWORK,
        external_id=address,
        handle=f"@{address}",
        name=actor.display_name or "",
        profile_url=actor.url or "",
        avatar_url=actor.avatar or "",
        followers=actor.followers_count if (actor.followers_count or 0) >= 0 else None,
        verified=True,
    )


def traits_of(actor: Actor) -> dict:
    """Where their profile leads. A link counts as proved when our server saw the page link back to them (rel=me)."""
    found: dict[str, list[str]] = {}
    for told in (actor.fields or [])[:MOST_FIELDS]:
        value = told.get("value")
        if isinstance(value, str) and (link := LINKED.search(value)):
            found.setdefault("proved_link" if told.get("verified_at") else "link", []).append(unescape(link[1])[:320])
    return {"traits": found} if found else {}


def recipients_of(status: Status, account: Account) -> tuple[Author, ...]:
    """Once each, though snac names some twice."""
    named = {address_of(seen.acct, account): seen.url or "" for seen in status.mentions or []}
    return tuple(Author(network=NETWORK, external_id=a, handle=f"@{a}", profile_url=url) for a, url in named.items())


def address_of(acct: str, account: Account) -> str:
    """user@host in lower case, so that one person seen from two servers is one identity. Own server's people come without host."""
    address = acct.strip().lstrip("@").lower()
    return address if "@" in address else f"{address}@{own_host(account)}"


def own_address(account: Account) -> str:
    return address_of(account.address, account)


def own_host(account: Account) -> str:
    """From our own handle (it may differ from the web host), else from the address of the server."""
    _, at, host = account.address.strip().lstrip("@").lower().rpartition("@")
    return host if at else urlsplit(str(account.config.get("base_url", ""))).netloc.lower()


def is_addressed(status: Status, account: Account) -> bool:
    """Names us. snac leaves a remote post's `mentions` empty; there the link to us in the words tells."""
    ours = own_address(account)
    if any(address_of(seen.acct, account) == ours for seen in status.mentions or []):
        return True
    return re.search(rf"@{re.escape(ours)}(?![\w.-]*\w)", (status.content or "").lower()) is not None


# ── What ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def visibility_of(status: Status, raw: RawEvent) -> Visibility:
    """Anything we do not know is private. snac says "private" for direct posts as for followers-only ones: the narrower is meant."""
    given = status.visibility or "direct"
    if given == "private" and raw.headers.get("software") == "snac":
        return "private"
    return VISIBILITIES.get(given, "private")


def file_of(medium: Medium) -> File:
    url = medium.url or medium.remote_url or medium.preview_url or ""
    url = url if valid(url) else ""
    name = urlsplit(url).path.rpartition("/")[2]
    return File(
        name=name or "attachment",
        content_type=guess_type(name)[0] or CONTENT_TYPES.get(medium.type, "application/octet-stream"),
        url=url,
        alt=medium.description or "",
    )


def valid(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False


def local_id(body: bytes) -> str:
    """The id alone, as the stream sends it. Raises ValueError."""
    found = body.decode("ascii").strip().strip('"')
    if not re.fullmatch(r"[\w-]{1,200}", found) or found == "null":
        raise ValueError("not the id of a status")
    return found

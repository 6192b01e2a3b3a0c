"""Things of Reddit as events. Pure: the same delivery always says the same.

What a delivery is, its headers say (pull.py writes them):
    found-by   the subreddit or keyword that brought it here; without it, it came to our inbox
"""

import re

from heard.listening.channels.contract import Account, Author, Edited, Event, RawEvent, Said, Unknown, Withdrawn
from heard.listening.channels.reddit.payloads import Data, Thing, decode, moment

NETWORK = "reddit"
NAME = re.compile(r"t[134]_[0-9a-z]{1,20}", re.ASCII)
USERNAME = re.compile(r"[\w-]{2,30}", re.ASCII)
PATH = re.compile(r"/r/[\w%./?=&-]+", re.ASCII)
GONE = {"[deleted]", "[removed]", "[ Removed by Reddit ]"}
NOBODY = "[deleted]"
SITE = "https://www.reddit.com"
_WHO = re.compile(rb'"author"\s*:\s*"([\w-]{2,30})"', re.ASCII)


def author_key(body: bytes) -> str:
    found = _WHO.search(body)
    return found[1].decode().lower() if found else ""


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are no thing of Reddit's."""
    thing = decode(raw.body, Thing)
    data = thing.data
    if not NAME.fullmatch(data.name):
        raise ValueError("a thing without a full name")
    if is_gone(data):
        return [Withdrawn(target=data.name, occurred_at=moment(data.created_utc))]
    if not data.author or not USERNAME.fullmatch(data.author):
        return [Unknown(note=f"{thing.kind} of nobody")]
    said = said_of(thing, raw.headers.get("found-by", ""), account)
    if not data.version:
        return [said]
    edited = Edited(
        target=data.name, version=data.version, occurred_at=moment(float(data.edited)), subject=said.subject, text=said.text
    )
    return [said, edited]


def is_gone(data: Data) -> bool:
    """Deleted by its author, or removed by moderators: the thing stays, and its words are gone."""
    words = data.body or data.selftext
    return words.strip() in GONE or (data.author == NOBODY and not words.strip())


def said_of(thing: Thing, found_by: str, account: Account) -> Said:
    data, is_message = thing.data, thing.kind == "t4"
    author = face(data.author or "")
    ours = author.external_id == own_name(account)
    return Said(
        external_id=data.name,
        author=author,
        occurred_at=moment(data.created_utc),
        text=words_of(thing),
        subject=data.title if thing.kind == "t3" else data.subject if is_message else "",
        kind="message" if is_message else "post",
        direction="outbound" if ours else "inbound",
        visibility="private" if is_message else "public",
        addressed=not found_by,
        thread_ref=(data.first_message_name or data.name) if is_message else "",
        parent_ref=data.parent_id or "",
        permalink=link_of(data),
        found_by=(found_by,) if found_by else (),
        recipients=(face(data.dest),) if ours and is_message and USERNAME.fullmatch(data.dest) else (),
        extra=details_of(data),
    )


def words_of(thing: Thing) -> str:
    """Of a post the words, else where it leads."""
    data = thing.data
    if thing.kind != "t3":
        return data.body
    return data.selftext or ("" if data.is_self else data.url) or data.title


def face(username: str) -> Author:
    """A name on Reddit never changes, and is one name in capitals and without."""
    url = f"{SITE}/user/{username}"
    return Author(
        network=NETWORK, external_id=username.lower(), handle=f"u/{username}", name=username, profile_url=url, verified=True
    )


def own_name(account: Account) -> str:
    return account.address.strip().removeprefix("/").removeprefix("u/").lower()


def link_of(data: Data) -> str:
    path = data.permalink or data.context
    return SITE + path if PATH.fullmatch(path) else ""


def details_of(data: Data) -> dict:
    found = {"subreddit": data.subreddit, "score": data.score, "came_as": data.type, "nsfw": data.over_18}
    return {name: value for name, value in found.items() if value}

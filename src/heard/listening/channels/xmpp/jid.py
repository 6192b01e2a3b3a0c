"""Addresses, and what we call a message. Pure.

    dana@home.example            somebody           dana@home.example/phone     one program of hers
    help@chat.example.org/Dana   somebody in a room, under a name of that room

Ids of messages are made by their senders, so a message is known by who said it, to whom, and its id. Messages in a room
have an id of the room, which all its members know: there `*` stands for whom.
"""

import re
from hashlib import sha256
from urllib.parse import quote, unquote

from heard.listening.channels.contract import Account, Rejected

JID = re.compile(
    r"""([^\x00-\x20"&'/:<>@\x7f]{1,250}@)?([A-Za-z0-9\u0080-\U0010ffff](?:[\w.\-]{0,250}\w)?)(/[^\x00-\x1f\x7f]{1,250})?"""
)
EVERYBODY = "*"
LONGEST_ID = 64
LONGEST = 320


def address(given: str) -> str:
    """In one spelling: lower case but for the resource. Raises ValueError."""
    found = JID.fullmatch(given.strip())
    if not found or len(given) > LONGEST:
        raise ValueError(f"{given[:100]!r} is not an XMPP address; expected user@server")
    return f"{found[1] or ''}{found[2]}".lower() + (found[3] or "")


def addressee(given: str) -> str:
    """Raises Rejected, in words for a member."""
    try:
        return address(given)
    except ValueError as error:
        raise Rejected(str(error)) from error


def bare(jid: str) -> str:
    return jid.partition("/")[0]


def resource(jid: str) -> str:
    return jid.partition("/")[2]


def domain(jid: str) -> str:
    return bare(jid).rpartition("@")[2]


def own(account: Account) -> str:
    return bare(addressee(account.address))


def rooms(account: Account) -> list[str]:
    given = account.config.get("rooms") or []
    words = given.replace(",", " ").split() if isinstance(given, str) else given
    return [str(room).strip().lower() for room in words if str(room).strip()]


def nick(account: Account) -> str:
    """Under which name we are in rooms."""
    return " ".join(str(account.config.get("nick") or account.name).split())[:100] or "Heard"


# ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def ref(said_by: str, to: str, id_: str) -> str:
    """An id that a stranger made long is known by its hash."""
    short = id_ if len(id_) <= LONGEST_ID and id_.isprintable() else sha256(id_.encode("utf-8", "replace")).hexdigest()
    return " ".join(quote(piece, safe="@/.:+-_*=") for piece in (said_by, to, short))


def parts_of(reference: str) -> tuple[str, str, str]:
    """(who, to whom, id); empty where there is none."""
    pieces = [unquote(piece) for piece in reference.split(" ")]
    return (pieces[0], pieces[1], pieces[2]) if len(pieces) == 3 else ("", "", "")


def chat(ours: str, theirs: str) -> str:
    """What holds a chat for two together."""
    return f"{quote(ours, safe='@/.:+-_')} {quote(theirs, safe='@/.:+-_')}"


def sides_of(thread: str) -> tuple[str, str]:
    """(our address, theirs); empty where there is none."""
    pieces = [unquote(piece) for piece in thread.split(" ")]
    return (pieces[0], pieces[1]) if len(pieces) == 2 else ("", "")

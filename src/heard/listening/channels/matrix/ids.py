"""Names of Matrix things, and ours made of them. Pure.

@dana:example.org     a user
!room:example.org     a room
$event                an event; newer ones have no server behind
!room:…/$event        how we call an event: whoever edits, deletes or answers it must know its room
"""

import re

from heard.listening.channels.contract import Account, Rejected

USER = re.compile(r"@[\x21-\x39\x3b-\x7e]*:[A-Za-z0-9.\-:\[\]]{1,230}")
ROOM = re.compile(r"![^\s/$][^\s$]{0,254}")
MEDIUM = re.compile(r"mxc://([A-Za-z0-9.\-:\[\]]{1,255})/([A-Za-z0-9_\-]{1,255})")


def user_id(given: str) -> str:
    """`@dana:example.org`, also from the way people write addresses elsewhere (dana@example.org). Raises Rejected."""
    name, at, host = given.strip().lstrip("@").partition("@")
    found = f"@{name}:{host}" if at else given.strip()
    if not USER.fullmatch(found) or len(found) > 255:
        raise Rejected(f"{given!r} is not a Matrix address; expected @user:server")
    return found


def own_id(account: Account) -> str:
    return user_id(account.address)


def event_ref(room: str, event: str) -> str:
    return f"{room}/{event}"


def room_of(ref: str) -> str:
    """The room of an event, a thread, or a room itself; empty where there is none."""
    room = ref.partition("/$")[0]
    return room if ROOM.fullmatch(room) else ""


def event_of(ref: str) -> str:
    _, found, event = ref.partition("/$")
    return f"${event}" if found else ""


def public_rooms(account: Account) -> list[str]:
    """The rooms that an administrator named as public, by whatever name."""
    given = account.config.get("public_rooms") or []
    words = given.replace(",", " ").split() if isinstance(given, str) else given
    return [str(word).strip() for word in words if str(word).strip()]


def is_public(room: str, account: Account) -> bool:
    return room in public_rooms(account)

"""Going out: find the room, say it there, look whether it was said, change it, take it back, fetch files.

A room that anybody may enter never gets private words: they go into a room for two.
"""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import msgspec

from heard.listening.channels.contract import (
    Ambiguous,
    AuthExpired,
    ChannelError,
    Context,
    File,
    NotFound,
    Part,
    Rejected,
    Retryable,
    Sent,
)
from heard.listening.channels.matrix.api import V3, Api, room_path
from heard.listening.channels.matrix.ids import MEDIUM, event_of, event_ref, is_public, own_id, room_of
from heard.listening.channels.matrix.listen import is_open
from heard.listening.channels.matrix.payloads import Joining, Messages, Sending, Stripped, Uploaded, decode, moment_of
from heard.listening.channels.matrix.words import MARK, file_message, message_of, related

LOOK_BACK_PAGES = 3
DIRECT = "m.direct"
GONE = ("leave", "ban")


class Mine(msgspec.Struct, frozen=True):
    event_id: str
    sender: str
    origin_server_ts: int
    content: dict[str, Any] = {}


def send(ctx: Context, part: Part, *, idem: str) -> Sent:
    api = Api(ctx)
    room = room_for(ctx, api, part, may_open=True)
    for number, file in enumerate(part.attachments):
        content = file_message(file, upload(api, file))
        post(api, room, content, idem=f"{idem}-{number}")
    content = message_of(part.text) | {MARK: idem} | related(part, room)
    return sent(ctx, part, room, post(api, room, content, idem=idem))


def post(api: Api, room: str, content: dict[str, Any], *, idem: str) -> str:
    """The id of the event. The same `idem` in the same room is one event, as long as the homeserver remembers it."""
    path = room_path(room, "send", "m.room.message", idem)
    return api.write("PUT", path, Sending, content=msgspec.json.encode(content)).event_id


def sent(ctx: Context, part: Part, room: str, event: str) -> Sent:
    private = not is_public(room, ctx.account)
    in_thread = event_of(part.thread_ref) and room_of(part.thread_ref) == room
    return Sent(
        external_id=event_ref(room, event),
        permalink=f"https://matrix.to/#/{room}/{event}",
        thread_ref=part.thread_ref if in_thread else room if private else "",
    )


# ── Where to ────────────────────────────────────────────────────────────────────────────────────────────────────────


def room_for(ctx: Context, api: Api, part: Part, *, may_open: bool) -> str:
    """Raises Rejected where these words may not be said, and NotFound instead of opening a room for two."""
    spoken_in = room_of(part.in_reply_to) or room_of(part.thread_ref)
    if part.visibility == "public":
        if not spoken_in:
            raise Rejected("Nothing says in which room to answer in public.")
        return spoken_in
    if spoken_in and not is_public(spoken_in, ctx.account) and is_there(api, spoken_in, part.to.external_id):
        if is_open(state_of(api, spoken_in)):
            raise Rejected(
                "Anybody can read that room by now. Name it as public in the account's settings, or answer in another."
            )
        return spoken_in
    return room_for_two(ctx, api, part.to.external_id, may_open=may_open)


def is_there(api: Api, room: str, user: str) -> bool:
    """Whether they would read it; also true where we may not ask."""
    try:
        return api.read(room_path(room, "state", "m.room.member", user), dict).get("membership") not in GONE
    except NotFound:
        return False


def state_of(api: Api, room: str) -> list[Stripped]:
    found = []
    for type_ in ("m.room.join_rules", "m.room.history_visibility"):
        try:
            found.append(Stripped(type=type_, content=api.read(room_path(room, "state", type_), dict)))
        except NotFound:
            continue  # the default of both is closed
    return found


def room_for_two(ctx: Context, api: Api, user: str, *, may_open: bool) -> str:
    """The one we had, if they are still in it; else a new one, to which they are invited."""
    ours = own_id(ctx.account)
    place = f"{V3}/user/{quote(ours, safe='')}/account_data/{DIRECT}"
    try:
        known = api.read(place, dict)
    except NotFound:
        known = {}
    mine = known.get(user)
    for room in reversed(mine if isinstance(mine, list) else []):
        if room_of(str(room)) and is_there(api, room, user) and not is_open(state_of(api, room)):
            return room
    if not may_open:
        raise NotFound("there is no room for two")
    made = api.again(
        "POST", f"{V3}/createRoom", Joining, json={"preset": "trusted_private_chat", "is_direct": True, "invite": [user]}
    ).room_id
    api.again("PUT", place, dict, json={**known, user: [*(mine if isinstance(mine, list) else []), made]})
    return made


# ── Did it go out? ──────────────────────────────────────────────────────────────────────────────────────────────────


def reconcile(ctx: Context, part: Part, *, idem: str) -> Sent | None:
    """Our event that carries `idem`; None when there is none. Ambiguous when we cannot look back far enough."""
    api = Api(ctx)
    try:
        room = room_for(ctx, api, part, may_open=False)
    except NotFound:
        return None
    start: dict[str, str] = {}
    for _ in range(LOOK_BACK_PAGES):
        page = api.read(room_path(room, "messages"), Messages, dir="b", limit=100, **start)
        for raw in page.chunk:
            event = decode(raw, Mine)
            if event.sender == own_id(ctx.account) and event.content.get(MARK) == idem:
                found = sent(ctx, part, room, event.event_id)
                return msgspec.structs.replace(found, sent_at=moment_of(event.origin_server_ts))
        if not page.chunk or not page.end:
            return None
        start = {"from": page.end}
    raise Ambiguous(f"more than {LOOK_BACK_PAGES * 100} events since; somebody must look whether this one went out")


# ── Afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────────


def edit(ctx: Context, external_id: str, part: Part) -> None:
    words = message_of(part.text)
    content = {
        **words,
        "body": f"* {part.text[:1000]}",  # for programs that know no edits
        "m.new_content": words,
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_named(external_id)},
    }
    _again(Api(ctx), external_id, "send", "m.room.message", content)


def delete(ctx: Context, external_id: str) -> None:
    _again(Api(ctx), external_id, "redact", event_named(external_id), {})


def _again(api: Api, external_id: str, verb: str, what: str, content: dict[str, Any]) -> None:
    path = room_path(room_of(external_id), verb, what, uuid4().hex)
    api.again("PUT", path, Sending, content=msgspec.json.encode(content))


def event_named(external_id: str) -> str:
    event = event_of(external_id)
    if not event or not room_of(external_id):
        raise NotFound(f"{external_id!r} is no event in a room")
    return event


# ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def upload(api: Api, file: File) -> str:
    """A second copy that no event names is thrown away by the homeserver, so it may be repeated."""
    if file.data is None:
        raise Rejected(f"{file.name} has no content to send")
    headers = {"Content-Type": file.content_type}
    path = "/_matrix/media/v3/upload"
    return api.again("POST", path, Uploaded, params={"filename": file.name}, content=file.data, headers=headers).content_uri


def fetch(ctx: Context, file: File) -> File:
    """By the authenticated address, else by the one that older homeservers have."""
    found = MEDIUM.fullmatch(file.url)
    if not found:
        raise NotFound(f"{file.name} has no Matrix address")
    api, name = Api(ctx), "/".join(quote(piece, safe="") for piece in found.groups())
    try:
        answer = api.call("GET", f"/_matrix/client/v1/media/download/{name}")
    except AuthExpired:
        raise
    except Retryable:
        raise
    except ChannelError:
        answer = api.call("GET", f"/_matrix/media/v3/download/{name}")
    content_type = answer.headers.get("content-type", file.content_type).partition(";")[0].strip()
    return msgspec.structs.replace(file, content_type=content_type, data=answer.content, size_bytes=len(answer.content))

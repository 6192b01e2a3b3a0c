"""Going out, and seeing whether it went out; taking back; hiding what others wrote below."""

import re
from datetime import timedelta
from typing import Any

from msgspec import Struct, field

from heard.listening.channels.contract import Ambiguous, Context, File, NotFound, Part, Rejected, Sent
from heard.listening.channels.x.api import Api
from heard.listening.channels.x.payloads import DmEvent, Post, User, made_at
from heard.listening.channels.x.read import DM, local_id, own_name, words_of

RECONCILE_WITHIN = timedelta(hours=1)
RECENT = 50
MOST_ALT = 1000


class Id(Struct, frozen=True):
    id: str


class Message(Struct, frozen=True):
    dm_event_id: str
    dm_conversation_id: str = ""


class Posted(Struct, frozen=True):
    data: Id


class Told(Struct, frozen=True):
    data: Message


class Me(Struct, frozen=True):
    data: User


class Posts(Struct, frozen=True):
    data: list[Post] = field(default_factory=list)


class Events(Struct, frozen=True):
    data: list[DmEvent] = field(default_factory=list)


def send(ctx: Context, part: Part) -> Sent:
    api = Api(ctx)
    media = [upload(api, file, "dm_image" if part.visibility == "private" else "tweet_image") for file in part.attachments]
    return message(ctx, api, part, media) if part.visibility == "private" else post(ctx, api, part, media)


def post(ctx: Context, api: Api, part: Part, media: list[str]) -> Sent:
    body: dict[str, Any] = {"text": part.text}
    if part.in_reply_to:  # whom it answers is told without a name in the words
        body["reply"] = {"in_reply_to_tweet_id": part.in_reply_to, "auto_populate_reply_metadata": True}
    if media:
        body["media"] = {"media_ids": media}
    return sent(ctx, api.write("POST", "/2/tweets", Posted, json=body).data.id)


def message(ctx: Context, api: Api, part: Part, media: list[str]) -> Sent:
    body: dict[str, Any] = {"text": part.text} if part.text else {}
    if media:
        body["attachments"] = [{"media_id": media[0]}]
    told = api.write("POST", f"{talk_of(part)}/messages", Told, json=body).data
    return Sent(external_id=f"{DM}{told.dm_event_id}", thread_ref=told.dm_conversation_id, sent_at=ctx.now())


def talk_of(part: Part) -> str:
    """A talk of two is named after both; one of several has a number of its own."""
    if re.fullmatch(r"[0-9]{1,19}", part.thread_ref):
        return f"/2/dm_conversations/{part.thread_ref}"
    return f"/2/dm_conversations/with/{part.to.external_id}"


def sent(ctx: Context, id_: str) -> Sent:
    return Sent(external_id=id_, permalink=f"https://x.com/{own_name(ctx.account) or 'i'}/status/{id_}", sent_at=ctx.now())


def upload(api: Api, file: File, category: str) -> str:
    """A picture that no post uses is thrown away after a day, so an open end is simply tried again."""
    if file.data is None:
        raise Rejected(f"{file.name} has no content to send")
    form = {"media_category": "tweet_gif" if (file.content_type, category) == ("image/gif", "tweet_image") else category}
    files = {"media": (file.name, file.data, file.content_type)}
    id_ = api.repeat("POST", "/2/media/upload", Posted, data=form, files=files).data.id
    if file.alt:
        alt = {"alt_text": {"text": file.alt[:MOST_ALT]}}
        api.repeat("POST", "/2/media/metadata", dict, json={"id": id_, "metadata": alt})
    return id_


# ── Did it go out? ──────────────────────────────────────────────────────────────────────────────────────────────────


def reconcile(ctx: Context, part: Part) -> Sent | None:
    """Ours with these words at this place, of the past hour; None when there is none, Ambiguous when we cannot look far enough."""
    if not part.text:
        raise Ambiguous("a picture without words cannot be recognised; somebody must look whether it went out")
    api = Api(ctx)
    me = api.read("/2/users/me", Me).data.id
    return find_message(ctx, api, part, me) if part.visibility == "private" else find_post(ctx, api, part, me)


def find_post(ctx: Context, api: Api, part: Part, me: str) -> Sent | None:
    fields = {"post__fields": "created_at,entities,note_post", "expansions": "referenced_posts"}
    found = api.read(f"/2/users/{me}/tweets", Posts, max_results=RECENT, **fields).data
    for each in recent(ctx, found):
        same_place = not part.in_reply_to or each.refers("replied_to") == part.in_reply_to
        if same_place and is_same(words_of(each.note.text if each.note else each.text, each.entities), part.text):
            return sent(ctx, each.id)
    return None


def find_message(ctx: Context, api: Api, part: Part, me: str) -> Sent | None:
    fields = {"dm_event__fields": "created_at,dm_conversation_id,entities,event_type,id,text", "expansions": "sender_id"}
    found = api.read(f"{talk_of(part)}/dm_events", Events, max_results=RECENT, event_types="MessageCreate", **fields).data
    for each in recent(ctx, found):
        if each.sender_id == me and is_same(words_of(each.text, each.entities), part.text):
            return Sent(external_id=f"{DM}{each.id}", thread_ref=each.dm_conversation_id, sent_at=made_at(each.id))
    return None


def recent(ctx: Context, found: list) -> list:
    """Raises Ambiguous where the page ends within the hour."""
    since = ctx.now() - RECONCILE_WITHIN
    new = [each for each in found if made_at(local_id(each.id)) >= since]
    if len(new) >= RECENT:
        raise Ambiguous(f"{RECENT} or more went out since; somebody must look whether this one did")
    return new


def is_same(theirs: str, ours: str) -> bool:
    """X may put the names of whom it answers in front."""
    bare = re.sub(r"^(@\w+\s+)+", "", theirs)
    return " ".join(ours.split()) in (" ".join(theirs.split()), " ".join(bare.split()))


# ── Afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────────


def delete(ctx: Context, external_id: str) -> None:
    id_ = known(external_id)
    path = f"/2/dm_events/{id_.removeprefix(DM)}" if id_.startswith(DM) else f"/2/tweets/{id_}"
    Api(ctx).repeat("DELETE", path, dict)


def hide(ctx: Context, external_id: str, *, hidden: bool) -> None:
    id_ = known(external_id)
    if id_.startswith(DM):
        raise Rejected("A direct message is seen by nobody else; there is nothing to hide")
    Api(ctx).repeat("PUT", f"/2/tweets/{id_}/hidden", dict, json={"hidden": hidden})


def known(external_id: str) -> str:
    try:
        return local_id(external_id)
    except ValueError as error:
        raise NotFound(str(error)) from None

"""Answering on Pages and on Instagram: in private, in public, in private to what was said in public; and finding it again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field

from heard.listening.channels.contract import Ambiguous, Context, Part, Sent
from heard.listening.channels.meta.errors import WindowClosed
from heard.listening.channels.meta.graph import Graph

JSON = dict[str, Any]
RECONCILE_WITHIN = timedelta(hours=1)
RECENT = 25


class Taken(Struct, frozen=True):
    message_id: str
    recipient_id: str = ""


class Someone(Struct, frozen=True):
    id: str = ""


class Told(Struct, frozen=True):
    id: str
    created_time: str
    message: str = ""
    from_: Someone = field(default_factory=Someone, name="from")


class Messages(Struct, frozen=True):
    data: list[Told] = field(default_factory=list)


class Talk(Struct, frozen=True):
    messages: Messages = field(default_factory=Messages)


class Talks(Struct, frozen=True):
    data: list[Talk] = field(default_factory=list)


def send_message(graph: Graph, ctx: Context, part: Part, recipient: JSON, *, how: JSON, human_agent: bool) -> Sent:
    """A private message. `how` is what the network wants beside recipient and message, as its body, form or files.

    After 24 hours only people may still answer, for seven days: with the seal HUMAN_AGENT, which Meta gives to an app after a
    review. It is used only when Meta refused the message without it, and so it certainly did not go out.
    """
    path = f"{ctx.account.address.strip()}/messages"
    try:
        taken = graph.write(path, Taken, **how)
    except WindowClosed:
        if not human_agent or "comment_id" in recipient:
            raise
        taken = graph.write(path, Taken, **with_seal(how))
    return Sent(external_id=taken.message_id, thread_ref=taken.recipient_id or part.to.external_id, sent_at=ctx.now())


def answered_in_public(part: Part) -> str:
    """What a public part goes below: all parts below the words they answer, for an answer to an answer is not everywhere."""
    return part.references[0] if part.number > 1 and part.references else part.in_reply_to


def with_seal(how: JSON) -> JSON:
    seal = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {**how, "json": {**how["json"], **seal}} if "json" in how else {**how, "data": {**how["data"], **seal}}


def has_seal(ctx: Context) -> bool:
    return str(ctx.account.config.get("human_agent", "")).lower() in ("true", "yes", "on", "1")


# ── Did it go out? ──────────────────────────────────────────────────────────────────────────────────────────────────


def find_message(graph: Graph, ctx: Context, part: Part, **params: str) -> Sent | None:
    """Our message with these words of the past hour, in our talk with this person."""
    fields = f"messages.limit({RECENT}){{id,created_time,from,message}}"
    us = ctx.account.address.strip()
    talks = graph.read(f"{us}/conversations", Talks, user_id=part.to.external_id, fields=fields, **params)
    told = [each for talk in talks.data for each in talk.messages.data]
    return newest_like(part, ((each.id, each.message, each.created_time) for each in told if each.from_.id == us), ctx, len(told))


def newest_like(part: Part, ours: Iterable[tuple[str, str, str]], ctx: Context, looked_at: int) -> Sent | None:
    """`ours`: (id, text, time). None when it certainly is not there; Ambiguous when nobody can tell."""
    if not part.text.strip():
        raise Ambiguous("a file without words cannot be recognised; somebody must look whether it went out")
    since = ctx.now() - RECONCILE_WITHIN
    recent = [(id_, text, at) for id_, text, time in ours if (at := time_of(time)) >= since]
    for id_, text, at in recent:
        if " ".join(text.split()) == " ".join(part.text.split()):
            return Sent(external_id=id_, sent_at=at)
    if looked_at >= RECENT:
        raise Ambiguous(f"more than {RECENT} were said since; somebody must look whether this one went out")
    return None


def time_of(text: str) -> datetime:
    """As Graph writes it, 2021-07-23T09:50:48+0000; what is no time was long ago."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat("1970-01-01T00:00:00+00:00")

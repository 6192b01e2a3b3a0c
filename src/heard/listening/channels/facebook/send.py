"""Going out as a Page: messages, comments, private replies; hiding, changing and deleting comments."""

from typing import Any

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import Context, File, Part, Rejected, Sent
from heard.listening.channels.facebook.words import is_public
from heard.listening.channels.meta import outgoing
from heard.listening.channels.meta.graph import Graph, Success

JSON = dict[str, Any]
KINDS = ("image", "video", "audio")


class Commented(Struct, frozen=True):
    id: str
    permalink_url: str = ""


class Comments(Struct, frozen=True):
    data: list[outgoing.Told] = msgspec.field(default_factory=list)


def send(ctx: Context, part: Part, *, idem: str) -> Sent:
    if part.visibility == "public":
        return comment(ctx, part)
    recipient = {"comment_id" if is_comment(part) else "post_id": part.in_reply_to} if answers_in_private(part) else whom(part)
    how = as_form(part, recipient) if part.attachments else as_json(part, recipient, idem)
    return outgoing.send_message(Graph(ctx), ctx, part, recipient, how=how, human_agent=outgoing.has_seal(ctx))


def answers_in_private(part: Part) -> bool:
    """In private to what was said in public: Meta then finds the person by their comment, and not by their id."""
    return is_public(part.in_reply_to)


def is_comment(part: Part) -> bool:
    """What is answered is a comment below the post that is the thread; else the post itself."""
    return part.in_reply_to != part.thread_ref


def whom(part: Part) -> JSON:
    return {"id": part.to.external_id}


def as_json(part: Part, recipient: JSON, idem: str) -> JSON:
    message = {"text": part.text, "metadata": idem}  # comes back with the echo
    return {"json": {"recipient": recipient, "messaging_type": "RESPONSE", "message": message}}


def as_form(part: Part, recipient: JSON) -> JSON:
    file = with_content(part.attachments[0])
    kind = file.content_type.partition("/")[0]
    message = {"attachment": {"type": kind if kind in KINDS else "file", "payload": {"is_reusable": False}}}
    form = {"recipient": encoded(recipient), "messaging_type": "RESPONSE", "message": encoded(message)}
    return {"data": form, "files": {"filedata": (file.name, file.data, file.content_type)}}


def comment(ctx: Context, part: Part) -> Sent:
    target = outgoing.answered_in_public(part)
    if not is_public(target):
        raise Rejected("on a Page we answer posts and comments; there is none to answer")
    form: JSON = {"message": part.text, "fields": "id,permalink_url"}
    picture: JSON = {}
    if part.attachments:
        file = with_content(part.attachments[0])
        picture = {"files": {"source": (file.name, file.data, file.content_type)}}
    made = Graph(ctx).write(f"{target}/comments", Commented, data=form, **picture)
    return Sent(external_id=made.id, permalink=made.permalink_url, thread_ref=part.thread_ref, sent_at=ctx.now())


def with_content(file: File) -> File:
    if file.data is None:
        raise Rejected(f"{file.name} has no content to send")
    return file


def encoded(value: JSON) -> str:
    return msgspec.json.encode(value).decode()


# ── Did it go out? ──────────────────────────────────────────────────────────────────────────────────────────────────


def reconcile(ctx: Context, part: Part) -> Sent | None:
    graph = Graph(ctx)
    if part.visibility != "public":
        return outgoing.find_message(graph, ctx, part, platform="messenger")
    found = graph.read(
        f"{outgoing.answered_in_public(part)}/comments",
        Comments,
        fields="id,created_time,from,message",
        order="reverse_chronological",
        limit=outgoing.RECENT,
    )
    us = ctx.account.address.strip()
    ours = [(each.id, each.message, each.created_time) for each in found.data if each.from_.id == us]
    return outgoing.newest_like(part, ours, ctx, len(found.data))


# ── Afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────────


def hide(ctx: Context, external_id: str, *, hidden: bool) -> None:
    """From everybody but its author and their friends."""
    Graph(ctx).repeat(public(external_id, "hidden"), Success, data={"is_hidden": "true" if hidden else "false"})


def edit(ctx: Context, external_id: str, part: Part) -> None:
    Graph(ctx).repeat(public(external_id, "changed"), Success, data={"message": part.text})


def delete(ctx: Context, external_id: str) -> None:
    Graph(ctx).repeat(public(external_id, "taken back"), Success, method="DELETE")


def public(external_id: str, what: str) -> str:
    """Raises Rejected for a message: what was said in Messenger stays."""
    if not is_public(external_id):
        raise Rejected(f"a message in Messenger cannot be {what}; only a comment can")
    return external_id

"""Words as events that a homeserver takes. Pure.

An event may have 65,536 bytes with everything around it (https://spec.matrix.org/v1.14/client-server-api/#size-limits),
and JSON writes some signs with two bytes, so the words get less than half of that.
"""

import json
from html import escape
from typing import Any

from msgspec.structs import replace

from heard.listening.channels.contract import Account, File, Outgoing, Part
from heard.listening.channels.lengths import length_of, numbered
from heard.listening.channels.matrix.ids import event_of, room_of, user_id
from heard.listening.channels.matrix.read import HTML

MAX_BYTES = 30_000
LARGEST_CONTENT = 60_000
MARK = "org.heard.idem"  # by this we find what we sent, when nobody told us what became of it


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    address = user_id(message.to.external_id or message.to.handle)
    to = replace(message.to, external_id=address, handle=address)
    texts = numbered(clean(message.text), MAX_BYTES, lambda text: length_of(text, "bytes"))
    return [
        Part(
            text=text,
            to=to,
            number=number,
            total=len(texts),
            visibility=message.visibility,
            in_reply_to=message.in_reply_to if number == 1 else "",  # the later ones answer the part before them
            thread_ref=message.thread_ref,
            references=message.references,
            from_name=message.from_name,
            attachments=message.attachments if number == 1 else (),
        )
        for number, text in enumerate(texts, 1)
    ]


def clean(text: str) -> str:
    """Without signs that nobody sees and that JSON writes with six bytes."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return "".join(sign for sign in text if sign in "\n\t" or ord(sign) >= 0x20 and sign != "\x7f")


def message_of(text: str) -> dict[str, Any]:
    """Plain words, and the same as paragraphs where both fit into one event."""
    content: dict[str, Any] = {"msgtype": "m.text", "body": text, "m.mentions": {}}
    rich = {**content, "format": HTML, "formatted_body": paragraphs(text)}
    return rich if len(json.dumps(rich, ensure_ascii=False).encode()) <= LARGEST_CONTENT else content


def paragraphs(text: str) -> str:
    found = [piece.strip() for piece in text.split("\n\n") if piece.strip()]
    lines = [escape(piece, quote=False).replace("\n", "<br>") for piece in found]
    return lines[0] if len(lines) == 1 else "".join(f"<p>{piece}</p>" for piece in lines)


def related(part: Part, room: str) -> dict[str, Any]:
    """Where they spoke, if that was in this room: in their thread, else as an answer to their words."""
    thread, answered = (event_of(ref) if room_of(ref) == room else "" for ref in (part.thread_ref, part.in_reply_to))
    relation: dict[str, Any] = {}
    if thread:
        relation |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": not answered}
    if answered or thread:
        relation["m.in_reply_to"] = {"event_id": answered or thread}
    return {"m.relates_to": relation} if relation else {}


def file_message(file: File, uri: str) -> dict[str, Any]:
    """With a description, that is the body and the name stands beside it; this is also how a caption is written."""
    kind = next((f"m.{kind}" for kind in ("image", "audio", "video") if file.content_type.startswith(f"{kind}/")), "m.file")
    size = len(file.data) if file.data is not None else file.size_bytes or 0
    return {
        "msgtype": kind,
        "body": file.alt or file.name,
        "filename": file.name,
        "url": uri,
        "info": {"mimetype": file.content_type, "size": size},
        "m.mentions": {},
    }

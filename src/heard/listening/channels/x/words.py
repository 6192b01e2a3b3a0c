"""Words and pictures as posts and messages that X takes. Pure. Length as X counts: see channels/lengths.py, "weighted"."""

import re

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Author, File, LengthUnit, Outgoing, Part, Rejected
from heard.listening.channels.lengths import length_of, numbered
from heard.listening.channels.x.read import DM, local_id

MAX_POST, MAX_MESSAGE = 280, 10_000
UNIT: LengthUnit = "weighted"
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
MOST_PICTURES, MOST_BYTES = 4, 5_000_000


def weighted(text: str) -> int:
    return length_of(text, UNIT)


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    """In public a thread of posts, the pictures at the first; in private a message, and each picture by itself."""
    for file in message.attachments:
        refuse(file)
    message = replace(message, to=addressee(message.to))
    words = message.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return (
        in_public(message, words) if message.visibility == "public" else in_private(replace(message, visibility="private"), words)
    )


def in_public(message: Outgoing, words: str) -> list[Part]:
    if message.in_reply_to.startswith(DM):
        raise Rejected("What was said in a direct message is not answered in public")
    if len(message.attachments) > MOST_PICTURES:
        raise Rejected(f"X takes {MOST_PICTURES} pictures in one post, and these are {len(message.attachments)}")
    texts = numbered(words, MAX_POST, weighted)
    return [
        part(message, text, number, len(texts), message.attachments if number == 1 else ())
        for number, text in enumerate(texts, 1)
    ]


def in_private(message: Outgoing, words: str) -> list[Part]:
    texts = numbered(words, MAX_MESSAGE, len) if words or not message.attachments else []
    found: list[tuple[str, tuple[File, ...]]] = [(text, ()) for text in texts]
    if len(found) == 1 and len(message.attachments) == 1:
        found = [(texts[0], message.attachments)]
    else:
        found += [("", (file,)) for file in message.attachments]
    return [part(message, text, number, len(found), files) for number, (text, files) in enumerate(found, 1)]


def part(message: Outgoing, text: str, number: int, total: int, files: tuple[File, ...]) -> Part:
    return Part(
        text=text,
        to=message.to,
        number=number,
        total=total,
        visibility=message.visibility,
        in_reply_to=message.in_reply_to if number == 1 else "",  # the later ones answer the part before them
        thread_ref=message.thread_ref if message.visibility == "private" else "",
        from_name=message.from_name,
        attachments=files,
    )


def addressee(to: Author) -> Author:
    try:
        number = local_id(to.external_id)
    except ValueError:
        raise Rejected("X knows people by their number; this is none") from None
    handle = to.handle if re.fullmatch(r"@?\w{1,50}", to.handle) else ""
    return replace(to, external_id=number, handle=handle)


def refuse(file: File) -> None:
    """Raises Rejected for what X does not take from us."""
    size = len(file.data) if file.data is not None else file.size_bytes or 0
    if file.content_type not in PICTURES:
        raise Rejected(f"{file.name} is no picture; X takes JPEG, PNG, WebP and GIF")
    if size > MOST_BYTES:
        raise Rejected(f"{file.name} is larger than the 5 MB that X takes")

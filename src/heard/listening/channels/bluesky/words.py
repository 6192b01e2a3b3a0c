"""Words as posts that the network takes. Pure.

A post has at most 300 letters as a reader counts them and 3000 bytes of UTF-8, whichever comes first.
"""

import re

from msgspec.structs import replace

from heard.listening.channels.bluesky.richtext import HANDLE
from heard.listening.channels.contract import Author, File, Outgoing, Part, Rejected
from heard.listening.channels.lengths import length_of, numbered

MAX_GRAPHEMES = 300  # lexicon app.bsky.feed.post
MAX_BYTES = 3000
MAX_PICTURES = 4  # lexicon app.bsky.embed.images
MAX_PICTURE_BYTES = 1_000_000
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,250}")


def length(text: str) -> int:
    """Graphemes, or as many as its bytes are worth when it is made of unusually long ones."""
    return max(length_of(text, "graphemes"), -(-length_of(text, "bytes") * MAX_GRAPHEMES // MAX_BYTES))


def parts_of(message: Outgoing) -> list[Part]:
    """One part, or a thread of numbered ones. An answer reaches whom it answers; other words name whom they are for."""
    check_pictures(message.attachments)
    words = message.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not words and not message.attachments:
        raise Rejected("There is nothing to say.")
    message = replace(message, to=addressee(message.to), subject="", text=words)
    if not message.in_reply_to:
        message = replace(message, text=naming(message.to, words))
    texts = numbered(message.text, MAX_GRAPHEMES, length)
    return [part(message, text, number=number, total=len(texts)) for number, text in enumerate(texts, 1)]


def part(message: Outgoing, text: str, *, number: int, total: int) -> Part:
    return Part(
        text=text,
        to=message.to,
        number=number,
        total=total,
        visibility="public",
        in_reply_to=message.in_reply_to if number == 1 else "",  # the later ones answer the part before them
        thread_ref=message.thread_ref,
        from_name=message.from_name,
        attachments=message.attachments if number == 1 else (),
    )


def addressee(to: Author) -> Author:
    """Raises Rejected for what is neither a DID nor a handle: nothing else may become part of a post."""
    handle = to.handle.strip().lstrip("@").lower()
    did = to.external_id.strip()
    if not HANDLE.fullmatch(handle):
        handle = ""
    if not _DID.fullmatch(did):
        did = did.lstrip("@").lower()
        if not HANDLE.fullmatch(did):
            raise Rejected(f"{to.external_id!r} is not a Bluesky account; expected a handle such as dana.bsky.social")
        handle = handle or did
    return replace(to, external_id=did, handle=f"@{handle}" if handle else "")


def naming(to: Author, words: str) -> str:
    """Who is not answered is reached by being named. Raises Rejected for an account without a handle that works."""
    if not to.handle:
        raise Rejected("This account has no handle any more, so that it can only be answered, not written to.")
    same = words.lower().startswith(to.handle) and not re.match(r"[\w.-]*\w", words[len(to.handle) :])
    return words if same else f"{to.handle} {words}"


def check_pictures(files: tuple[File, ...]) -> None:
    if len(files) > MAX_PICTURES:
        raise Rejected(f"Bluesky takes at most {MAX_PICTURES} pictures with a post; these are {len(files)}.")
    for file in files:
        if not file.content_type.startswith("image/"):
            raise Rejected(f"Bluesky takes pictures only; {file.name} is none. Send a link to it instead.")
        if len(file.data or b"") > MAX_PICTURE_BYTES:
            raise Rejected(f"Bluesky takes pictures of at most 1 MB; {file.name} is larger. Make it smaller and try again.")

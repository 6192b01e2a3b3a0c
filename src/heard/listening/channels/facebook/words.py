"""Words as messages and comments that a Page may write. Pure."""

import re

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Author, File, LengthUnit, Outgoing, Part, Rejected
from heard.listening.channels.lengths import length_of, numbered

MAX_MESSAGE = 2000  # of Messenger; a comment may be four times as long, but nobody reads that
UNIT: LengthUnit = "utf16"  # Meta says "characters"; so counted, it fits whatever they mean
PUBLIC_ID = re.compile(r"[0-9]+_[0-9]+(_[0-9]+)?")  # a post or a comment; messages have no such ids


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    message = replace(message, to=addressee(message.to))
    words = message.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if message.visibility == "public":
        found = comments(message, words)
    else:
        found = messages(message, words)
    total = len(found)
    return [part(message, text, files, number, total) for number, (text, files) in enumerate(found, 1)]


def comments(message: Outgoing, words: str) -> list[tuple[str, tuple[File, ...]]]:
    """Raises Rejected for what no comment can be."""
    files = message.attachments
    if len(files) > 1 or any(not file.content_type.startswith("image/") for file in files):
        raise Rejected("a comment takes one picture and no other files")
    texts = split(words)
    return [(text, files if number == 0 else ()) for number, text in enumerate(texts)]


def messages(message: Outgoing, words: str) -> list[tuple[str, tuple[File, ...]]]:
    """The words, then each file by itself. Raises Rejected where only one message is allowed and this is more."""
    found: list[tuple[str, tuple[File, ...]]] = [(text, ()) for text in split(words)] if words or not message.attachments else []
    found += [("", (file,)) for file in message.attachments]
    if is_public(message.in_reply_to) and len(found) > 1:
        raise Rejected("a comment may be answered in private with one message only; make it shorter, or leave out the files")
    return found


def split(words: str) -> list[str]:
    return numbered(words, MAX_MESSAGE, lambda text: length_of(text, UNIT))


def part(message: Outgoing, text: str, files: tuple[File, ...], number: int, total: int) -> Part:
    return Part(
        text=text,
        to=message.to,
        number=number,
        total=total,
        visibility="public" if message.visibility == "public" else "private",
        in_reply_to=message.in_reply_to if number == 1 else "",  # the later ones answer the part before them
        thread_ref=message.thread_ref,
        references=(message.in_reply_to,) if message.in_reply_to else (),
        from_name=message.from_name,
        attachments=files,
    )


def is_public(external_id: str) -> bool:
    return PUBLIC_ID.fullmatch(external_id) is not None


def addressee(to: Author) -> Author:
    """Raises Rejected for what is no id of a person on a Page."""
    if not re.fullmatch(r"[\w.:-]{1,200}", to.external_id, re.ASCII):
        raise Rejected("this is no person that Facebook named to us")
    return replace(to, handle=to.handle if to.handle.isprintable() else "")

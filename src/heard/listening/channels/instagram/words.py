"""Words as messages and comments that Instagram takes. Pure."""

import re

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Author, LengthUnit, Outgoing, Part, Rejected
from heard.listening.channels.lengths import length_of, numbered

MAX_MESSAGE = 1000
UNIT: LengthUnit = "bytes"
MAX_COMMENT = 300  # characters; counted as UTF-16 units, so that it fits whatever Instagram means
MOST_HASHTAGS, MOST_LINKS = 4, 1
MENTION = re.compile(r"mention:(?P<media_id>[0-9]{5,30}):(?P<comment_id>[0-9]{5,30})?")
PUBLIC_ID = re.compile(r"[0-9]{5,30}")  # a comment; messages have no such ids


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    if message.attachments:
        raise Rejected("Instagram takes no files from us, only words")
    message = replace(message, to=addressee(message.to))
    words = message.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    texts = comments(words) if message.visibility == "public" else messages(message, words)
    return [part(message, text, number=number, total=len(texts)) for number, text in enumerate(texts, 1)]


def comments(words: str) -> list[str]:
    """Raises Rejected for what Instagram refuses in comments."""
    if len(re.findall(r"#\w", words)) > MOST_HASHTAGS:
        raise Rejected(f"Instagram takes no comment with more than {MOST_HASHTAGS} hashtags")
    if len(re.findall(r"https?://", words)) > MOST_LINKS:
        raise Rejected("Instagram takes no comment with more than one link")
    return numbered(words, MAX_COMMENT, size_of_comment)


def size_of_comment(text: str) -> int:
    """In characters, and never more than the bytes of a message."""
    in_bytes = -(-length_of(text, UNIT) * MAX_COMMENT // MAX_MESSAGE)
    return max(length_of(text, "utf16"), in_bytes)


def messages(message: Outgoing, words: str) -> list[str]:
    texts = numbered(words, MAX_MESSAGE, lambda text: length_of(text, UNIT))
    if is_public(message.in_reply_to) and len(texts) > 1:
        raise Rejected("a comment may be answered in private with one message only; make it shorter")
    return texts


def part(message: Outgoing, text: str, *, number: int, total: int) -> Part:
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
    )


def is_public(external_id: str) -> bool:
    """Whether it is a comment."""
    return PUBLIC_ID.fullmatch(external_id) is not None


def mention_id(media_id: str, comment_id: str) -> str:
    """Our name for a mention below somebody else's post; it holds all that answering needs."""
    return f"mention:{media_id}:{comment_id}"


def mentioned_in(external_id: str) -> dict[str, str] | None:
    """Where a mention is, as Instagram wants it; None for what is none."""
    found = MENTION.fullmatch(external_id)
    return {name: value for name, value in found.groupdict().items() if value} if found else None


def addressee(to: Author) -> Author:
    """Raises Rejected for what is no id of a person on Instagram."""
    if not re.fullmatch(r"[\w.:-]{1,200}", to.external_id, re.ASCII):
        raise Rejected("this is no person that Instagram named to us")
    return replace(to, handle=to.handle if to.handle.isprintable() else "")

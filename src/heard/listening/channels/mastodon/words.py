"""Words as numbered posts that a server takes. Pure.

Length is what Mastodon counts: characters, a link as 23 whatever its length, a mention without its host.
https://docs.joinmastodon.org/user/posting/#text
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Author, Outgoing, Part, Rejected
from heard.listening.channels.mastodon.read import address_of

MAX_CHARACTERS = 500  # of Mastodon unless its administrator says otherwise; the others allow more
LINK_CHARACTERS = 23
LINK = re.compile(r"https?://\S+")
MENTION = re.compile(r"(?<![\w/])@([\w.-]*\w)@[\w.-]*\w(?::\d+)?")
ADDRESS = re.compile(r"[\w.-]*\w@[\w.-]*\w(:\d+)?")
# Where to cut, the best first, and the least part of a post that must then be used.
BREAKS = ((r"\n\s*\n", 0.5), (r"\n", 0.5), (r"(?<=[.!?…])\s", 0.5), (r"\s", 0))
ROOM_FOR_NUMBER = len(" (999/999)")


def length(text: str) -> int:
    return len(MENTION.sub(r"@\1", LINK.sub("x" * LINK_CHARACTERS, text)))


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    """One part, or as many as it needs, each naming the addressee first: who is not named in a direct post never sees it."""
    address = addressee(message.to, account)
    message = replace(
        message, to=replace(message.to, external_id=address, handle=f"@{address}"), subject=one_line(message.subject)
    )
    mention = f"@{address} "
    words = without_mention(message.text.replace("\r\n", "\n").replace("\r", "\n").strip(), mention.strip())
    limit = limit_of(account)
    if length(mention + words) <= limit:
        return [part(message, mention + words, number=1, total=1)]
    pieces = list(cut(words, limit - length(mention) - ROOM_FOR_NUMBER))
    texts = [f"{mention}{piece} ({number}/{len(pieces)})" for number, piece in enumerate(pieces, 1)]
    return [part(message, text, number=number, total=len(pieces)) for number, text in enumerate(texts, 1)]


def part(message: Outgoing, text: str, *, number: int, total: int) -> Part:
    return Part(
        text=text,
        to=message.to,
        number=number,
        total=total,
        subject=message.subject,
        visibility=message.visibility,
        in_reply_to=message.in_reply_to if number == 1 else "",  # the later ones answer the part before them
        thread_ref=message.thread_ref,
        from_name=message.from_name,
        attachments=message.attachments if number == 1 else (),
    )


def one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def addressee(to: Author, account: Account) -> str:
    """Raises Rejected for what is no fediverse address: nothing else may become part of a post's first word."""
    address = address_of(to.external_id or to.handle, account)
    if not ADDRESS.fullmatch(address):
        raise Rejected(f"{address!r} is not a fediverse address; expected user@host")
    return address


def without_mention(words: str, mention: str) -> str:
    """The text without the mention that a member, or their draft, put in front already."""
    same = words.lower().startswith(mention.lower())
    return words[len(mention) :].lstrip(" ,:") if same and not re.match(r"[\w.@-]", words[len(mention) :]) else words


def limit_of(account: Account) -> int:
    given = str(account.config.get("max_characters") or "")
    return max(int(given), 100) if given.isdigit() else MAX_CHARACTERS


def cut(words: str, room: int) -> Iterator[str]:
    """Pieces of at most `room`, cut between paragraphs, lines, sentences or words, and within a word only if it is too long."""
    while length(words) > room:
        place = cut_place(words, room)
        yield words[:place].strip()
        words = words[place:].strip()
    if words:
        yield words


def cut_place(words: str, room: int) -> int:
    fits = longest_fit(words, room)
    for break_, least in BREAKS:
        places = [found.end() for found in re.finditer(break_, words[: fits + 1])]
        if places and places[-1] > fits * least:
            return places[-1]
    return fits


def longest_fit(words: str, room: int) -> int:
    """How many characters from the start count as at most `room`."""
    low, high = 1, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(words[:middle]) <= room else (low, middle - 1)
    return low

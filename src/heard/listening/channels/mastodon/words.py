"""Words as numbered posts that a server takes. Pure.

Length is what Mastodon counts: characters, a link as 23 whatever its length, a mention without its host.
https://docs.joinmastodon.org/user/posting/#text
"""

import re

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Author, Outgoing, Part, Rejected
from heard.listening.channels.lengths import numbered
from heard.listening.channels.mastodon.read import address_of

MAX_CHARACTERS = 500  # of Mastodon unless its administrator says otherwise; the others allow more
LINK_CHARACTERS = 23
LINK = re.compile(r"https?://\S+")
MENTION = re.compile(r"(?<![\w/])@([\w.-]*\w)@[\w.-]*\w(?::\d+)?")
ADDRESS = re.compile(r"[\w.-]*\w@[\w.-]*\w(:\d+)?")


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
    texts = [mention + piece for piece in numbered(words, limit_of(account) - length(mention), length)]
    return [part(message, text, number=number, total=len(texts)) for number, text in enumerate(texts, 1)]


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

"""Answering a review. Google keeps one answer; new words take the place of the old."""

import re

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Context, NotFound, Outgoing, Part, Rejected, Sent
from heard.listening.channels.google_play.payloads import Timestamp
from heard.listening.channels.google_play.play import Play
from heard.listening.channels.google_play.read import ID, reply_id, review_of

MAX_CHARACTERS = 350
TAG = re.compile(r"</?[A-Za-z][^<>]*>")  # Google takes them out, with whatever they hold


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    """One part: a second one would take the place of the first. Raises Rejected with words for who wrote it."""
    review_id = review_of(message.in_reply_to or message.to.external_id)
    if not ID.fullmatch(review_id) or not ID.fullmatch(message.to.external_id):
        raise Rejected("this is no review on Google Play, so it cannot be answered there")
    text = message.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MAX_CHARACTERS:
        raise Rejected(f"Google Play takes {MAX_CHARACTERS} characters; this has {len(text)}")
    if TAG.search(text):
        raise Rejected("Google Play takes out everything that looks like an HTML tag; write it without < and >")
    to = replace(message.to, handle="")
    return [Part(text=text, to=to, visibility="public", in_reply_to=review_id, thread_ref=review_id)]


def send(ctx: Context, part: Part) -> Sent:
    """What stood there before is gone at Google, and stays here as what we said then."""
    result = Play(ctx).reply(part.in_reply_to, part.text)
    return sent(part.in_reply_to, result.reply_text or part.text, result.last_edited)


def reconcile(ctx: Context, part: Part) -> Sent | None:
    try:
        standing = Play(ctx).review(part.in_reply_to).reply
    except NotFound:
        return None
    if standing is None or not is_same(standing.text, part.text):
        return None
    return sent(part.in_reply_to, standing.text, standing.last_modified)


def sent(review_id: str, text: str, at: Timestamp) -> Sent:
    return Sent(external_id=reply_id(review_id, text), thread_ref=review_id, sent_at=at.moment if int(at.seconds) else None)


def is_same(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())

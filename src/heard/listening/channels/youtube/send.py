"""Answering below a comment, finding the answer again, changing it, deleting it; and hiding what others wrote."""

import re
from datetime import timedelta

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Ambiguous, Context, NotFound, Outgoing, Part, Rejected, Retryable, Sent
from heard.listening.channels.youtube.payloads import Comment, decode
from heard.listening.channels.youtube.read import ID, thread_of
from heard.listening.channels.youtube.tube import Tube

MAX_CHARACTERS = 10_000
PERSON = re.compile(r"[\w:.-]{1,250}", re.ASCII)
RECONCILE_WITHIN = timedelta(hours=1)
MOST_PAGES = 3


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    """One part. Raises Rejected with words for who wrote it."""
    thread_id = thread_of(message.thread_ref or message.in_reply_to)
    if not ID.fullmatch(thread_id) or not PERSON.fullmatch(message.to.external_id):
        raise Rejected("on YouTube only a comment can be answered, and this is none")
    text = message.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MAX_CHARACTERS:
        raise Rejected(f"YouTube takes {MAX_CHARACTERS} characters; this has {len(text)}")
    to = replace(message.to, handle=" ".join(message.to.handle.replace("\0", " ").split()))
    return [Part(text=text, to=to, visibility="public", in_reply_to=message.in_reply_to or thread_id, thread_ref=thread_id)]


def send(ctx: Context, part: Part) -> Sent:
    """All answers stand below the comment that began the thread; YouTube has no second level."""
    return sent(Tube(ctx).reply(part.thread_ref, part.text), part)


def sent(comment: Comment, part: Part) -> Sent:
    video = comment.snippet.video_id
    link = f"https://www.youtube.com/watch?v={video}&lc={comment.id}" if ID.fullmatch(video) else ""
    return Sent(external_id=comment.id, thread_ref=part.thread_ref, permalink=link, sent_at=comment.snippet.published_at)


def reconcile(ctx: Context, part: Part) -> Sent | None:
    """Our answer with these words of the past hour; None when it certainly is not there. Ambiguous when nobody can tell."""
    tube, since, page = Tube(ctx), ctx.now() - RECONCILE_WITHIN, ""
    for _ in range(MOST_PAGES):
        found = tube.replies(part.thread_ref, page=page)
        try:
            comments = [decode(item, Comment) for item in found.items]
        except ValueError as error:
            raise Retryable("YouTube gave a damaged answer") from error
        for comment in comments:
            if is_this(comment, part, tube.channel) and comment.snippet.published_at >= since:
                return sent(comment, part)
        page = found.next_page_token
        if not page:
            return None
    raise Ambiguous("more answers stand there than can be looked through; somebody must look whether this one went out")


def is_this(comment: Comment, part: Part, channel: str) -> bool:
    words = comment.snippet.text_original or comment.snippet.text_display
    return comment.snippet.author_channel_id.value == channel and words.split() == part.text.split()


def edit(ctx: Context, external_id: str, part: Part) -> None:
    Tube(ctx).change(checked(external_id), part.text)


def delete(ctx: Context, external_id: str) -> None:
    Tube(ctx).delete(checked(external_id))


def hide(ctx: Context, external_id: str, *, hidden: bool) -> None:
    Tube(ctx).moderate(checked(external_id), "heldForReview" if hidden else "published")


def checked(external_id: str) -> str:
    if not ID.fullmatch(external_id):
        raise NotFound("this is no comment on YouTube")
    return external_id

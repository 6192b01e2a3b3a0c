"""Comments as events. Pure: the same delivery always says the same.

What a delivery is, its headers say (pull.py writes them):
    event     comment, or gone
"""

import re
from datetime import UTC, datetime

from heard.listening.channels.contract import Account, Author, Edited, Event, File, RawEvent, Said, Withdrawn
from heard.listening.channels.youtube.payloads import Comment, CommentSnippet, Marked, decode

NETWORK = "youtube"
ID = re.compile(r"[\w.-]{1,200}", re.ASCII)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_WHO = re.compile(rb'"authorChannelId"\s*:\s*\{\s*"value"\s*:\s*"([\w-]{1,100})"\s*\}', re.ASCII)


def author_key(body: bytes) -> str:
    found = _WHO.search(body)
    return found[1].decode() if found else ""


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are no comment."""
    if raw.headers.get("event") == "gone":
        return [Withdrawn(target=checked(decode(raw.body, Marked).id), occurred_at=raw.received_at or LONG_AGO)]
    comment = decode(raw.body, Comment)
    snippet = comment.snippet
    if snippet.published_at.tzinfo is None or (snippet.updated_at is not None and snippet.updated_at.tzinfo is None):
        raise ValueError("a time without its zone")
    said = said_of(comment, snippet, account)
    if snippet.updated_at is None or snippet.updated_at <= snippet.published_at:
        return [said]
    at = snippet.updated_at
    return [said, Edited(target=said.external_id, version=version_of(at), occurred_at=at, text=said.text)]


def said_of(comment: Comment, snippet: CommentSnippet, account: Account) -> Said:
    author = face(comment.id, snippet)
    external_id = checked(comment.id)
    return Said(
        external_id=external_id,
        author=author,
        occurred_at=snippet.published_at,
        text=snippet.text_original or snippet.text_display,
        kind="post",
        direction="outbound" if author.external_id == account.address.strip() else "inbound",
        visibility="public",
        thread_ref=snippet.parent_id or thread_of(external_id),
        parent_ref=snippet.parent_id,
        permalink=f"https://www.youtube.com/watch?v={snippet.video_id}&lc={external_id}"
        if ID.fullmatch(snippet.video_id)
        else "",
        attachments=pictures(snippet),
        extra=details_of(snippet),
    )


def face(comment_id: str, snippet: CommentSnippet) -> Author:
    """A channel keeps its id under every name and handle. Whose channel is gone is known by this one comment."""
    handle = snippet.author_display_name if snippet.author_display_name.startswith("@") else ""
    return Author(
        network=NETWORK,
        external_id=snippet.author_channel_id.value or f"comment:{comment_id}",
        handle=handle,
        name=snippet.author_display_name,
        profile_url=snippet.author_channel_url,
        avatar_url=snippet.author_profile_image_url,
        verified=bool(snippet.author_channel_id.value),
    )


def pictures(snippet: CommentSnippet) -> tuple[File, ...]:
    return (File(name="picture", content_type="image/jpeg", url=snippet.image_url),) if snippet.image_url else ()


def details_of(snippet: CommentSnippet) -> dict:
    found = {"video": snippet.video_id, "likes": snippet.like_count, "moderation": snippet.moderation_status}
    return {name: value for name, value in found.items() if value}


def version_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def thread_of(comment_id: str) -> str:
    """The id of an answer is that of its thread, a dot, and its own; a thread has the id of the comment that began it."""
    return comment_id.partition(".")[0]


def checked(comment_id: str) -> str:
    if not ID.fullmatch(comment_id):
        raise ValueError("a comment without an id")
    return comment_id

"""Voices of a file as their channel would bring them: the one place that says what a channel's name means."""

from typing import Any

from heard.understanding.slots import Text

PUBLIC = frozenset(
    [
        "x",
        "twitter",
        "mastodon",
        "bluesky",
        "facebook",
        "instagram",
        "youtube",
        "reddit",
        "tiktok",
        "linkedin",
        "threads",
        "pinterest",
        "google_play",
        "review",
        "reviews",
        "forum",
        "community",
        "discourse",
        "comment",
        "comments",
        "blog",
        "news",
        "feed",
        "social",
        "article",
        "press",
    ]
)
PRIVATE_WAYS = frozenset(
    ["dm", "message", "messages", "messenger", "mail", "chat", "call", "letter", "form", "sms", "inbox", "private", "direct"]
)  # "x dm"
KINDS = {
    **dict.fromkeys(("review", "reviews"), "review"),
    **dict.fromkeys(("call", "phone", "telephone", "voicemail", "hotline"), "call"),
    **dict.fromkeys(("article", "news", "press"), "article"),
    **dict.fromkeys(("letter", "visit"), "message"),
}


def as_heard(row: dict[str, Any], text_field: str = "text") -> Text:
    """The voice as its channel would bring it. Whatever stands in such a file was heard because it is about us, so it counts as told to us."""
    channel = str(row.get("channel", "")).lower()
    words = channel.replace("-", " ").replace("_", " ").split()
    is_public = (channel in PUBLIC or not PUBLIC.isdisjoint(words)) and PRIVATE_WAYS.isdisjoint(words)
    kind = next((KINDS[word] for word in words if word in KINDS), "post" if is_public else "message")
    return Text(
        text=row[text_field],
        subject=row.get("subject", ""),
        channel=channel,
        kind=row.get("kind") or kind,
        visibility=row.get("visibility") or ("public" if is_public else "private"),
        addressed=row.get("addressed", True),
    )

"""Reviews as events. Pure: the same delivery always says the same.

What a delivery is, its headers say (pull.py writes them):
    event     review, or gone
    changed   "words", when we had heard others before
"""

import re
from datetime import UTC, datetime
from hashlib import sha256

from heard.listening.channels.contract import Account, Author, Edited, Event, RawEvent, Said, Unknown, Withdrawn
from heard.listening.channels.google_play.payloads import DeveloperComment, Review, UserComment, decode

NETWORK = "google_play"
REPLY = ":reply:"
ID = re.compile(r"[A-Za-z0-9:_.=-]{1,300}")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_WHO = re.compile(rb'"reviewId"\s*:\s*"([A-Za-z0-9:_.=-]{1,300})"')


def author_key(body: bytes) -> str:
    """Everybody has one review, and Google says nothing else that would tell a customer."""
    found = _WHO.search(body)
    return found[1].decode() if found else ""


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are no review."""
    review = decode(raw.body, Review)
    if not ID.fullmatch(review.review_id):
        raise ValueError("a review without an id")
    if raw.headers.get("event") == "gone":
        return [Withdrawn(target=review.review_id, occurred_at=raw.received_at or LONG_AGO)]
    events: list[Event] = []
    if review.words is not None:
        events += of_words(review, review.words, changed=raw.headers.get("changed") == "words")
    if review.reply is not None:
        events.append(said_by_us(review, review.reply, account))
    return events or [Unknown(note="a review without words")]


def of_words(review: Review, words: UserComment, *, changed: bool) -> list[Event]:
    """The words, and the edit too when they are not the first: whoever knows the first words learns of the later ones."""
    at = words.last_modified.moment
    subject, text = title_and_text(words.original_text or words.text)
    said = Said(
        external_id=review.review_id,
        author=face(review),
        occurred_at=at,
        subject=subject,
        text=text,
        kind="review",
        visibility="public",
        thread_ref=review.review_id,
        extra=details_of(words),
    )
    if not changed:
        return [said]
    edited = Edited(
        target=review.review_id,
        version=words.last_modified.version,
        occurred_at=at,
        subject=subject,
        text=text,
        extra=details_of(words),
    )
    return [said, edited]


def said_by_us(review: Review, reply: DeveloperComment, account: Account) -> Said:
    """Our answer that stands now, whoever gave it and wherever."""
    return Said(
        external_id=reply_id(review.review_id, reply.text),
        author=Author(network=NETWORK, external_id=account.address.strip() or "us", name=account.name),
        occurred_at=reply.last_modified.moment,
        text=reply.text,
        direction="outbound",
        visibility="public",
        thread_ref=review.review_id,
        parent_ref=review.review_id,
        recipients=(face(review),),
    )


def face(review: Review) -> Author:
    """Google tells a name and nothing that would stay: a customer is known by their one review of this app."""
    return Author(network=NETWORK, external_id=review.review_id, name=review.author_name)


def title_and_text(text: str) -> tuple[str, str]:
    """Old reviews have a title, before a tab."""
    title, tab, rest = text.partition("\t")
    return (title.strip(), rest.strip()) if tab else ("", text.strip())


def details_of(words: UserComment) -> dict:
    found = {
        "rating": words.star_rating,
        "translated": words.text if words.original_text else "",
        "language_of_device": words.reviewer_language,
        "device": " ".join(filter(None, (words.device_metadata.manufacturer, words.device_metadata.product_name)))
        or words.device,
        "android_version": words.android_os_version,
        "app_version": words.app_version_name,
        "app_version_code": words.app_version_code,
        "thumbs_up": words.thumbs_up_count,
        "thumbs_down": words.thumbs_down_count,
    }
    return {name: value for name, value in found.items() if value}


def reply_id(review_id: str, text: str) -> str:
    """Google gives our answers no id; their words are one, so that what we sent is known again when it is read there."""
    return f"{review_id}{REPLY}{sha256(' '.join(text.split()).encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def review_of(external_id: str) -> str:
    """Of a review or of our answer to it, the review's id."""
    return external_id.partition(REPLY)[0]

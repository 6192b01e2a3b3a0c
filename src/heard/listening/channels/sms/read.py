"""Webhooks of texts as events. Pure: the same delivery always says the same."""

import re
from mimetypes import guess_extension
from typing import Literal
from urllib.parse import unquote_plus

from heard.listening.channels.contract import JSON, Account, Event, File, RawEvent, Said, StatusChanged, Unknown
from heard.listening.channels.sms.keywords import Keyword, bare, is_to_the_machine, keyword_of
from heard.listening.channels.twilio.errors import in_words
from heard.listening.channels.twilio.numbers import author_of
from heard.listening.channels.twilio.webhook import LONG_AGO, Fields, fields_of

Progress = Literal["sent", "delivered", "read", "failed"]
STATUSES: dict[str, Progress] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
CONSENT: dict[Keyword, str] = {"stop": "withdrawn", "start": "given"}
MOST_MEDIA = 10
WHO = re.compile(rb"(?:^|&)(From|To|MessageStatus)=([^&]{0,100})")


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are no webhook of Twilio about a text."""
    fields = fields_of(raw.body)
    sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
    if not re.fullmatch(r"\w{2,64}", sid):
        raise ValueError("not a webhook about a text: MessageSid is missing")
    if "MessageStatus" in fields:
        return [status_of(sid, fields, raw)]
    return heard(sid, fields, raw, account)


def status_of(sid: str, fields: Fields, raw: RawEvent) -> Event:
    told = fields["MessageStatus"]
    if told not in STATUSES:  # accepted, scheduled, queued, sending: it has not left yet
        return Unknown(note=f"a text of ours is {told[:40]}")
    reason = in_words(fields.get("ErrorCode", "")) if STATUSES[told] == "failed" else ""
    return StatusChanged(target=sid, status=STATUSES[told], occurred_at=raw.received_at or LONG_AGO, reason=reason)


def heard(sid: str, fields: Fields, raw: RawEvent, account: Account) -> list[Event]:
    at, text = raw.received_at or LONG_AGO, fields.get("Body", "")
    author = author_of(fields.get("From", ""), country=country_of(account), otherwise_id=sid)
    also_stop = stop_words(account)
    keyword = keyword_of(text, told=fields.get("OptOutType", ""), also_stop=also_stop)
    return [
        Said(
            external_id=sid,
            author=author,
            occurred_at=at,
            text=text,
            thread_ref=author.external_id,
            attachments=tuple(media_of(sid, fields)),
            extra=meaning_of(keyword, text, also_stop),
        )
    ]


def meaning_of(keyword: Keyword | None, text: str, also_stop: frozenset[str]) -> JSON:
    """What a word to the machine means to the rest of the house: `consent` decides whether we may write, and nobody needs to read
    a `record`. "Yes" lets us write again, and may be an answer to a person all the same."""
    if keyword is None or keyword == "help":
        return {"keyword": keyword} if keyword else {}
    record = {"record": True} if is_to_the_machine(text, also_stop=also_stop) else {}
    return {"keyword": keyword, "consent": CONSENT[keyword], **record}


def media_of(sid: str, fields: Fields) -> list[File]:
    given = fields.get("NumMedia", "0")
    count = min(int(given), MOST_MEDIA) if re.fullmatch(r"[0-9]{1,3}", given) else 0
    found = []
    for number in range(count):
        if not (url := fields.get(f"MediaUrl{number}", "")):
            continue
        content_type = fields.get(f"MediaContentType{number}") or "application/octet-stream"
        name = f"{sid[-8:]}-{number + 1}{guess_extension(content_type) or ''}"
        found.append(File(name=name, content_type=content_type[:120], url=url))
    return found


def author_key(body: bytes) -> str:
    """The number on the other side: of a text to us its sender, of ours its receiver."""
    found: dict[bytes, bytes] = dict(WHO.findall(body))
    number = found.get(b"To" if b"MessageStatus" in found else b"From", b"")
    return unquote_plus(number.decode("utf-8", "replace")).strip()


def country_of(account: Account) -> str:
    return str(account.config.get("country") or "")


def stop_words(account: Account) -> frozenset[str]:
    given = account.config.get("stop_words")
    return frozenset(bare(str(word)) for word in given) if isinstance(given, list) else frozenset()

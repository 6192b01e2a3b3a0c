"""What happened in a call, step by step, as events in one thread. Pure: the same delivery always says the same.

Who hangs up in the menu tells nobody. So each step leaves behind how the call ended, should it be the last one: as an edit of
the line that is written when the call is over. The newest step is right, whatever came first.
"""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote_plus

from heard.listening.channels.contract import JSON, Account, Author, Edited, Event, File, RawEvent, Said, Unknown
from heard.listening.channels.phone.menu import Entry, Menu, menu_of
from heard.listening.channels.phone.say import MESSAGE_INSTEAD, call_back_number
from heard.listening.channels.phone.step import Step, pressed, told_of
from heard.listening.channels.twilio.numbers import author_of, shown
from heard.listening.channels.twilio.webhook import LONG_AGO, Fields, fields_of

RECORD: JSON = {"record": True}  # what the telephone did, in our words and not in theirs
WHO = re.compile(rb"(?:^|&)From=([^&]{0,200})")
UNFINISHED = {"queued", "initiated", "ringing", "in-progress", "answered"}
NEVER_CAME_ABOUT = {
    "busy": "The line was busy.",
    "no-answer": "The call was not answered.",
    "failed": "The call failed.",
    "canceled": "They hung up before the call was answered.",
}
WHY_NOBODY = {
    "busy": "the line was busy",
    "no-answer": "nobody answered",
    "failed": "the call failed",
    "canceled": "it was broken off",
}


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are no webhook of Twilio about a call."""
    fields = fields_of(raw.body)
    if not re.fullmatch(r"\w{2,64}", fields.get("CallSid", "")):
        raise ValueError("not a webhook about a call: CallSid is missing")
    return list(Told(fields, told_of(raw), menu_of(account), account, raw).events())


class Told:
    """One step of a call."""

    def __init__(self, fields: Fields, step: Step, menu: Menu, account: Account, raw: RawEvent) -> None:
        self.fields, self.step, self.menu = fields, step, menu
        self.call = fields["CallSid"]
        self.at = raw.received_at or moment_of(fields) or LONG_AGO  # one clock for all steps: the end is never before one of them
        self.author: Author = author_of(
            fields.get("From", ""),
            country=menu.country,
            otherwise_id=self.call,
            name=fields.get("CallerName", "")[:200],
            verified=fields.get("StirVerstat", "").startswith("TN-Validation-Passed-A"),
        )

    def events(self) -> list[Event]:
        match self.step.place:
            case "menu":
                return self.key()
            case "number":
                return self.number()
            case "dialled":
                return self.dialled()
            case "voicemail":
                return self.voicemail()
            case "status":
                return self.over()
        return self.begins()

    def begins(self) -> list[Event]:
        told = f" and was told first: {' '.join(f'“{notice}”' for notice in self.menu.notices)}" if self.menu.notices else "."
        called = shown(self.fields.get("To", ""))[:40]
        return [
            self.said(f"Called {called}{told}", id_=self.call, **RECORD),
            self.ends("Hung up in the phone menu before any key was pressed."),
        ]

    def key(self) -> list[Event]:
        key = pressed(self.fields)
        if entry := self.menu.entry(key):
            return [self.said(f"Pressed {key}: {entry.label}.", key=key, **RECORD), self.ends(left_at(entry))]
        if not key:
            return [
                self.said("Pressed no key when the menu asked for one.", failure="no key", **RECORD),
                self.ends("Hung up in the phone menu after no key was pressed."),
            ]
        return [
            self.said(f"Pressed {key[:8]}, which leads nowhere in the menu.", key=key, failure="leads nowhere", **RECORD),
            self.ends("Hung up in the phone menu after a key that leads nowhere."),
        ]

    def number(self) -> list[Event]:
        if number := call_back_number(self.fields, self.menu):
            asks = f"Please call me back on {shown(number)}."
            return [
                self.said(asks, outcome="call back", call_back=number),
                self.ends("The call ended after they had asked to be called back."),
            ]
        typed = pressed(self.fields)
        if typed == MESSAGE_INSTEAD:
            return [
                self.said("Wanted to leave a message.", key=typed, **RECORD),
                self.ends("Hung up instead of leaving a message."),
            ]
        words = f"Typed {typed[:30]}, which is no telephone number." if typed else "Gave no number when asked for one."
        return [
            self.said(words, failure="no number", **RECORD),
            self.ends("Hung up before they had given a number to be called back on."),
        ]

    def dialled(self) -> list[Event]:
        status = self.fields.get("DialCallStatus", "")
        seconds = seconds_of(self.fields.get("DialCallDuration"))
        if status in ("completed", "answered"):
            return [
                self.said(f"Spoke with somebody for {lasting(seconds)}.", outcome="talked", **duration(seconds)),
                self.ends("The call ended after they had spoken with somebody."),
            ]
        why = WHY_NOBODY.get(status, "the call did not come about")
        return [
            self.said(f"Wanted to speak to a person and could not reach anybody: {why}.", outcome="missed", failure="transfer"),
            self.ends("Hung up after nobody could be reached."),
        ]

    def voicemail(self) -> list[Event]:
        url = self.fields.get("RecordingUrl", "")
        if not url:
            return [
                self.said("Left no message.", failure="no message", **RECORD),
                self.ends("Hung up without leaving a message."),
            ]
        seconds = seconds_of(self.fields.get("RecordingDuration"))
        where = f" and call back {self.author.handle}" if self.author.handle else ""
        recording = File(name=f"voicemail-{self.call[-8:]}.mp3", content_type="audio/mpeg", url=f"{url[:900]}.mp3")
        return [
            self.said(
                f"Left a voicemail of {lasting(seconds)}. Please listen to it{where}.",
                attachments=(recording,),
                outcome="voicemail",
                **duration(seconds),
            ),
            self.ends("The call ended after they had left a voicemail."),
        ]

    def over(self) -> list[Event]:
        status = self.fields.get("CallStatus", "")
        seconds = seconds_of(self.fields.get("CallDuration"))
        if status == "completed":
            return [self.said(f"The call ended after {lasting(seconds)}.", id_=self.end, **duration(seconds), **RECORD)]
        if status in NEVER_CAME_ABOUT:
            return [self.said(NEVER_CAME_ABOUT[status], id_=self.end, outcome="missed", **RECORD)]
        return [Unknown(note=f"a call is {status[:40] if status in UNFINISHED else 'in a state that we do not know'}")]

    # ── Made of these ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def end(self) -> str:
        return f"{self.call}:end"

    def said(self, text: str, *, id_: str = "", attachments: tuple[File, ...] = (), **extra: Any) -> Said:
        external_id = id_ or f"{self.call}:{self.step.n:03d}"
        return Said(
            external_id=external_id,
            author=self.author,
            occurred_at=self.at,
            text=text,
            kind="call",
            thread_ref=self.call,
            parent_ref="" if external_id == self.call else self.call,
            attachments=attachments,
            extra=extra,
        )

    def ends(self, text: str) -> Edited:
        return Edited(target=self.end, version=f"{self.step.n:03d}", occurred_at=self.at, text=text)


def left_at(entry: Entry) -> str:
    if entry.act == "person":
        return "Hung up while they were put through to a person."
    if entry.act == "call back":
        return "Hung up before they had given a number to be called back on."
    if entry.act == "voicemail":
        return "Hung up instead of leaving a message."
    return f"Hung up in the phone menu after “{entry.label}”."


def author_key(body: bytes) -> str:
    found = WHO.search(body)
    return unquote_plus(found[1].decode("utf-8", "replace")).strip() if found else ""


def moment_of(fields: Fields) -> datetime | None:
    """Callbacks about the state of a call say when, to the second and by Twilio's clock; steps of a menu do not."""
    try:
        at = parsedate_to_datetime(fields.get("Timestamp", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo and at.year > 2000 else None


def seconds_of(given: str | None) -> int | None:
    return int(given) if given and re.fullmatch(r"[0-9]{1,6}", given) else None


def duration(seconds: int | None) -> JSON:
    return {} if seconds is None else {"duration_seconds": seconds}


def lasting(seconds: int | None) -> str:
    if seconds is None:
        return "a time that nobody measured"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

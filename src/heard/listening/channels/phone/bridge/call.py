"""One call: what Heard answers is done, and what the caller does is told, step by step, until somebody hangs up."""

import logging
import time
import uuid
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from queue import Empty, Queue
from typing import Protocol
from urllib.parse import urlencode, urljoin

import httpx

from heard.listening.channels.phone.bridge.ari import APP, Ari, Channel, Event, Gone
from heard.listening.channels.phone.bridge.speech import Voice
from heard.listening.channels.phone.bridge.twiml import Dial, Gather, Hangup, Record, Redirect, Say, Verb, verbs_of
from heard.listening.channels.twilio.webhook import signature

log = logging.getLogger(__name__)

Fields = dict[str, str]
Step = tuple[str, Fields]  # address of the next step, and what happened before it
OVER = {"StasisEnd", "ChannelDestroyed", "ChannelHangupRequest"}
LONGEST_SOUND_SECONDS = 300
BUSY, REJECTED, NO_ANSWER = 17, 21, {18, 19}  # causes of Q.850


class Line(Protocol):
    """What all calls share."""

    ari: Ari
    web: httpx.Client
    voice: Voice
    hook: str
    token: str
    endpoint: str
    recordings_url: str
    inboxes: dict[str, "Queue[Event]"]


class HungUp(Exception):
    """The caller is not there any more."""


class Call:
    """`run` returns when it is over; whatever happens in it ends this call and no other."""

    def __init__(self, line: Line, channel: Channel) -> None:
        self.line, self.channel = line, channel.id
        self.events: Queue[Event] = Queue()
        self.sid = f"CA{uuid.uuid4().hex}"
        self.who, self.called = channel.caller.number or "anonymous", channel.dialplan.exten
        self.name = channel.caller.name
        self.began = time.monotonic()
        self.talking_since: float | None = None

    def run(self) -> None:
        try:
            self.line.ari.do("POST", f"/channels/{self.channel}/answer")
            step: Step | None = (self.line.hook, {"CallStatus": "ringing"})
            while step:
                step = self.perform(*step)
            self.line.ari.do("DELETE", f"/channels/{self.channel}")
        except (HungUp, Gone):
            pass
        except Exception:
            log.exception("call %s broke", self.sid)
            self.leave()
        finally:
            self.over()

    def leave(self) -> None:
        try:
            self.line.ari.do("DELETE", f"/channels/{self.channel}")
        except (Gone, httpx.HTTPError):
            return

    def over(self) -> None:
        seconds = str(round(time.monotonic() - self.began))
        told = {"CallStatus": "completed", "CallDuration": seconds, "Timestamp": formatdate(usegmt=True)}
        try:
            self.ask(f"{self.line.hook}status", told)
        except httpx.HTTPError as error:
            log.warning("the end of call %s could not be told: %s", self.sid, type(error).__name__)

    # ── Telling Heard ───────────────────────────────────────────────────────────────────────────────────────────────

    def ask(self, url: str, fields: Fields) -> str:
        """Signed as Twilio signs. Raises httpx.HTTPError."""
        basics = {"CallSid": self.sid, "AccountSid": "bridge", "From": self.who, "To": self.called, "CallStatus": "in-progress"}
        named = {"CallerName": self.name} if self.name else {}
        told = {**basics, **named, "Direction": "inbound", **fields}
        headers = {
            "X-Twilio-Signature": signature(self.line.token, url, list(told.items())),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self.line.web.post(url, content=urlencode(told), headers=headers).raise_for_status().text

    # ── Doing what it answers ───────────────────────────────────────────────────────────────────────────────────────

    def perform(self, url: str, fields: Fields) -> Step | None:
        """The step that follows; None when the call is to end."""
        for verb in verbs_of(self.ask(url, fields)):
            if isinstance(verb, Hangup):
                return None
            if (step := self.do(verb)) is not None:
                return (urljoin(url, step[0]), step[1])
        return None

    def do(self, verb: Verb) -> Step | None:
        match verb:
            case Say():
                self.play([verb], heeds=False)
            case Gather():
                return self.gather(verb)
            case Dial():
                return self.dial(verb)
            case Record():
                return self.record(verb)
            case Redirect():
                return (verb.action, {})
        return None

    def gather(self, verb: Gather) -> Step | None:
        digits = self.play(verb.says, heeds=True)
        while not self.is_enough(verb, digits):
            event = self.next(seconds=verb.timeout_seconds)
            if event is None:
                break
            digits += event.digit if event.type == "ChannelDtmfReceived" else ""
        if verb.ends_with:
            digits = digits.split(verb.ends_with)[0]
        digits = digits[: verb.most_digits]
        return (verb.action, {"Digits": digits}) if digits or verb.tells_silence else None

    def is_enough(self, verb: Gather, digits: str) -> bool:
        ended = bool(verb.ends_with) and verb.ends_with in digits
        return ended or (verb.most_digits is not None and len(digits) >= verb.most_digits)

    def play(self, says: "list[Say] | tuple[Say, ...]", *, heeds: bool) -> str:
        """The key that was pressed meanwhile, which ends it when it `heeds` keys."""
        for say in says:
            media = self.line.voice.media(say.words, say.language)
            playback = self.line.ari.do("POST", f"/channels/{self.channel}/play", media=media)["id"]
            event = self.until("PlaybackFinished", partial(is_of, playback), seconds=LONGEST_SOUND_SECONDS, heeds=heeds)
            if event is not None and event.digit:
                self.silence(playback)
                return event.digit
        return ""

    def silence(self, playback: str) -> None:
        try:
            self.line.ari.do("DELETE", f"/playbacks/{playback}")
        except Gone:
            return

    def record(self, verb: Record) -> Step | None:
        """As with Twilio, no step follows when nothing was said."""
        name = f"heard-{uuid.uuid4().hex}"
        self.line.ari.do(
            "POST",
            f"/channels/{self.channel}/record",
            name=name,
            format="wav",
            maxDurationSeconds=verb.most_seconds,
            maxSilenceSeconds=verb.silence_seconds,
            beep="true",
            terminateOn="#" if verb.ends_with == "#" else "any",
        )
        try:
            event = self.until("RecordingFinished", lambda event: event.recording.name == name, seconds=verb.most_seconds + 30)
        except HungUp:
            event = self.last_recording(name)
            if event is not None:
                self.perform(urljoin(self.line.hook, verb.action), {**self.recorded(event), "Digits": "hangup"})
            raise
        return (verb.action, self.recorded(event)) if event is not None and event.recording.says_something else None

    def last_recording(self, name: str) -> Event | None:
        """What was said before they hung up; Asterisk tells it a moment later."""
        until = time.monotonic() + 3
        while (left := until - time.monotonic()) > 0:
            try:
                event = self.events.get(timeout=left)
            except Empty:
                return None
            if event.type == "RecordingFinished" and event.recording.name == name:
                return event if event.recording.says_something else None
        return None

    def recorded(self, event: Event) -> Fields:
        name = event.recording.name
        url = f"{self.line.recordings_url}/recordings/{name}"
        return {"RecordingUrl": url, "RecordingSid": name, "RecordingDuration": str(event.recording.duration)}

    def dial(self, verb: Dial) -> Step | None:
        leg = f"heard-leg-{uuid.uuid4().hex}"
        self.line.inboxes[leg] = self.events
        self.talking_since = None
        try:
            status, seconds = self.put_through(leg, verb)
        except HungUp:
            if self.talking_since is not None:  # they had spoken with somebody, and that is told before the end
                told = {"DialCallStatus": "completed", "DialCallDuration": str(round(time.monotonic() - self.talking_since))}
                self.perform(urljoin(self.line.hook, verb.action), {**told, "DialCallSid": leg})
            raise
        finally:
            self.line.inboxes.pop(leg, None)
            self.end_leg(leg)
        return (verb.action, {"DialCallStatus": status, "DialCallDuration": str(seconds), "DialCallSid": leg})

    def put_through(self, leg: str, verb: Dial) -> tuple[str, int]:
        endpoint = self.line.endpoint.format(number=verb.number)
        try:
            self.line.ari.do(
                "POST", "/channels", endpoint=endpoint, app=APP, appArgs="leg", channelId=leg, timeout=verb.timeout_seconds,
                callerId=self.who,
            )  # fmt: skip
        except (Gone, httpx.HTTPStatusError):
            return "failed", 0
        self.line.ari.do("POST", f"/channels/{self.channel}/ring")
        event = self.about(leg, seconds=verb.timeout_seconds + 5)
        if event is None or event.type != "StasisStart":
            return why_not(event), 0
        self.talking_since = began = time.monotonic()
        bridge = self.line.ari.do("POST", "/bridges", type="mixing")["id"]
        try:
            self.line.ari.do("POST", f"/bridges/{bridge}/addChannel", channel=f"{self.channel},{leg}")
            while (event := self.about(leg, seconds=3600)) is not None and event.type not in OVER:
                continue
        finally:
            self.line.ari.do("DELETE", f"/bridges/{bridge}")
        return "completed", round(time.monotonic() - began)

    def end_leg(self, leg: str) -> None:
        try:
            self.line.ari.do("DELETE", f"/channels/{leg}")
        except (Gone, httpx.HTTPError):
            return

    # ── Waiting for the caller ──────────────────────────────────────────────────────────────────────────────────────

    def next(self, *, seconds: float) -> Event | None:
        """What happens next; None when nothing does for so long. Raises HungUp."""
        try:
            event = self.events.get(timeout=seconds)
        except Empty:
            return None
        if event.type in OVER and event.channel.id == self.channel:
            raise HungUp(self.channel)
        return event

    def until(self, type_: str, is_it: Callable[[Event], bool], *, seconds: float, heeds: bool = False) -> Event | None:
        """That event, or a key when it `heeds` keys; None when neither comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            event = self.next(seconds=left)
            if event is None:
                return None
            if (event.type == type_ and is_it(event)) or (heeds and event.digit):
                return event
        return None

    def about(self, leg: str, *, seconds: float) -> Event | None:
        """What happens next to the other leg."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            event = self.next(seconds=left)
            if event is None or (event.channel.id == leg and event.type in OVER | {"StasisStart"}):
                return event
        return None


def is_of(playback: str, event: Event) -> bool:
    return event.playback.id == playback


def why_not(event: Event | None) -> str:
    """DialCallStatus of a leg that was never answered."""
    if event is None or event.cause in NO_ANSWER or event.cause == 0:
        return "no-answer"
    return "busy" if event.cause in (BUSY, REJECTED) else "failed"

"""A stand-in for Twilio: texts and calls of one account, its numbers, recordings and pictures; and webhooks signed by Twilio's own client.

Every request and every answer of the REST API is held to Twilio's own OpenAPI description (v2010), every TwiML document to
Twilio's own classes for it. Whatever does not fit is written down in `violations`; the fixture looks there at the end.
"""

import base64
import inspect
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from django.test import Client
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from twilio.request_validator import RequestValidator
from twilio.twiml import messaging_response, voice_response

from heard.kernel.clock import now
from tests.support.closed.vendor_data import files_of

JSON = dict[str, Any]
SID = "AC" + "0" * 31 + "1"
TOKEN = "auth-token-of-acme-5f3a"
OURS, DANA = "+442079460999", "+447700900123"
HOST = "https://api.twilio.com"
VERSION = "/2010-04-01"
ROOT = f"{VERSION}/Accounts/{SID}"


@dataclass(frozen=True)
class Answer:
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    @property
    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Refused(Exception):
    """An error as Twilio words it."""

    def __init__(self, code: int, message: str = "refused", *, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        more = f"https://www.twilio.com/docs/errors/{code}"
        body = {"code": code, "message": message, "more_info": more, "status": status}
        self.answer = Answer(body, status, headers or {})


class Twilio(ThreadingHTTPServer):
    """`faults` come first, each once: a Refused or an Answer, or "after" to do it and then hang up."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.numbering = itertools.count(1)
        self.sent: dict[str, JSON] = {}  # what we said, by its sid
        self.files: dict[str, tuple[str, bytes]] = {}  # pictures and recordings by path
        self.silenced: set[str] = set()
        self.faults: list[Refused | Answer | str] = []
        self.violations: list[str] = []
        self.checked = 0
        self.account: JSON = {"status": "active", "type": "Full"}
        self.numbers: dict[str, JSON] = {OURS: {"sms_url": "", "voice_url": "", "status_callback": ""}}
        self.can = {"sms": True, "mms": True, "voice": True, "fax": False}
        self.hook = ""  # our webhook, as the outside sees it

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def sid(self, kind: str) -> str:
        return f"{kind}{next(self.numbering):032x}"

    # ── What Heard asks ─────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Answer | None:
        """None: it is done, and nobody learns of it."""
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Answer):
            return fault
        if path in self.files:
            answer = self.file(path, headers)
        else:
            asked = MockRequest(
                HOST,
                method.lower(),
                path,
                args=query,
                headers=headers,
                data=body or None,
                content_type=headers.get("content-type", ""),
            )
            self.held(lambda: description().validate_request(asked))
            answer = fault.answer if isinstance(fault, Refused) else self.answered(method, path, query, headers, body)
            if answer.status < 300:
                told = MockResponse(answer.bytes, answer.status, content_type="application/json")
                self.held(lambda: description().validate_response(asked, told))
        return None if fault == "after" else answer

    def answered(self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Answer:
        try:
            self.sign_in(headers)
            return self.routes(method, path, query, dict(parse_qsl(body.decode(), keep_blank_values=True)))
        except Refused as error:
            return error.answer

    def sign_in(self, headers: dict[str, str]) -> None:
        proof = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if headers.get("authorization") != f"Basic {proof}":
            raise Refused(20003, "Authentication Error - invalid username", status=401)

    def routes(self, method: str, path: str, query: dict[str, str], form: dict[str, str]) -> Answer:
        match method, path.removeprefix(ROOT).split("/"):
            case "GET", [".json"]:
                return Answer({"sid": SID, "friendly_name": "Acme", "auth_token": "x", **self.account})
            case "POST", ["", "Messages.json"]:
                return Answer(self.accept(form), 201)
            case "GET", ["", "IncomingPhoneNumbers.json"]:
                found = [self.number(number) for number in self.numbers if query.get("PhoneNumber", number) == number]
                return Answer({"incoming_phone_numbers": found, "page": 0, "page_size": 50, "uri": path})
            case "POST", ["", "IncomingPhoneNumbers", _]:
                names = {"SmsUrl": "sms_url", "VoiceUrl": "voice_url", "StatusCallback": "status_callback"}
                self.numbers[OURS] |= {names[name]: value for name, value in form.items()}
                return Answer(self.number(OURS))
        raise Refused(20404, f"The requested resource {path} was not found", status=404)

    def accept(self, form: dict[str, str]) -> JSON:
        if form["To"] in self.silenced:
            raise Refused(21610, "Attempt to send to unsubscribed recipient")
        if not form.get("Body"):
            raise Refused(21602, "Message body is required")
        if len(form["Body"]) > 1600:
            raise Refused(21617, "The concatenated message body exceeds the 1600 character limit")
        if form.get("From", OURS) not in self.numbers:
            raise Refused(21606, "The From phone number is not a valid, SMS-capable inbound phone number")
        sid = self.sid("SM")
        self.sent[sid] = form
        return {"sid": sid, "account_sid": SID, "to": form["To"], "from": form.get("From"), "body": form["Body"], "status": "queued",
                "direction": "outbound-api", "num_segments": "1", "num_media": "0", "error_code": None, "error_message": None,
                "price": None, "price_unit": "USD", "uri": f"{ROOT}/Messages/{sid}.json", "api_version": "2010-04-01"}  # fmt: skip

    def number(self, number: str) -> JSON:
        sid = f"PN{int(number[1:]):032x}"
        methods = {"sms_method": "POST", "voice_method": "POST"}
        return {
            "sid": sid,
            "account_sid": SID,
            "phone_number": number,
            "capabilities": self.can,
            **methods,
            **self.numbers[number],
        }

    def keep(self, path: str, content_type: str, data: bytes) -> str:
        self.files[path] = (content_type, data)
        return f"{self.url}{path}"

    def file(self, path: str, headers: dict[str, str]) -> Answer:
        try:
            self.sign_in(headers)
        except Refused as error:
            return error.answer
        content_type, data = self.files[path]
        return Answer(data, content_type=content_type)

    # ── What Heard is told ──────────────────────────────────────────────────────────────────────────────────────────

    def tell(self, url: str, fields: dict[str, str]) -> tuple[int, str]:
        """Calls a webhook as Twilio does: status and body of the answer."""
        proof = RequestValidator(TOKEN).compute_signature(url, fields)
        place = urlsplit(url)
        answer = Client().post(
            f"{place.path}?{place.query}" if place.query else place.path,
            urlencode(fields),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": proof},
        )
        return answer.status_code, answer.content.decode()

    def says(self, text: str, *, who: str = DANA, sid: str = "", **more: str) -> str:
        """Somebody texts us; the sid of their message."""
        sid = sid or self.sid("SM")
        basics = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": SID, "SmsStatus": "received"}
        fields = basics | {"From": who, "To": OURS, "Body": text, "NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01"}
        status, twiml = self.tell(self.hook, fields | more)
        assert status == 200
        self.held(lambda: check_twiml(twiml, messaging_response))
        self.answer = twiml
        return sid

    def delivers(self, sid: str, *statuses: str, code: str = "") -> None:
        """What became of ours, told to the address that we gave with it."""
        form = self.sent[sid]
        for status in statuses:
            fields = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status, "AccountSid": SID}
            fields |= {"From": OURS, "To": form["To"], "ApiVersion": "2010-04-01"} | ({"ErrorCode": code} if code else {})
            assert self.tell(form["StatusCallback"], fields)[0] == 200

    def rings(self, *, who: str = DANA, **more: str) -> "Call":
        call = Call(self, self.sid("CA"), who, more)
        call.asks(self.hook, CallStatus="ringing")
        return call

    def held(self, check: Callable[[], object]) -> None:
        self.checked += 1
        try:
            check()
        except Exception as error:
            cause = f" because {error.__cause__}" if error.__cause__ else ""
            self.violations.append(f"{type(error).__name__}: {error}{cause}"[:900])


class Call:
    """A caller who hears what our TwiML says, and whom Twilio takes from step to step."""

    def __init__(self, twilio: Twilio, sid: str, who: str, more: dict[str, str]) -> None:
        self.twilio, self.sid, self.who, self.more = twilio, sid, who, more
        self.here, self.heard = "", []
        self.document = ElementTree.Element("Response")

    def asks(self, url: str, **fields: str) -> None:
        basics = {"CallSid": self.sid, "AccountSid": SID, "From": self.who, "Caller": self.who, "To": OURS, "Called": OURS}
        basics |= {"Direction": "inbound", "CallStatus": "in-progress", "ApiVersion": "2010-04-01"}
        status, twiml = self.twilio.tell(url, basics | self.more | fields)
        assert status == 200
        self.twilio.held(lambda: check_twiml(twiml, voice_response))
        self.here, self.document = url, ElementTree.fromstring(twiml)
        self.heard += [said.text or "" for said in self.document.iter("Say")]

    def presses(self, digits: str) -> None:
        gather = self.verb("Gather")
        ends = gather.get("finishOnKey")
        self.asks(self.next(gather.get("action")), Digits=digits.removesuffix(ends) if ends else digits, msg="Gather End")

    def dialled(self, status: str, **fields: str) -> str:
        """Whom they are put through to answers, or not; the number."""
        dial = self.verb("Dial")
        self.asks(self.next(dial.get("action")), DialCallStatus=status, DialCallSid=self.twilio.sid("CA"), **fields)
        return dial.findtext("Number") or ""

    def speaks(self, data: bytes, *, seconds: int) -> None:
        record = self.verb("Record")
        sid = self.twilio.sid("RE")
        url = self.twilio.keep(f"{ROOT}/Recordings/{sid}.mp3", "audio/mpeg", data).removesuffix(".mp3")
        self.asks(self.next(record.get("action")), RecordingUrl=url, RecordingSid=sid, RecordingDuration=str(seconds))

    def says_nothing(self) -> None:
        """No step follows a recording in which nothing was said: Twilio goes on with the next verb."""
        self.asks(self.next(self.verb("Redirect").text))

    def ends(self, status: str = "completed", *, seconds: int = 0) -> None:
        when = format_datetime(now())
        fields = {"CallStatus": status, "CallDuration": str(seconds), "Timestamp": when, "CallbackSource": "call-progress-events"}
        self.asks(f"{self.twilio.hook}status", **fields)

    @property
    def is_over(self) -> bool:
        return self.document.find("Hangup") is not None

    def verb(self, name: str) -> ElementTree.Element:
        found = self.document.find(name)
        assert found is not None, f"no <{name}> in {ElementTree.tostring(self.document).decode()}"
        return found

    def next(self, place: str | None) -> str:
        return urljoin(self.here, place or "")


# ── Held to what Twilio published ───────────────────────────────────────────────────────────────────────────────────


@cache
def description() -> OpenAPI:
    text = files_of("twilio_openapi")["spec/json/twilio_api_v2010.json"]
    return OpenAPI.from_dict(json.loads(text), config=Config(spec_validator_cls=None))


def check_twiml(text: str, of: Any) -> None:
    """Verbs that Twilio's own library has, each where it may stand, with attributes that it knows."""
    check_verb(ElementTree.fromstring(text), vars(of)["VoiceResponse" if of is voice_response else "MessagingResponse"])


def check_verb(verb: ElementTree.Element, kind: Any) -> None:
    for inner in verb:
        name = {"Say": "say", "Message": "message"}.get(inner.tag, snake(inner.tag))
        adds = getattr(kind, name, None)
        assert adds is not None, f"<{inner.tag}> has no place in {kind.__name__}"
        known = set(inspect.signature(adds).parameters)
        unknown = {attribute for attribute in inner.attrib if snake(attribute) not in known}
        assert not unknown, f"<{inner.tag}> knows no {unknown}"
        module = inspect.getmodule(kind)
        check_verb(inner, getattr(module, inner.tag))


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


@contextmanager
def running(twilio: Twilio) -> Iterator[Twilio]:
    threading.Thread(target=twilio.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield twilio
    finally:
        twilio.shutdown()
        twilio.server_close()
    assert twilio.violations == []


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    description()
    with running(Twilio()) as server:
        yield server


class _Handler(BaseHTTPRequestHandler):
    server: Twilio
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        answer = self.server.take(self.command, place.path, dict(parse_qsl(place.query)), headers, body)
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        told = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.bytes)), **answer.headers}
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.bytes)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass

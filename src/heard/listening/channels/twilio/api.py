"""Twilio's REST API over the guarded client of the context, with the errors of the channel contract and no others."""

import re
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct, field

from heard.listening.channels.contract import (
    Ambiguous,
    AuthExpired,
    ConfigField,
    Context,
    File,
    NotFound,
    Rejected,
    Retryable,
)
from heard.listening.channels.twilio.errors import refusal_of
from heard.listening.channels.twilio.webhook import AUTH_TOKEN

T = TypeVar("T")
TWILIO = "https://api.twilio.com"
VERSION = "2010-04-01"
BRIDGE_USER = "heard"  # who fetches recordings from a bridge of our own, which has no account SID
COUNTRY = ConfigField(
    name="country",
    label="Country of numbers",
    help="Two letters, for example GB: how a number without + is read.",
    required=False,
)
BASE_URL = ConfigField(
    name="base_url",
    label="Twilio's API",
    kind="url",
    required=False,
    default=TWILIO,
    help="Leave it, unless your account is in a region of its own.",
)


class AccountThere(Struct, frozen=True):
    sid: str
    status: str = ""
    type: str = ""
    friendly_name: str = ""


class Number(Struct, frozen=True):
    sid: str
    phone_number: str = ""
    sms_url: str | None = ""
    sms_method: str | None = ""
    voice_url: str | None = ""
    voice_method: str | None = ""
    status_callback: str | None = ""
    capabilities: dict[str, bool] = field(default_factory=dict)


class Numbers(Struct, frozen=True):
    incoming_phone_numbers: list[Number] = field(default_factory=list)


class Api:
    """One account on Twilio's API."""

    def __init__(self, ctx: Context) -> None:
        self._http: httpx.Client = ctx.http
        self._secrets = ctx.account.secrets
        self._given_sid = str(ctx.account.config.get("account_sid") or "")
        self._host = host_of(str(ctx.account.config.get("base_url") or TWILIO))
        self._auth = (sid_of(self._given_sid) if self._given_sid else BRIDGE_USER, self._secrets.get(AUTH_TOKEN, ""))

    def account(self) -> AccountThere:
        return self.read(".json", AccountThere)

    def number(self, number: str) -> Number | None:
        found = self.read("/IncomingPhoneNumbers.json", Numbers, PhoneNumber=number).incoming_phone_numbers
        return next((each for each in found if each.phone_number == number), None)

    def read(self, place: str, type_: type[T], **params: str) -> T:
        answer = self._call("GET", place, params=params)
        try:
            return msgspec.json.decode(answer.content, type=type_)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Retryable("Twilio gave a damaged answer") from error

    def write(self, place: str, type_: type[T], form: dict[str, str]) -> T:
        """Ambiguous when the answer leaves open whether it was done."""
        answer = self._call("POST", place, data=form, follow_redirects=False)
        try:
            return msgspec.json.decode(answer.content, type=type_)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Ambiguous("Twilio took it and gave a damaged answer") from error

    def fetch(self, file: File) -> File:
        """`file` with its bytes. Only what lies at Twilio is asked for, and only Twilio learns the token."""
        if origin_of(file.url) != origin_of(self._host):
            raise NotFound(f"{file.name} does not lie at Twilio")
        answer = self._ask("GET", file.url)
        content_type = answer.headers.get("content-type", file.content_type).partition(";")[0].strip()
        return msgspec.structs.replace(file, content_type=content_type, data=answer.content, size_bytes=len(answer.content))

    def _call(self, method: str, place: str, **how: Any) -> httpx.Response:
        return self._ask(method, f"{self._host}/{VERSION}/Accounts/{sid_of(self._given_sid)}{place}", **how)

    def _ask(self, method: str, url: str, **how: Any) -> httpx.Response:
        writing = method != "GET"
        try:
            answer = self._http.request(method, url, auth=self._auth, **how)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Retryable("Twilio cannot be reached") from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise Rejected("the address of Twilio's API is not a web address") from error
        except httpx.HTTPError as error:
            raise (Ambiguous if writing else Retryable)(f"Twilio broke off: {type(error).__name__}") from error
        if answer.is_success:
            return answer
        raise refusal_of(answer.status_code, answer.content, answer.headers, writing=writing, secrets=self._secrets)


def sid_of(given: str) -> str:
    """Raises AuthExpired: it becomes part of an address, and half of the sign-in."""
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", given.strip()):
        raise AuthExpired("the account SID is AC and 32 letters and digits, as Twilio's console shows it")
    return given.strip()


def host_of(given: str) -> str:
    """Raises Rejected for what is no web address."""
    if not given.startswith(("https://", "http://")):
        raise Rejected(f"{given} is not the address of Twilio's API; expected {TWILIO}")
    return given.strip().rstrip("/")


def origin_of(url: str) -> tuple[str, str]:
    try:
        place = urlsplit(url)
    except ValueError:
        return ("", "")
    return (place.scheme, place.netloc)

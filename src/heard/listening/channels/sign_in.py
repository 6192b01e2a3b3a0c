"""Signing in at a network by OAuth, instead of pasting what the network gave: the authorisation code flow with PKCE.

An adapter that offers it has `sign_in`, one of these. It keeps nothing: what `begin` learns is handed to `finish`, sealed
meanwhile. The state and the verifier are made and compared by who asks (actions/sign_in.py).
https://www.rfc-editor.org/rfc/rfc9700.html
"""

from typing import Any, ClassVar, Protocol, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec
from msgspec import Struct, field

from heard.listening.channels.contract import ChannelError, Context, Rejected, Retryable

T = TypeVar("T")
JSON = dict[str, Any]


class Begun(Struct, frozen=True, kw_only=True):
    """Where an administrator says yes, and what was learnt on the way, such as an application that was registered."""

    url: str
    config: JSON = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


class Granted(Struct, frozen=True, kw_only=True):
    """Who signed in, as the address of an account is written, and what to keep of it."""

    address: str
    config: JSON = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


class SignIn(Protocol):
    """`fills`: settings that nobody has to enter who signs in. `needs_app`: an application must be made at the network first, and
    told our address. Both verbs raise ChannelError, in words for an administrator and without a secret in them."""

    fills: ClassVar[frozenset[str]]
    needs_app: ClassVar[bool]

    def begin(self, ctx: Context, *, back: str, state: str, challenge: str) -> Begun: ...
    def finish(self, ctx: Context, *, back: str, code: str, verifier: str) -> Granted: ...


def consent(page: str, **asked: str) -> str:
    """The address of a consent page, with what every network wants to be asked."""
    return f"{page}?{urlencode({'response_type': 'code', 'code_challenge_method': 'S256', **asked})}"


def told(ctx: Context, method: str, url: str, type_: type[T], *, network: str, **how: Any) -> T:
    """What a network answers to a step of signing in. Its own words are repeated only where it names an error in OAuth's terms:
    some networks repeat what they were sent."""
    try:
        answer = ctx.http.request(method, url, follow_redirects=False, **how)
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        raise Rejected(f"{url.partition('?')[0]} is not a web address") from None
    except httpx.HTTPError as error:
        raise Retryable(f"{network} cannot be reached: {type(error).__name__}") from None
    if not answer.is_success:
        raise refusal(answer, network)
    try:
        return msgspec.json.decode(answer.content, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Retryable(f"{network} gave a damaged answer") from None


class _Refused(Struct):
    error: str = ""


WORDS = {
    "invalid_client": "it does not know the client ID and secret; see that both are of the same application",
    "unauthorized_client": "the application may not sign people in; see its settings there",
    "invalid_grant": "the consent has run out or was used already; begin again",
    "invalid_request": "it does not understand what was asked; see that our address is entered there exactly",
    "redirect_uri_mismatch": "our address is not entered there as one to come back to",
    "invalid_scope": "the application may not ask for all that Heard needs",
}


def refusal(answer: httpx.Response, network: str) -> ChannelError:
    try:
        code = msgspec.json.decode(answer.content, type=_Refused).error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        code = ""
    if answer.is_server_error or answer.status_code == 429:
        return Retryable(f"{network} cannot answer now ({answer.status_code})")
    return Rejected(f"{network} does not let us in: {WORDS.get(code, f'it answers {answer.status_code}')}.")

"""The AT Protocol over the guarded client of the context: calls, sign-in, and what refusals mean to us.

Everything goes to the account's own server, which passes questions to Bluesky's app view on; so one address is all we need.
"""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from heard.listening.channels.bluesky import session
from heard.listening.channels.bluesky.payloads import Session, decode
from heard.listening.channels.contract import (
    Ambiguous,
    AuthExpired,
    ChannelError,
    Context,
    NotFound,
    RateLimited,
    Rejected,
    Retryable,
)

T = TypeVar("T")
DEFAULT_WAIT_SECONDS = 60
LONGEST_WAIT_SECONDS = 3600
GONE = {"RecordNotFound", "RepoNotFound", "NotFound", "RepoDeactivated", "RepoTakendown", "RepoSuspended"}
CLOSED = {"AccountTakedown", "AccountSuspended", "AccountDeactivated", "AccountNotFound"}
SIGN_IN = "com.atproto.server.createSession"
RENEW = "com.atproto.server.refreshSession"
SIGN_OUT = "com.atproto.server.deleteSession"


class TokenExpired(AuthExpired):
    """What we showed is not taken. An access token lives for two hours; a new one is to be had without asking anybody."""


class Broke(Ambiguous):
    """The server answered an act with an error of its own. It says so, too, when a key is taken that we choose."""


class Api:
    """One account on one server. Raises the errors of the channel contract and no others.

    Signs in when it must, and seldom: a server lets an account sign in 30 times in five minutes and 300 times a day. The session is
    kept with the account's secrets, and renewed by its refresh token.
    """

    def __init__(self, ctx: Context) -> None:
        self.base_url = base_url_of(ctx)
        self._ctx = ctx
        self._http: httpx.Client = ctx.http
        self._session = session.kept(ctx, self.base_url)
        self.wait_seconds: float | None = None  # set when the server says that its patience is used up

    # ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, method: str, **params: object) -> bytes:
        """The bytes of an answer. What is empty in `params` is left out."""
        given = {name: value for name, value in params.items() if value not in ("", None)}
        return self._signed("GET", method, params=given).content

    def read(self, method: str, type_: type[T], **params: object) -> T:
        """The decoded answer. An answer that is damaged is asked for again later."""
        try:
            return decode(self.get(method, **params), type_)
        except ValueError as error:
            raise Retryable(f"{self.base_url} gave a damaged answer: {error}") from error

    def write(self, method: str, type_: type[T], body: dict[str, Any]) -> T:
        """Not repeated and not redirected; Ambiguous when the answer leaves open whether it was done."""
        return self._taken(self._signed("POST", method, json=body, follow_redirects=False), type_)

    def upload(self, data: bytes, content_type: str, type_: type[T]) -> T:
        how: dict[str, Any] = {"content": data, "headers": {"Content-Type": content_type}, "follow_redirects": False}
        return self._taken(self._signed("POST", "com.atproto.repo.uploadBlob", **how), type_)

    def _taken(self, answer: httpx.Response, type_: type[T]) -> T:
        try:
            return decode(answer.content, type_)
        except ValueError as error:
            raise Ambiguous(f"{self.base_url} took it and gave a damaged answer") from error

    # ── Who we are ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def did(self) -> str:
        return self.session().did

    def session(self) -> Session:
        return self._session or self.sign_in()

    def sign_in(self) -> Session:
        """By the app password. Raises AuthExpired when the server does not take it."""
        credentials = {"identifier": session.identifier_of(self._ctx), "password": session.password_of(self._ctx)}
        try:
            return self._keep(self._call("POST", SIGN_IN, json=credentials, follow_redirects=False))
        except Ambiguous as error:  # a session more or less harms nobody
            raise Retryable(str(error)) from error

    def renew(self) -> Session:
        """By the refresh token, which is good for two months; when that is no longer taken, by the app password."""
        if self._session is None:
            return self.sign_in()
        try:
            return self._keep(self._call("POST", RENEW, token=self._session.refreshJwt, follow_redirects=False))
        except Ambiguous as error:
            raise Retryable(str(error)) from error
        except (AuthExpired, Rejected):
            return self.sign_in()

    def sign_out(self) -> None:
        """Ends the kept session, if there is one."""
        if self._session is not None:
            self._call("POST", SIGN_OUT, token=self._session.refreshJwt, follow_redirects=False)
            self._session = None
            session.forget(self._ctx)

    def _keep(self, answer: httpx.Response) -> Session:
        try:
            self._session = decode(answer.content, Session)
        except ValueError as error:
            raise Retryable(f"{self.base_url} gave a damaged answer to the sign-in") from error
        session.keep(self._ctx, self.base_url, self._session)
        return self._session

    # ── HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _signed(self, verb: str, method: str, **how: Any) -> httpx.Response:
        """A refused token was refused before anything was done, so that the call may be made again."""
        token = self.session().accessJwt
        try:
            answer = self._call(verb, method, token=token, **how)
        except TokenExpired:
            answer = self._call(verb, method, token=self.renew().accessJwt, **how)
        if answer.headers.get("ratelimit-remaining") == "0":
            self.wait_seconds = self._asked_wait(answer)
        return answer

    def _call(self, verb: str, method: str, *, token: str = "", **how: Any) -> httpx.Response:
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **how.pop("headers", {})}
        try:
            answer = self._http.request(verb, f"{self.base_url}/xrpc/{method}", headers=headers, **how)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Retryable(f"{self.base_url} cannot be reached: {error}") from error
        except httpx.UnsupportedProtocol as error:
            raise Rejected(f"{self.base_url} is not a web address") from error
        except httpx.HTTPError as error:
            raise broken_off(verb)(f"{self.base_url} broke off: {type(error).__name__}: {error}") from error
        if not answer.is_success:
            raise self._refusal(answer)
        return answer

    def _refusal(self, answer: httpx.Response) -> ChannelError:
        verb, status = answer.request.method, answer.status_code
        error, words = reason_of(answer)
        says = f"{self.base_url} says {status}: {self._without_secrets(words)}"
        if status == 429:
            return RateLimited(says, after_seconds=self._asked_wait(answer))
        if error in CLOSED:
            return AuthExpired(f"{says}. The account is closed or suspended; sign in to Bluesky to see why.")
        if error == "AuthFactorTokenRequired":
            return AuthExpired(f"{says}. That is the account's own password; make an app password and enter that one.")
        if status == 401 or error in ("ExpiredToken", "InvalidToken"):
            kind = TokenExpired if "authorization" in answer.request.headers else AuthExpired
            return kind(f"{says}. Make a new app password and enter it here.")
        if error in GONE:
            return NotFound(says)
        if status == 404:  # no answer of the AT Protocol: nothing may be concluded from it about a post
            return Rejected(f"{says}. Is {self.base_url} a server of the AT Protocol?")
        if status == 503:
            return Retryable(says, after_seconds=self._asked_wait(answer))
        if status >= 500:
            return Retryable(says) if verb == "GET" else Broke(says)
        if answer.is_redirect:
            return Rejected(f"{self.base_url} has moved to {answer.headers.get('location')}; change the address of the account")
        return Rejected(says)

    def _without_secrets(self, words: str) -> str:
        tokens = (self._session.accessJwt, self._session.refreshJwt) if self._session else ()
        for secret in (session.password_of(self._ctx), *tokens):
            words = words.replace(secret, "…") if secret else words
        return words

    def _asked_wait(self, answer: httpx.Response) -> float:
        """Seconds, from Retry-After or RateLimit-Reset (seconds since 1970), whichever is given."""
        given = answer.headers.get("retry-after", "")
        if given.isdigit():
            return min(float(given), LONGEST_WAIT_SECONDS)
        reset = answer.headers.get("ratelimit-reset", "")
        if not reset.isdigit():
            return DEFAULT_WAIT_SECONDS
        return min(max(int(reset) - self._ctx.now().timestamp(), 1), LONGEST_WAIT_SECONDS)


def base_url_of(ctx: Context) -> str:
    given = str(ctx.account.config.get("base_url") or "https://bsky.social").strip().rstrip("/")
    if not given.startswith(("https://", "http://")):
        raise Rejected(f"{given} is not the address of a server; expected https://HOST")
    return given


def broken_off(verb: str) -> Callable[[str], ChannelError]:
    """What a broken answer means: a question is asked again, an act may have happened."""
    return Retryable if verb == "GET" else Ambiguous


def reason_of(answer: httpx.Response) -> tuple[str, str]:
    """The server's name for the error, and its own words cut to what a person will read."""
    try:
        said = json.loads(answer.content)
    except (ValueError, RecursionError):
        return "", answer.reason_phrase or "no word why"
    if not isinstance(said, dict):
        return "", str(said)[:300]
    error = str(said.get("error") or "")
    return error, str(said.get("message") or error or "no word why")[:300]

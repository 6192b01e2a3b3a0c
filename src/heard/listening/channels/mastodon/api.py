"""The Mastodon API over the guarded client of the context: addresses, token, and what its refusals mean to us."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import httpx
import msgspec

from heard.listening.channels.contract import Ambiguous, AuthExpired, Context, NotFound, RateLimited, Rejected, Retryable
from heard.listening.channels.mastodon.payloads import Instance, decode, utc

T = TypeVar("T")
DEFAULT_WAIT_SECONDS = 60
LONGEST_WAIT_SECONDS = 3600
LEFT_TO_REPLIES = 20  # requests of a window; a reply takes two, and one more for each picture


class Api:
    """One account on one server. Raises the errors of the channel contract and no others.

    Each request has a connection of its own: small servers (snac2) hang up without saying so, and a post that was written
    into a dead connection could not be told from one that arrived.
    """

    def __init__(self, ctx: Context) -> None:
        self.base_url = base_url_of(ctx)
        self._http: httpx.Client = ctx.http
        self._now = ctx.now
        self._headers = {"Authorization": f"Bearer {ctx.account.secrets.get('access_token', '')}", "Connection": "close"}
        self.wait_seconds: float | None = None  # set when the server says that its patience is used up

    def get(self, path: str, **params: str | int) -> bytes:
        return self._call("GET", path, params=params).content

    def read(self, path: str, type_: type[T], **params: str | int) -> T:
        """The decoded answer. An answer that is damaged is asked for again later."""
        try:
            return decode(self.get(path, **params), type_)
        except ValueError as error:
            raise Retryable(f"{self.base_url} gave a damaged answer: {error}") from error

    def items(self, path: str, **params: str | int) -> list[msgspec.Raw]:
        """A page of things, each as its bytes arrived, newest first."""
        return self.read(path, list[msgspec.Raw], **params)

    def write(self, method: str, path: str, type_: type[T], **how: Any) -> T:
        """Not repeated and not redirected; Ambiguous when the answer leaves open whether it was done."""
        answer = self._call(method, path, follow_redirects=False, **how)
        try:
            return decode(answer.content, type_)
        except ValueError as error:
            raise Ambiguous(f"{self.base_url} took it and gave a damaged answer") from error

    def instance(self) -> Instance:
        """What server it is. The second version of the question knows more; small servers only answer the first."""
        try:
            return self.read("/api/v2/instance", Instance)
        except NotFound:
            return self.read("/api/v1/instance", Instance)

    def open(self, url: str, **params: str) -> Any:
        """A stream that does not end: a context manager for its httpx.Response."""
        timeout = httpx.Timeout(45, connect=10)  # Mastodon sends a heartbeat every 15 s
        headers = {**self._headers, "Accept": "text/event-stream"}
        return self._http.stream("GET", url, params=params, headers=headers, timeout=timeout, extensions={"endless": True})

    def _call(self, method: str, path: str, **how: Any) -> httpx.Response:
        headers = {**self._headers, **how.pop("headers", {})}
        try:
            answer = self._http.request(method, self.base_url + path, headers=headers, **how)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Retryable(f"{self.base_url} cannot be reached: {error}") from error
        except httpx.UnsupportedProtocol as error:
            raise Rejected(f"{self.base_url} is not a web address") from error
        except httpx.HTTPError as error:
            raise broken_off(method)(f"{self.base_url} broke off: {type(error).__name__}: {error}") from error
        self.check(answer)
        return answer

    def check(self, answer: httpx.Response) -> None:
        """Raises what a refusal means; notes when the server asks for patience."""
        if answer.is_success:
            if answer.request.method == "GET" and is_nearly_used_up(answer):
                self.wait_seconds = self._asked_wait(answer)
            return
        method, status = answer.request.method, answer.status_code
        says = f"{self.base_url} says {status}: {reason_of(answer)}"
        if status == 401:
            raise AuthExpired(f"{says}. Connect the account again with a new access token.")
        if status in (404, 410):
            raise NotFound(says)
        if status == 429:
            raise RateLimited(says, after_seconds=self._asked_wait(answer))
        if status == 503:
            raise Retryable(says, after_seconds=self._asked_wait(answer))
        if status >= 500:
            raise broken_off(method)(says)
        if answer.is_redirect:
            raise Rejected(f"{self.base_url} has moved to {answer.headers.get('location')}; change the address of the account")
        raise Rejected(says)

    def _asked_wait(self, answer: httpx.Response) -> float:
        """Seconds, from Retry-After or X-RateLimit-Reset, whichever is given."""
        given = answer.headers.get("retry-after", "")
        if given.isdigit():
            return min(float(given), LONGEST_WAIT_SECONDS)
        try:
            reset = utc(datetime.fromisoformat(answer.headers.get("x-ratelimit-reset", "")))
        except ValueError:
            return DEFAULT_WAIT_SECONDS
        return min(max((reset - self._now()).total_seconds(), 1), LONGEST_WAIT_SECONDS)


def is_nearly_used_up(answer: httpx.Response) -> bool:
    """Whether the questions we may still ask in this window are too few for us to ask them: replies come first."""
    allowed, left = (answer.headers.get(f"x-ratelimit-{name}", "") for name in ("limit", "remaining"))
    if not left.isdigit():
        return False
    return int(left) <= (min(LEFT_TO_REPLIES, int(allowed) // 10) if allowed.isdigit() else 0)


def base_url_of(ctx: Context) -> str:
    given = str(ctx.account.config.get("base_url", "")).strip().rstrip("/")
    if not given.startswith(("https://", "http://")):
        raise Rejected(f"{given or 'an empty address'} is not the address of a server; expected https://HOST")
    return given


def broken_off(method: str) -> Callable[[str], Exception]:
    """What a broken answer means: a question is asked again, an act may have happened."""
    return Retryable if method == "GET" else Ambiguous


def reason_of(answer: httpx.Response) -> str:
    """The server's own word, cut to what a person will read."""
    try:
        said = answer.json()
    except ValueError:
        return answer.reason_phrase or "no word why"
    words = said.get("error_description") or said.get("error") if isinstance(said, dict) else said
    return str(words)[:300]

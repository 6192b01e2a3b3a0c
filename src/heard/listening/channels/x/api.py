"""The API over the guarded client of the context: sign-in, limits, and what X's refusals mean to us."""

from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from heard.listening.channels.contract import (
    Ambiguous,
    AuthExpired,
    ChannelError,
    Context,
    File,
    NotFound,
    RateLimited,
    Rejected,
    Retryable,
)
from heard.listening.channels.x.payloads import Problem, decode
from heard.listening.channels.x.session import SIGN_IN_AGAIN, kept, renewed, root_of, seconds, session_of

T = TypeVar("T")
LONGEST_WAIT_SECONDS = 3600
LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
MONTH_IS_USED_UP = (
    "This month's posts are used up, so X gives and takes no more. They begin anew with the next month; "
    "more can be bought at console.x.com → Billing."
)
NO_CREDITS = "The credits of the app at X are used up. Buy more at console.x.com → Billing."


class Whole(Problem, frozen=True):
    errors: list[Problem] = msgspec.field(default_factory=list)
    period: str = ""


class Api:
    """One account. Raises the errors of the channel contract and no others; no error holds a secret."""

    def __init__(self, ctx: Context, *, early: bool = False) -> None:
        self._ctx = ctx
        self._http: httpx.Client = ctx.http
        self._root = root_of(ctx)
        self._early = early
        self._session = session_of(ctx, early=early)
        self.wait_seconds: float | None = None  # set when the next question would be one too many

    def may(self, scope: str) -> bool:
        """What X did not name we may try."""
        return not self._session.scopes or scope in self._session.scopes

    def read(self, path: str, type_: type[T], **params: Any) -> T:
        answer = self._call("GET", path, params={name.replace("__", "."): value for name, value in params.items()})
        try:
            return decode(answer.content, type_)
        except ValueError as error:
            raise Retryable(f"X gave a damaged answer: {error}") from error

    def write(self, method: str, path: str, type_: type[T], **how: Any) -> T:
        """Not redirected; Ambiguous when the answer leaves open whether it was done."""
        answer = self._call(method, path, follow_redirects=False, **how)
        try:
            return decode(answer.content, type_)
        except ValueError as error:
            raise Ambiguous("X took it and gave a damaged answer") from error

    def repeat(self, method: str, path: str, type_: type[T], **how: Any) -> T:
        """What may be done twice: an open end is tried again instead of shown to a person."""
        try:
            return self.write(method, path, type_, **how)
        except Ambiguous as error:
            raise Retryable(str(error)) from error

    def fetch(self, file: File) -> File:
        """`file` with its bytes. The token goes along only to the API itself, where pictures of direct messages lie."""
        there, own = urlsplit(file.url), urlsplit(self._root)
        home = (there.scheme, there.netloc) == (own.scheme, own.netloc)
        try:
            answer = self._http.get(file.url, headers=self._headers() if home else {})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Retryable(f"{file.name} could not be fetched: {type(error).__name__}") from None
        if not answer.is_success:
            later = answer.is_server_error or answer.status_code == 429
            raise (Retryable if later else NotFound)(f"{file.name} could not be fetched: {answer.status_code}")
        content_type = answer.headers.get("content-type", file.content_type).partition(";")[0].strip()
        return msgspec.structs.replace(file, content_type=content_type, data=answer.content, size_bytes=len(answer.content))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._session.access_token}"}

    def _call(self, method: str, path: str, **how: Any) -> httpx.Response:
        answer = self._request(method, path, **how)
        if answer.status_code == 401 and kept(self._ctx):
            self._session = renewed(self._ctx, kept(self._ctx), early=self._early)
            answer = self._request(method, path, **how)
        if answer.is_success:
            self._heed(answer)
            return answer
        raise self._refusal(answer, writing=method != "GET")

    def _request(self, method: str, path: str, **how: Any) -> httpx.Response:
        try:
            return self._http.request(method, f"{self._root}{path}", headers=self._headers(), **how)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise Retryable("X cannot be reached") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL):
            raise Rejected("the address of the API is not a web address") from None
        except httpx.HTTPError as error:
            raise (Retryable if method == "GET" else Ambiguous)(f"X broke off: {type(error).__name__}") from None

    def _heed(self, answer: httpx.Response) -> None:
        if any(answer.headers.get(f"{limit}-remaining") == "0" for limit in LIMITS):
            self.wait_seconds = self._asked_wait(answer)

    def _asked_wait(self, answer: httpx.Response) -> float:
        """Until the last of the limits that are used up begins anew; they are told in seconds since 1970."""
        if answer.headers.get("retry-after"):
            return seconds(answer.headers["retry-after"])
        used_up = [limit for limit in LIMITS if answer.headers.get(f"{limit}-remaining", "0") == "0"]
        resets = [answer.headers.get(f"{limit}-reset", "") for limit in used_up]
        waits = [float(reset) - self._ctx.now().timestamp() for reset in resets if reset.isascii() and reset.isdigit()]
        return min(max([1, *waits]) if waits else 60, LONGEST_WAIT_SECONDS)

    def _refusal(self, answer: httpx.Response, *, writing: bool) -> ChannelError:
        status = answer.status_code
        problem = problem_of(answer.content)
        says = f"X says {status}: {words_of(problem) or answer.reason_phrase or 'no word why'}"
        for secret in (self._session.access_token, self._session.refresh_token, *self._ctx.account.secrets.values()):
            says = says.replace(secret, "…") if secret else says
        if status == 401:
            return AuthExpired(SIGN_IN_AGAIN)
        if status == 402:
            return RateLimited(NO_CREDITS, after_seconds=LONGEST_WAIT_SECONDS)
        if problem and (problem.type.endswith("usage-capped") or problem.title == "UsageCapExceeded"):
            return RateLimited(MONTH_IS_USED_UP, after_seconds=LONGEST_WAIT_SECONDS)
        if status == 429:
            return RateLimited(says, after_seconds=self._asked_wait(answer))
        if status in (404, 410) or (problem and problem.type.endswith("resource-not-found")):
            return NotFound(says)
        if status >= 500:
            return (Ambiguous if writing else Retryable)(says)
        return Rejected(says)


def problem_of(body: bytes) -> Whole | None:
    try:
        return decode(body, Whole)
    except ValueError:
        return None


def words_of(problem: Whole | None) -> str:
    if problem is None:
        return ""
    within = [each.detail or each.message for each in problem.errors]
    return (problem.detail or problem.message or problem.title or "; ".join(filter(None, within)))[:300]

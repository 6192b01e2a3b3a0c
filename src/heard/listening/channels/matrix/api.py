"""The client-server interface of a homeserver over the guarded client of the context, and what its refusals mean to us."""

from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from heard.listening.channels.contract import Account, Ambiguous, AuthExpired, Context, NotFound, RateLimited, Rejected, Retryable
from heard.listening.channels.matrix.ids import own_id
from heard.listening.channels.matrix.payloads import decode

T = TypeVar("T")
V3 = "/_matrix/client/v3"
DEFAULT_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 3600


class Refusal(msgspec.Struct, frozen=True):
    errcode: str = ""
    error: str = ""
    retry_after_ms: int | None = None


class Api:
    """One homeserver, as our user there. Raises the errors of the channel contract and no others."""

    def __init__(self, ctx: Context) -> None:
        self.base_url = base_url_of(ctx)
        self._http: httpx.Client = ctx.http
        self._user = own_id(ctx.account)
        self._headers = {"Authorization": f"Bearer {ctx.account.secrets.get('as_token', '')}"}

    def read(self, path: str, type_: type[T], **params: str | int) -> T:
        """The decoded answer; one that is damaged is asked for again later."""
        try:
            return decode(self.call("GET", path, params=params).content, type_)
        except ValueError as error:
            raise Retryable(f"{self.base_url} gave a damaged answer: {error}") from error

    def write(self, method: str, path: str, type_: type[T], **how: Any) -> T:
        """Not repeated and not redirected; Ambiguous when the answer leaves open whether it was done."""
        answer = self.call(method, path, follow_redirects=False, **how)
        try:
            return decode(answer.content, type_)
        except ValueError as error:
            raise Ambiguous(f"{self.base_url} took it and gave a damaged answer") from error

    def again(self, method: str, path: str, type_: type[T], **how: Any) -> T:
        """For what may be done twice: an open end is tried again instead of shown to a person."""
        try:
            return self.write(method, path, type_, **how)
        except Ambiguous as error:
            raise Retryable(str(error)) from error

    def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        headers = {**self._headers, **how.pop("headers", {})}
        params = {"user_id": self._user, **how.pop("params", {})}
        try:
            answer = self._http.request(method, self.base_url + path, headers=headers, params=params, **how)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Retryable(f"{self.base_url} cannot be reached: {error}") from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise Rejected(f"{self.base_url} is not a web address") from error
        except httpx.HTTPError as error:
            broken = Retryable if method == "GET" else Ambiguous
            raise broken(f"{self.base_url} broke off: {type(error).__name__}: {error}") from error
        if not answer.is_success:
            raise self._refused(answer)
        return answer

    def _refused(self, answer: httpx.Response) -> Exception:
        refusal = refusal_of(answer)
        says = f"{self.base_url} says {answer.status_code} {refusal.errcode}: {refusal.error[:300]}"
        if answer.status_code == 401:
            return AuthExpired(f"{says}. Is the application service token the one in the registration file?")
        if answer.status_code == 429 or refusal.errcode == "M_LIMIT_EXCEEDED":
            return RateLimited(says, after_seconds=wait_seconds(answer, refusal))
        if answer.status_code in (404, 410):
            return NotFound(says)
        if answer.status_code >= 500:
            return Retryable(says) if answer.request.method == "GET" else Ambiguous(says)
        if answer.is_redirect:
            return Rejected(f"{self.base_url} has moved to {answer.headers.get('location')}; change the address of the account")
        return Rejected(says)


def our_user(api: Api, account: Account) -> None:
    """Is there afterwards: made when it is missing, under the name of the account. May be repeated."""
    name = own_id(account).removeprefix("@").partition(":")[0]
    try:
        api.again(
            "POST", f"{V3}/register", dict, json={"type": "m.login.application_service", "username": name, "inhibit_login": True}
        )
    except Rejected as error:
        if "M_USER_IN_USE" not in str(error):
            raise
    else:
        path = f"{V3}/profile/{quote(own_id(account), safe='')}/displayname"
        api.again("PUT", path, dict, json={"displayname": account.name})


def refusal_of(answer: httpx.Response) -> Refusal:
    try:
        return decode(answer.content, Refusal)
    except ValueError:
        return Refusal(error=answer.reason_phrase)


def wait_seconds(answer: httpx.Response, refusal: Refusal) -> float:
    given = answer.headers.get("retry-after", "")
    if given.isascii() and given.isdigit():
        return min(float(given), LONGEST_WAIT_SECONDS)
    if refusal.retry_after_ms is not None:
        return min(max(refusal.retry_after_ms / 1000, 0.5), LONGEST_WAIT_SECONDS)
    return DEFAULT_WAIT_SECONDS


def base_url_of(ctx: Context) -> str:
    given = str(ctx.account.config.get("base_url", "")).strip().rstrip("/")
    if not given.startswith(("https://", "http://")):
        raise Rejected(f"{given or 'an empty address'} is not the address of a homeserver; expected https://HOST")
    return given


def room_path(room: str, *more: str) -> str:
    return V3 + "/rooms/" + "/".join(quote(name, safe="") for name in (room, *more))

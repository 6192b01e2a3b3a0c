"""Reddit's API over the guarded client of the context: signing in, patience, and what its refusals mean to us.
https://github.com/reddit-archive/reddit/wiki/OAuth2 and https://support.reddithelp.com/hc/en-us/articles/16160319875092"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, TypeVar

import httpx
import msgspec
from msgspec import Struct

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
from heard.listening.channels.reddit.payloads import Listing, Page, Result, Taken, decode

T = TypeVar("T")
API, SIGN_IN = "https://oauth.reddit.com", "https://www.reddit.com"
DEFAULT_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 60, 3600
SPARE_SECONDS = 120
KEPT = ("access_token", "access_token_ends_at", "access_token_for", "access_token_scopes")
WORDS = {  # Reddit's codes, in words for who wrote it
    "THREAD_LOCKED": "the thread is locked; nobody can answer there any more",
    "TOO_OLD": "the thread is archived; nobody can answer there any more",
    "DELETED_COMMENT": "what you answer was deleted",
    "DELETED_LINK": "the post that you answer was deleted",
    "USER_DOESNT_EXIST": "there is no such person on Reddit any more",
    "NOT_WHITELISTED_BY_USER_MESSAGE": "this person takes no messages from you",
    "USER_BLOCKED_MESSAGE": "this person has blocked you",
    "SUBREDDIT_NOTALLOWED": "this subreddit does not let you write there",
    "TOO_LONG": "it is too long for Reddit",
}


class Token(Struct, frozen=True):
    access_token: str = ""
    expires_in: int = 3600
    scope: str = ""
    error: str = ""


class Api:
    """One account. Raises the errors of the channel contract and no others; no error holds a secret."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._root = root_of(ctx, "base_url", API)
        self.wait_seconds: float | None = None  # set when Reddit says that its patience is used up

    def get(self, path: str, **params: str | int) -> bytes:
        return self._call("GET", path, params={**params, "raw_json": 1}).content

    def read(self, path: str, type_: type[T], **params: str | int) -> T:
        try:
            return decode(self.get(path, **params), type_)
        except ValueError as error:
            raise Retryable(f"Reddit gave a damaged answer: {error}") from error

    def page(self, path: str, **params: str | int) -> Page:
        return self.read(path, Listing, **params).data

    def write(self, path: str, **form: str) -> Result:
        """Not redirected; Ambiguous when the answer leaves open whether it was done."""
        answer = self._call("POST", path, data={**form, "api_type": "json"}, params={"raw_json": 1}, follow_redirects=False)
        try:
            result = decode(answer.content, Taken).json
        except ValueError as error:
            raise Ambiguous("Reddit took it and gave a damaged answer") from error
        if result.errors:
            raise refusal_of(result)
        return result

    def do(self, path: str, **form: str) -> None:
        """What is answered without words and may be done twice."""
        try:
            self._call("POST", path, data={**form, "api_type": "json"}, params={"raw_json": 1}, follow_redirects=False)
        except Ambiguous as error:
            raise Retryable(str(error)) from error

    def scopes(self) -> set[str]:
        return set(self._ctx.account.secrets.get("access_token_scopes", "").split())

    def _call(self, method: str, path: str, **how: Any) -> httpx.Response:
        """A token that ended before its time is got anew once: a 401 has done nothing."""
        answer = self._ask(method, path, access_token(self._ctx), **how)
        if answer.status_code == 401:
            answer = self._ask(method, path, access_token(self._ctx, anew=True), **how)
        if answer.is_success:
            used_up = remaining(answer.headers) < 1
            self.wait_seconds = wait_seconds(answer.headers) if used_up else self.wait_seconds
            return answer
        raise _refused(answer, writing=method != "GET")

    def _ask(self, method: str, path: str, token: str, **how: Any) -> httpx.Response:
        headers = {"Authorization": f"bearer {token}", "User-Agent": agent_of(self._ctx)}
        try:
            return self._ctx.http.request(method, f"{self._root}/{path}", headers=headers, **how)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Retryable("Reddit cannot be reached") from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise Rejected("the address of Reddit's API is not a web address") from error
        except UnicodeEncodeError as error:
            raise AuthExpired("what we sign in with has letters that Reddit cannot have given") from ValueError(
                type(error).__name__
            )
        except httpx.HTTPError as error:
            raise _broken_off(method)(f"Reddit broke off: {type(error).__name__}") from error


def root_of(ctx: Context, name: str, default: str) -> str:
    given = str(ctx.account.config.get(name) or default).strip().rstrip("/")
    if not given.startswith(("https://", "http://")):
        raise Rejected(f"{given} is not a web address; expected {default}")
    return given


def username_of(ctx: Context) -> str:
    return ctx.account.address.strip().removeprefix("/").removeprefix("u/")


def agent_of(ctx: Context) -> str:
    """Reddit wants to know which app asks and for whom, and slows down whoever does not say."""
    who = "".join(letter for letter in username_of(ctx) if letter.isascii() and (letter.isalnum() or letter in "_-"))
    return f"python:heard:v1 (by /u/{who})"


# ── Signing in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def access_token(ctx: Context, *, anew: bool = False) -> str:
    """Kept for its hour beside the other secrets, and bound to what it was got with."""
    kept, form = ctx.account.secrets, grant_of(ctx)
    mark = sha256("|".join([*credentials(ctx), *form.values()]).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    ends_at = kept.get("access_token_ends_at", "")
    left = float(ends_at) - ctx.now().timestamp() if ends_at.isascii() and ends_at.isdigit() else 0
    if kept.get("access_token_for") == mark and not anew and left > SPARE_SECONDS:
        return kept["access_token"]
    token = _ask_for_token(ctx, form)
    ends = str(int(ctx.now().timestamp()) + token.expires_in)
    renewed = dict(zip(KEPT, (token.access_token, ends, mark, token.scope.replace(",", " ")), strict=True))
    kept.update(renewed)  # for the rest of this call
    ctx.keep(renewed)  # and for the next
    return token.access_token


def credentials(ctx: Context) -> tuple[str, str]:
    return str(ctx.account.config.get("client_id", "")).strip(), ctx.account.secrets.get("client_secret", "").strip()


def grant_of(ctx: Context) -> dict[str, str]:
    """By refresh token when there is one, else by password, which Reddit takes from script apps only."""
    refresh_token, password = ctx.account.secrets.get("refresh_token", "").strip(), ctx.account.secrets.get("password", "")
    if refresh_token:
        return {"grant_type": "refresh_token", "refresh_token": refresh_token}
    if password:
        return {"grant_type": "password", "username": username_of(ctx), "password": password}
    raise AuthExpired("there is neither a password nor a refresh token yet; the guide of this channel says how to get one")


def revoke(ctx: Context) -> None:
    """The refresh token with all that came of it, else the token of this hour."""
    given = ctx.account.secrets
    token, kind = (given.get("refresh_token", ""), "refresh_token")
    if not token:
        token, kind = given.get("access_token", ""), "access_token"
    if token:
        _sign_in(ctx, "revoke_token", {"token": token, "token_type_hint": kind})


def _ask_for_token(ctx: Context, form: dict[str, str]) -> Token:
    answer = _sign_in(ctx, "access_token", form)
    if answer.status_code in (400, 401, 403):
        raise AuthExpired(
            "Reddit does not know the client ID and secret, or they belong to another kind of app. Connect it again."
        )
    if answer.status_code == 429:
        raise RateLimited("Reddit's sign-in asks us to wait", after_seconds=wait_seconds(answer.headers))
    if not answer.is_success:
        raise Retryable(f"Reddit's sign-in answers {answer.status_code}")
    try:
        token = msgspec.json.decode(answer.content, type=Token)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Retryable("Reddit's sign-in gave a damaged answer") from error
    if token.error:
        raise AuthExpired("Reddit takes neither the password nor the refresh token any more. Connect the account again.")
    if not token.access_token:
        raise Retryable("Reddit's sign-in gave no token")
    return token


def _sign_in(ctx: Context, path: str, form: dict[str, str]) -> httpx.Response:
    url = f"{root_of(ctx, 'sign_in_url', SIGN_IN)}/api/v1/{path}"
    try:
        headers = {"User-Agent": agent_of(ctx)}
        return ctx.http.post(url, data=form, auth=credentials(ctx), headers=headers, follow_redirects=False)
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise Rejected("the address of Reddit's sign-in is not a web address") from error
    except httpx.HTTPError as error:  # a token that nobody uses does no harm
        raise Retryable(f"Reddit's sign-in cannot be reached: {type(error).__name__}") from error


# ── Refusals ────────────────────────────────────────────────────────────────────────────────────────────────────────


def refusal_of(result: Result) -> ChannelError:
    """Of an answer with status 200 that did nothing. Reddit's own words stay out: they may repeat what was sent."""
    code = str(result.errors[0][0] or "") if result.errors[0] else ""
    if code == "RATELIMIT":
        return RateLimited("Reddit lets a young account write only now and then", after_seconds=_within(result.ratelimit or 600))
    return Rejected(f"Reddit says: {WORDS.get(code, code.lower().replace('_', ' ') or 'no word why')}")


def _refused(answer: httpx.Response, *, writing: bool) -> ChannelError:
    status = answer.status_code
    if status == 401:
        return AuthExpired("Reddit does not let us in any more. Connect the account again.")
    if status == 403:
        return Rejected("Reddit does not allow this: the scope, the subreddit or the account forbids it")
    if status in (404, 410):
        return NotFound("Reddit does not have it, or not any more")
    if status == 429:
        return RateLimited("Reddit asks us to wait", after_seconds=wait_seconds(answer.headers))
    if status >= 500:
        return (Ambiguous if writing else Retryable)(f"Reddit answers {status}")
    return Rejected(f"Reddit answers {status}")


def remaining(headers: Mapping[str, str]) -> float:
    """Of the calls of these ten minutes; without a word about it, many."""
    try:
        return float(headers.get("x-ratelimit-remaining", "1000"))
    except ValueError:
        return 1000


def wait_seconds(headers: Mapping[str, str]) -> float:
    """From Retry-After, else from x-ratelimit-reset; both in seconds."""
    for name in ("retry-after", "x-ratelimit-reset"):
        given = headers.get(name, "").partition(".")[0]
        if given.isascii() and given.isdigit():
            return _within(float(given))
    return DEFAULT_WAIT_SECONDS


def _within(seconds: float) -> float:
    return min(max(seconds, 1), LONGEST_WAIT_SECONDS)


def _broken_off(method: str) -> Callable[[str], ChannelError]:
    return Retryable if method == "GET" else Ambiguous

"""One of Google's APIs over the guarded client of the context: addresses, token, and the errors of the channel contract."""

from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import msgspec

from heard.listening.channels.contract import (
    Ambiguous,
    AuthExpired,
    ChannelError,
    ConfigField,
    Context,
    File,
    NotFound,
    Rejected,
    Retryable,
)
from heard.listening.channels.google.errors import refusal_of
from heard.listening.channels.google.sign_in import Grant, access_token

T = TypeVar("T")


def base_url_field(default: str) -> ConfigField:
    return ConfigField(
        name="base_url",
        label="Google's API",
        kind="url",
        required=False,
        default=default,
        help="Leave it, unless you use a gateway.",
    )


class Api:
    """One account on one API. Raises the errors of the channel contract and no others; no error holds a secret."""

    def __init__(self, ctx: Context, grant: Grant, *, root: str, quota_wait_seconds: Callable[[], float]) -> None:
        given = str(ctx.account.config.get("base_url") or root).strip().rstrip("/")
        if not given.startswith(("https://", "http://")):
            raise Rejected(f"{given} is not the address of Google's API; expected {root}")
        self._root = given
        self._ctx = ctx
        self._grant = grant
        self._quota_wait_seconds = quota_wait_seconds

    def get(self, path: str, **params: str | int) -> bytes:
        return self._call("GET", path, params=params).content

    def read(self, path: str, type_: type[T], **params: str | int) -> T:
        return decoded(self.get(path, **params), type_)

    def write(self, method: str, path: str, type_: type[T], **how: Any) -> T:
        """Not redirected; Ambiguous when the answer leaves open whether it was done."""
        answer = self._call(method, path, follow_redirects=False, **how)
        try:
            return decoded(answer.content, type_)
        except Retryable as error:
            raise Ambiguous("Google took it and gave a damaged answer") from error

    def do(self, method: str, path: str, **how: Any) -> None:
        """What is answered without words and may be done twice: an open end is tried again instead of shown to a person."""
        try:
            self._call(method, path, follow_redirects=False, **how)
        except Ambiguous as error:
            raise Retryable(str(error)) from error

    def _call(self, method: str, path: str, **how: Any) -> httpx.Response:
        """A token that ended before its time, or was taken back, is got anew once: a 401 has done nothing."""
        answer = self._ask(method, path, access_token(self._ctx, self._grant), **how)
        if answer.status_code == 401:
            answer = self._ask(method, path, access_token(self._ctx, self._grant, anew=True), **how)
        if answer.is_success:
            return answer
        raise refusal_of(
            answer.status_code,
            answer.content,
            answer.headers,
            writing=method != "GET",
            quota_wait_seconds=self._quota_wait_seconds,
            secrets=self._ctx.account.secrets.values(),
        ) from None

    def _ask(self, method: str, path: str, token: str, **how: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}  # in a header, for addresses end up in logs
        try:
            return self._ctx.http.request(method, f"{self._root}/{path}", headers=headers, **how)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Retryable("Google cannot be reached") from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise Rejected("the address of Google's API is not a web address") from error
        except UnicodeEncodeError as error:
            raise AuthExpired("Google's sign-in gave a token that is none") from ValueError(type(error).__name__)
        except httpx.HTTPError as error:
            raise broken_off(method)(f"Google broke off: {type(error).__name__}") from error


def broken_off(method: str) -> Callable[[str], ChannelError]:
    """What a broken answer means: a question is asked again, an act may have happened."""
    return Retryable if method == "GET" else Ambiguous


def decoded(body: bytes, type_: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Retryable(f"Google gave a damaged answer: {error}") from error


def fetch(ctx: Context, file: File) -> File:
    """`file` with its bytes, from an address that anybody may read: no token goes along."""
    try:
        answer = ctx.http.get(file.url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Retryable(f"{file.name} could not be fetched: {type(error).__name__}") from error
    if not answer.is_success:
        later = answer.is_server_error or answer.status_code == 429
        raise (Retryable if later else NotFound)(f"{file.name} could not be fetched: {answer.status_code}")
    content_type = answer.headers.get("content-type", file.content_type).partition(";")[0].strip()
    return msgspec.structs.replace(file, content_type=content_type, data=answer.content, size_bytes=len(answer.content))

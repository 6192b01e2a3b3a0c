"""The Graph API over the guarded client of the context: addresses, token, and the errors of the channel contract."""

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from heard.listening.channels.contract import (
    Account,
    Ambiguous,
    ChannelError,
    ConfigField,
    Context,
    File,
    NotFound,
    Rejected,
    Retryable,
)
from heard.listening.channels.meta.errors import refusal_of

T = TypeVar("T")
FACEBOOK = "https://graph.facebook.com"
VERSION = "v23.0"
HOSTS_OF_META = (".facebook.com", ".fbsbx.com", ".fbcdn.net", ".whatsapp.net", ".instagram.com", ".cdninstagram.com")

ACCESS_TOKEN = "access_token"
GRAPH_VERSION = ConfigField(
    name="graph_version",
    label="Version of the Graph API",
    required=False,
    default=VERSION,
    help="Leave it, unless Meta retires this version.",
)


def base_url_field(default: str) -> ConfigField:
    return ConfigField(
        name="base_url",
        label="Graph API",
        kind="url",
        required=False,
        default=default,
        help="Leave it, unless you use a gateway.",
    )


class Success(Struct, frozen=True):
    success: bool = False


class Graph:
    """One account on Meta's Graph API. Raises the errors of the channel contract and no others; no error holds a secret."""

    def __init__(self, ctx: Context, *, default_url: str = FACEBOOK, proof: bool = True) -> None:
        self._root = root_of(ctx.account, default_url)
        self._http: httpx.Client = ctx.http
        self._secrets = ctx.account.secrets
        token, app_secret = self._secrets.get(ACCESS_TOKEN, ""), self._secrets.get("app_secret", "")
        self._headers = {"Authorization": f"Bearer {token}"}  # in a header, for addresses end up in logs
        self._proof = {"appsecret_proof": proof_of(token, app_secret)} if proof and app_secret else {}

    def read(self, path: str, type_: type[T], **params: str | int) -> T:
        answer = self._call("GET", path, params=params)
        try:
            return _decoded(answer.content, type_)
        except ValueError as error:
            raise Retryable(f"Meta gave a damaged answer: {error}") from error

    def write(self, path: str, type_: type[T], *, method: str = "POST", **how: Any) -> T:
        """Not redirected; Ambiguous when the answer leaves open whether it was done."""
        answer = self._call(method, path, follow_redirects=False, **how)
        try:
            return _decoded(answer.content, type_)
        except ValueError as error:
            raise Ambiguous("Meta took it and gave a damaged answer") from error

    def repeat(self, path: str, type_: type[T], **how: Any) -> T:
        """Write what may be written twice: an open end is tried again instead of shown to a person."""
        try:
            return self.write(path, type_, **how)
        except Ambiguous as error:
            raise Retryable(str(error)) from error

    def fetch(self, file: File, *, url: str = "", with_token: bool = False) -> File:
        """`file` with its bytes. The token goes along only to Meta's own hosts."""
        url = url or file.url
        try:
            answer = self._http.get(url, headers=self._headers if with_token and self._is_metas(url) else {})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Retryable(f"{file.name} could not be fetched: {type(error).__name__}") from error
        if not answer.is_success:
            later = answer.is_server_error or answer.status_code == 429
            raise (Retryable if later else NotFound)(f"{file.name} could not be fetched: {answer.status_code}")
        content_type = answer.headers.get("content-type", file.content_type).partition(";")[0].strip()
        return msgspec.structs.replace(file, content_type=content_type, data=answer.content, size_bytes=len(answer.content))

    def _is_metas(self, url: str) -> bool:
        there = urlsplit(url)
        own = urlsplit(self._root)
        if (there.scheme, there.netloc) == (own.scheme, own.netloc):
            return True
        return there.scheme == "https" and f".{there.hostname or ''}".endswith(HOSTS_OF_META)

    def _call(self, method: str, path: str, **how: Any) -> httpx.Response:
        how["params"] = {**how.get("params", {}), **self._proof}
        try:
            answer = self._http.request(method, f"{self._root}/{path}", headers=self._headers, **how)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Retryable("Meta cannot be reached") from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise Rejected("the address of the Graph API is not a web address") from error
        except httpx.HTTPError as error:
            raise broken_off(method)(f"Meta broke off: {type(error).__name__}") from error
        if answer.is_success:
            return answer
        writing = method != "GET"
        raise refusal_of(
            answer.status_code, answer.content, answer.headers, writing=writing, secrets=self._secrets.values()
        ) from None


def root_of(account: Account, default_url: str) -> str:
    """Raises Rejected for what is no web address."""
    given = str(account.config.get("base_url") or default_url).strip().rstrip("/")
    if not given.startswith(("https://", "http://")):
        raise Rejected(f"{given} is not the address of the Graph API; expected {default_url}")
    return f"{given}/{account.config.get('graph_version') or VERSION}"


def proof_of(token: str, app_secret: str) -> str:
    """Shows that whoever has the token also has the app secret; apps may demand it.
    https://developers.facebook.com/docs/graph-api/guides/secure-requests"""
    return hmac.new(app_secret.encode(), token.encode(), sha256).hexdigest()


def broken_off(method: str) -> Callable[[str], ChannelError]:
    """What a broken answer means: a question is asked again, an act may have happened."""
    return Retryable if method == "GET" else Ambiguous


def _decoded(body: bytes, type_: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error

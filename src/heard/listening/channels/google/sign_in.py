"""An access token for an hour, from what an administrator gave us for ever: a refresh token, or the key of a service account.

The token is kept beside the other secrets, so that each hour asks once and not each call. It is bound to what it was got with:
whoever enters another key never goes on with the token of the old one.
https://developers.google.com/identity/protocols/oauth2/web-server#offline
https://developers.google.com/identity/protocols/oauth2/service-account#httprest
"""

import base64
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import httpx
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Struct

from heard.listening.channels.contract import AuthExpired, ConfigField, Context, RateLimited, Rejected, Retryable
from heard.listening.channels.google.errors import wait_seconds

SIGN_IN = "https://oauth2.googleapis.com"
SPARE_SECONDS = 120  # a token that ends so soon is not begun with
JWT_SECONDS = 3600  # the longest that Google takes
KEPT = ("access_token", "access_token_ends_at", "access_token_for", "access_token_scopes")

SIGN_IN_URL = ConfigField(
    name="sign_in_url",
    label="Google's sign-in",
    kind="url",
    required=False,
    default=SIGN_IN,
    help="Leave it, unless you use a gateway.",
)


class Grant(Struct, frozen=True):
    """`proof`: what it is given for; `form`: what is sent to get a token. The form is made only when it is needed."""

    proof: str
    form: Callable[[Context], dict[str, str]]

    @property
    def mark(self) -> str:
        return sha256(self.proof.encode()).hexdigest()[:16]


class Token(Struct, frozen=True):
    access_token: str
    expires_in: int = 3600
    scope: str = ""


class TokenRefused(Struct, frozen=True):
    error: str = ""


def access_token(ctx: Context, grant: Grant, *, anew: bool = False) -> str:
    """Raises AuthExpired when Google no longer takes what an administrator gave us."""
    kept = ctx.account.secrets
    is_ours = kept.get("access_token_for") == grant.mark
    if is_ours and not anew and _seconds_left(ctx, kept.get("access_token_ends_at", "")) > SPARE_SECONDS:
        return kept["access_token"]
    token = _ask(ctx, grant)
    ends_at = str(int(ctx.now().timestamp()) + token.expires_in)
    renewed = dict(zip(KEPT, (token.access_token, ends_at, grant.mark, token.scope), strict=True))
    kept.update(renewed)  # for the rest of this call
    ctx.keep(renewed)  # and for the next
    return token.access_token


def scopes_of(ctx: Context) -> set[str]:
    """What the last token was allowed, as far as Google said."""
    return set(ctx.account.secrets.get("access_token_scopes", "").split())


def revoke(ctx: Context, token: str) -> None:
    """What is revoked already is revoked."""
    _post(ctx, "revoke", {"token": token})


def _seconds_left(ctx: Context, ends_at: str) -> float:
    return float(ends_at) - ctx.now().timestamp() if ends_at.isascii() and ends_at.isdigit() else 0


def _ask(ctx: Context, grant: Grant) -> Token:
    answer = _post(ctx, "token", grant.form(ctx))
    if answer.status_code in (400, 401, 403):
        raise AuthExpired(_why(answer.content))
    if answer.status_code == 429:
        raise RateLimited("Google's sign-in asks us to wait", after_seconds=wait_seconds(answer.headers))
    if not answer.is_success:
        raise Retryable(f"Google's sign-in answers {answer.status_code}")
    try:
        return msgspec.json.decode(answer.content, type=Token)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Retryable("Google's sign-in gave a damaged answer") from error


def _why(body: bytes) -> str:
    """Google repeats what it was sent in `error_description`, so only the code is read."""
    try:
        code = msgspec.json.decode(body, type=TokenRefused).error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        code = ""
    words = {
        "invalid_grant": "what we sign in with has ended or was taken back",
        "invalid_client": "Google does not know the client ID and client secret",
        "unauthorized_client": "the refresh token belongs to another client ID",
    }
    return f"Google does not let us in: {words.get(code, 'it takes nothing that we have')}. Connect the account again."


def _post(ctx: Context, path: str, form: dict[str, str]) -> httpx.Response:
    url = str(ctx.account.config.get("sign_in_url") or SIGN_IN).strip().rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise Rejected(f"{url} is not the address of Google's sign-in; expected {SIGN_IN}")
    try:
        return ctx.http.post(f"{url}/{path}", data=form, follow_redirects=False)
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise Rejected("the address of Google's sign-in is not a web address") from error
    except httpx.HTTPError as error:  # a token that nobody uses does no harm
        raise Retryable(f"Google's sign-in cannot be reached: {type(error).__name__}") from error


# ── What an administrator gave us ───────────────────────────────────────────────────────────────────────────────────


def by_refresh_token(ctx: Context) -> Grant:
    """Raises AuthExpired when none is there yet."""
    given, config = ctx.account.secrets, ctx.account.config
    refresh_token, client_secret = given.get("refresh_token", "").strip(), given.get("client_secret", "").strip()
    if not refresh_token:
        raise AuthExpired("there is no refresh token yet; the guide of this channel says how to get one")
    form = {
        "grant_type": "refresh_token",
        "client_id": str(config.get("client_id", "")).strip(),
        "client_secret": client_secret,
        "refresh_token": refresh_token,
    }
    return Grant(proof=f"{form['client_id']}|{client_secret}|{refresh_token}", form=lambda _: form)


class ServiceAccount(Struct, frozen=True):
    """The JSON file that Google Cloud gives for a key. `token_uri` is left alone: we ask only where our settings say."""

    client_email: str
    private_key: str
    private_key_id: str = ""


def by_service_account(ctx: Context, key_file: str, *, scope: str) -> Grant:
    """Raises AuthExpired for what is no key of a service account."""
    try:
        key = msgspec.json.decode(key_file, type=ServiceAccount)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError) as error:
        raise AuthExpired("the key is not the whole JSON file of a service account's key; paste it again") from _bare(error)
    return Grant(
        proof=key_file,
        form=lambda ctx: {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": _signed(ctx, key, scope)},
    )


def _signed(ctx: Context, key: ServiceAccount, scope: str) -> str:
    """A JWT by RS256. `aud` is Google's own address, whatever gateway carries it there."""
    now = int(ctx.now().timestamp())
    claims = {"iss": key.client_email, "scope": scope, "aud": f"{SIGN_IN}/token", "iat": now, "exp": now + JWT_SECONDS}
    head = _packed({"alg": "RS256", "typ": "JWT", "kid": key.private_key_id}) + b"." + _packed(claims)
    return (head + b"." + _base64(_private(key).sign(head, PKCS1v15(), SHA256()))).decode()


def _private(key: ServiceAccount) -> RSAPrivateKey:
    try:
        private = load_pem_private_key(key.private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise AuthExpired("the private key in the JSON file is damaged; make a new key and paste its file") from _bare(error)
    if not isinstance(private, RSAPrivateKey):
        raise AuthExpired("the private key in the JSON file is of another kind; make a new key and paste its file")
    return private


def _bare(error: Exception) -> Exception:
    """Without its words, which may repeat the key."""
    return ValueError(type(error).__name__)


def _packed(what: dict[str, Any]) -> bytes:
    return _base64(msgspec.json.encode(what))


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")

"""Signed in as a user by OAuth 2.0. An access token lives two hours; each renewal also gives a new refresh token, for once.

Two processes may want to renew at the same time, and only the first one can. So the poll renews early, and a sender only when it
must; a sender that comes too late is told to try again, with what the other one has stored meanwhile.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx
import msgspec
from msgspec import Struct

from heard.listening.channels.contract import AuthExpired, Context, RateLimited, Rejected, Retryable
from heard.listening.channels.x.payloads import decode

API = "https://api.x.com"
NAME = "session"  # among the secrets
EARLY = timedelta(minutes=20)
LATE = timedelta(seconds=30)
SIGN_IN_AGAIN = "X does not accept the sign-in any more. Authorise the app again, and enter the new refresh token here."
WRONG_APP = "X does not know the app by this client id and client secret, or the sign-in is not of this app."


class Tokens(Struct, frozen=True):
    access_token: str
    refresh_token: str = ""
    expires_in: float = 7200
    scope: str = ""


class Session(Struct, frozen=True):
    """`of` is a hash of what an administrator entered: a session of other settings is of no use."""

    of: str
    access_token: str
    refresh_token: str
    ends_at: datetime
    scopes: list[str]


def root_of(ctx: Context) -> str:
    given = str(ctx.account.config.get("base_url") or API).strip().rstrip("/")
    if not given.startswith(("https://", "http://")):
        raise Rejected(f"{given[:60]} is not the address of the API; expected {API}")
    return given


def session_of(ctx: Context, *, early: bool) -> Session:
    found = kept(ctx)
    spare = EARLY if early else LATE
    return found if found and found.ends_at > ctx.now() + spare else renewed(ctx, found, early=early)


def kept(ctx: Context) -> Session | None:
    try:
        found = decode(ctx.account.secrets.get(NAME, "").encode(), Session)
    except ValueError:
        return None
    return found if found.of == settings_of(ctx) else None


def renewed(ctx: Context, before: Session | None, *, early: bool) -> Session:
    given = before.refresh_token if before else ctx.account.secrets.get("refresh_token", "")
    if not given:
        raise AuthExpired("There is no refresh token; authorise the app, and enter it here.")
    answer = asked(ctx, "token", {"grant_type": "refresh_token", "refresh_token": given})
    if answer.status_code == 400 and not early:
        raise Retryable("The sign-in is just being renewed.", after_seconds=60)
    if answer.status_code in (400, 401, 403):
        raise AuthExpired(WRONG_APP if answer.status_code == 401 else SIGN_IN_AGAIN)
    if answer.status_code == 429:
        raise RateLimited("X asks us to wait before we sign in again.", after_seconds=seconds(answer.headers.get("retry-after")))
    try:
        tokens = decode(answer.content, Tokens) if answer.is_success else None
    except ValueError:
        tokens = None
    if tokens is None:
        raise Retryable(f"X answers {answer.status_code} to the sign-in")
    session = Session(
        of=settings_of(ctx),
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token or given,
        ends_at=ctx.now().astimezone(UTC) + timedelta(seconds=tokens.expires_in),
        scopes=tokens.scope.split(),
    )
    store(ctx, msgspec.json.encode(session).decode())
    return session


def revoke(ctx: Context) -> None:
    """Both tokens: the one for now and the one for later. What is no longer good needs no revoking."""
    found = kept(ctx)
    tokens = [found.access_token, found.refresh_token] if found else [ctx.account.secrets.get("refresh_token", "")]
    for token in tokens:
        answer = asked(ctx, "revoke", {"token": token})
        if answer.is_server_error or answer.status_code == 429:
            raise Retryable(f"X answers {answer.status_code} to the end of the sign-in")
        if answer.status_code == 401:
            raise AuthExpired(WRONG_APP)
    store(ctx, "")


def asked(ctx: Context, what: str, form: dict[str, str]) -> httpx.Response:
    """In a form and a header, never in an address. An app without a secret only says its name."""
    client, secret = str(ctx.account.config.get("client_id", "")).strip(), ctx.account.secrets.get("client_secret", "")
    how: dict = {"auth": (client, secret)} if secret else {}
    form = {**form, "client_id": client}
    try:
        return ctx.http.post(f"{root_of(ctx)}/2/oauth2/{what}", data=form, follow_redirects=False, **how)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        raise Retryable("X cannot be reached") from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        raise Rejected("the address of the API is not a web address") from None
    except httpx.HTTPError as error:
        raise Retryable(f"X broke off: {type(error).__name__}") from None


def store(ctx: Context, session: str) -> None:
    """For later contexts, and in this one."""
    ctx.keep({NAME: session})
    ctx.account.secrets[NAME] = session


def settings_of(ctx: Context) -> str:
    given = (root_of(ctx), str(ctx.account.config.get("client_id", "")), ctx.account.secrets.get("refresh_token", ""))
    return sha256("\0".join(given).encode()).hexdigest()


def seconds(given: str | None, default: float = 60) -> float:
    return min(max(float(given), 1), 3600) if given and given.isascii() and given.isdigit() else default

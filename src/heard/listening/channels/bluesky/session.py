"""The session of an account between our calls: sealed with its other secrets, so that we sign in seldom."""

from hashlib import sha256

import msgspec

from heard.listening.channels.bluesky.payloads import Session, decode
from heard.listening.channels.contract import AuthExpired, Context

NAME = "session"  # among the secrets


class Kept(msgspec.Struct, frozen=True):
    """`of` is a hash of whom we signed in as, where and with what: a session of other settings is of no use."""

    of: str
    session: Session


def kept(ctx: Context, base_url: str) -> Session | None:
    try:
        found = decode(ctx.account.secrets.get(NAME, "").encode(), Kept)
    except ValueError:
        return None
    return found.session if found.of == settings_of(ctx, base_url) else None


def keep(ctx: Context, base_url: str, session: Session) -> None:
    found = Kept(of=settings_of(ctx, base_url), session=session)
    _store(ctx, msgspec.json.encode(found).decode())


def forget(ctx: Context) -> None:
    _store(ctx, "")


def _store(ctx: Context, session: str) -> None:
    """For later contexts, and in this one: it may be asked for several pages."""
    ctx.keep({NAME: session})
    ctx.account.secrets[NAME] = session


def settings_of(ctx: Context, base_url: str) -> str:
    return sha256("\0".join((base_url, identifier_of(ctx), password_of(ctx))).encode()).hexdigest()


def identifier_of(ctx: Context) -> str:
    """Our handle, or our DID. Raises AuthExpired when there is none."""
    given = ctx.account.address.strip().lstrip("@").lower()
    if not given:
        raise AuthExpired("The account has no handle; enter it as @acme.example")
    return given


def password_of(ctx: Context) -> str:
    return ctx.account.secrets.get("app_password", "")

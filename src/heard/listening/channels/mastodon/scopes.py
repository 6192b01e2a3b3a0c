"""What the server allows us, and giving it back."""

from heard.listening.channels.contract import ChannelError, Context
from heard.listening.channels.mastodon.api import Api
from heard.listening.channels.mastodon.payloads import Application

NEEDED_FOR = {  # https://docs.joinmastodon.org/api/oauth-scopes/
    "read:accounts": "seeing whose account this is",
    "read:notifications": "hearing who speaks to us",
    "read:statuses": "noticing edits and deletions, and posts with our hashtags",
    "read:search": "hearing posts with our keywords",
    "write:statuses": "answering",
    "write:media": "answering with pictures",
}
BY_HAND = "On your server, open Preferences → Development and delete the application that you made for Heard: its token works until then."


def allowed(api: Api) -> dict[str, bool]:
    """By scope. Empty where the server does not say (before Mastodon 4.3, and many others): then trying is the only way to know."""
    try:
        told = api.read("/api/v1/apps/verify_credentials", Application).scopes
    except ChannelError:
        return {}
    given = set(told or [])
    return {scope: bool({scope, scope.partition(":")[0]} & given) for scope in NEEDED_FOR} if given else {}


def lacking(scopes: dict[str, bool]) -> str:
    """Empty when nothing is."""
    missing = [scope for scope, is_allowed in scopes.items() if not is_allowed]
    if not missing:
        return ""
    lost = ", ".join(NEEDED_FOR[scope] for scope in missing)
    return f"The application lacks {', '.join(missing)} ({lost}). Make a new one with the scopes read and write, and enter its token here."


def revoke(ctx: Context) -> str:
    """Takes the token back, where we know the application it belongs to. Returns what is left to do."""
    client = str(ctx.account.config.get("client_id") or "").strip()
    secret = ctx.account.secrets.get("client_secret", "").strip()
    if not client or not secret:
        return BY_HAND
    token = ctx.account.secrets.get("access_token", "")
    form = {"client_id": client, "client_secret": secret, "token": token}
    try:
        Api(ctx).write("POST", "/oauth/revoke", dict, data=form)
    except ChannelError as error:
        return f"The server did not take the token back ({error}). {BY_HAND}"
    return ""

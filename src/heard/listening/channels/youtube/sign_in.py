"""Signing in at Google as a YouTube channel, for an OAuth client that somebody made there.
https://developers.google.com/identity/protocols/oauth2/web-server"""

from typing import ClassVar

from msgspec import Struct

from heard.listening.channels.contract import Context, Rejected
from heard.listening.channels.google.sign_in import SIGN_IN
from heard.listening.channels.sign_in import Begun, Granted, consent, told
from heard.listening.channels.youtube.payloads import Channels
from heard.listening.channels.youtube.tube import ROOT, SCOPE

CONSENT = "https://accounts.google.com/o/oauth2/v2/auth"


class Tokens(Struct, frozen=True):
    access_token: str
    refresh_token: str = ""


class YouTubeSignIn:
    fills: ClassVar[frozenset[str]] = frozenset({"refresh_token"})
    needs_app: ClassVar[bool] = True

    def begin(self, ctx: Context, *, back: str, state: str, challenge: str) -> Begun:
        """`prompt`: without it Google gives a refresh token only to who signs in for the first time."""
        url = consent(
            CONSENT,
            client_id=str(ctx.account.config.get("client_id", "")).strip(),
            redirect_uri=back,
            scope=SCOPE,
            state=state,
            code_challenge=challenge,
            access_type="offline",
            prompt="consent select_account",
        )
        return Begun(url=url)

    def finish(self, ctx: Context, *, back: str, code: str, verifier: str) -> Granted:
        config = ctx.account.config
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": str(config.get("client_id", "")).strip(),
            "client_secret": ctx.account.secrets.get("client_secret", "").strip(),
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        sign_in = str(config.get("sign_in_url") or SIGN_IN).strip().rstrip("/")
        tokens = told(ctx, "POST", f"{sign_in}/token", Tokens, network="Google", data=form)
        if not tokens.refresh_token:
            raise Rejected(
                "Google gave a sign-in that ends in an hour. Take Heard away at myaccount.google.com, and begin again."
            )
        ours = told(
            ctx,
            "GET",
            f"{str(config.get('base_url') or ROOT).strip().rstrip('/')}/youtube/v3/channels",
            Channels,
            network="Google",
            params={"part": "snippet", "mine": "true"},
            headers={"Authorization": f"Bearer {tokens.access_token}"},
        ).items
        if len(ours) != 1:
            raise Rejected("This Google account has no channel on YouTube. Begin again and choose the one that has.")
        return Granted(address=ours[0].id, secrets={"refresh_token": tokens.refresh_token})

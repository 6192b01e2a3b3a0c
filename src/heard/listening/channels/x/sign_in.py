"""Signing in at X, for an app that somebody made there.
https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code"""

from typing import ClassVar

from msgspec import Struct

from heard.listening.channels.contract import Context, Rejected
from heard.listening.channels.sign_in import Begun, Granted, consent, told
from heard.listening.channels.x.payloads import User
from heard.listening.channels.x.session import Tokens, root_of

CONSENT = "https://x.com/i/oauth2/authorize"


class Me(Struct, frozen=True):
    data: User


class XSignIn:
    fills: ClassVar[frozenset[str]] = frozenset({"refresh_token"})
    needs_app: ClassVar[bool] = True

    def __init__(self, scopes: tuple[str, ...]) -> None:
        self._scope = " ".join(scopes)

    def begin(self, ctx: Context, *, back: str, state: str, challenge: str) -> Begun:
        client = str(ctx.account.config.get("client_id", "")).strip()
        url = consent(CONSENT, client_id=client, redirect_uri=back, scope=self._scope, state=state, code_challenge=challenge)
        return Begun(url=url)

    def finish(self, ctx: Context, *, back: str, code: str, verifier: str) -> Granted:
        client, secret = str(ctx.account.config.get("client_id", "")).strip(), ctx.account.secrets.get("client_secret", "")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
            "client_id": client,
        }
        how = {"auth": (client, secret)} if secret else {}
        tokens = told(ctx, "POST", f"{root_of(ctx)}/2/oauth2/token", Tokens, network="X", data=form, **how)
        if not tokens.refresh_token:
            raise Rejected("X gave a sign-in that ends in two hours: the app was authorised without offline.access.")
        headers = {"Authorization": f"Bearer {tokens.access_token}"}
        me = told(ctx, "GET", f"{root_of(ctx)}/2/users/me", Me, network="X", headers=headers).data
        return Granted(address=f"@{me.username}", secrets={"refresh_token": tokens.refresh_token})

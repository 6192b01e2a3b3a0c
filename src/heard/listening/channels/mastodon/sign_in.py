"""Signing in at a server that speaks Mastodon's API. Nobody makes an application there: Heard registers one for each sign-in.
https://docs.joinmastodon.org/methods/apps/#create
https://docs.joinmastodon.org/methods/oauth/"""

from typing import ClassVar

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import Context
from heard.listening.channels.mastodon.api import base_url_of
from heard.listening.channels.mastodon.payloads import Actor
from heard.listening.channels.mastodon.read import address_of
from heard.listening.channels.sign_in import Begun, Granted, consent, told

SCOPES = "read write"
ONCE = {"Connection": "close"}  # small servers hang up without saying so


class App(Struct, frozen=True):
    client_id: str
    client_secret: str


class Token(Struct, frozen=True):
    access_token: str


class MastodonSignIn:
    fills: ClassVar[frozenset[str]] = frozenset({"access_token", "client_id", "client_secret"})
    needs_app: ClassVar[bool] = False

    def begin(self, ctx: Context, *, back: str, state: str, challenge: str) -> Begun:
        server = base_url_of(ctx)
        form = {"client_name": "Heard", "redirect_uris": back, "scopes": SCOPES}
        app = told(ctx, "POST", f"{server}/api/v1/apps", App, network=server, data=form, headers=ONCE)
        url = consent(
            f"{server}/oauth/authorize",
            client_id=app.client_id,
            redirect_uri=back,
            scope=SCOPES,
            state=state,
            code_challenge=challenge,  # before Mastodon 4.3 it is passed over
        )
        return Begun(url=url, config={"client_id": app.client_id}, secrets={"client_secret": app.client_secret})

    def finish(self, ctx: Context, *, back: str, code: str, verifier: str) -> Granted:
        server = base_url_of(ctx)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": str(ctx.account.config.get("client_id", "")),
            "client_secret": ctx.account.secrets.get("client_secret", ""),
            "redirect_uri": back,
            "code_verifier": verifier,
            "scope": SCOPES,
        }
        token = told(ctx, "POST", f"{server}/oauth/token", Token, network=server, data=form, headers=ONCE).access_token
        me = told(
            ctx,
            "GET",
            f"{server}/api/v1/accounts/verify_credentials",
            Actor,
            network=server,
            headers={**ONCE, "Authorization": f"Bearer {token}"},
        )
        nameless = msgspec.structs.replace(ctx.account, address="")  # so that a bare name is of the server itself
        return Granted(address=f"@{address_of(me.acct, nameless)}", secrets={"access_token": token})

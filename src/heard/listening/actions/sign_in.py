"""Connect an account by signing in at its network: leave with a state that nobody can guess, come back with consent."""

import base64
import hashlib
import hmac
import secrets as random
from datetime import timedelta
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from heard.governance.permissions import Viewer
from heard.kernel.clock import now
from heard.kernel.secrets import CannotRead, seal, unseal
from heard.listening.accounts import adapter_of, context_of
from heard.listening.actions import accounts
from heard.listening.channels.contract import ChannelAdapter, Context
from heard.listening.channels.sign_in import SignIn
from heard.listening.models import ChannelAccount
from heard.listening.selectors import visible_accounts

PATIENCE = timedelta(minutes=15)  # to say yes at the network


class NotOurs(Exception):
    """Who comes back did not leave from here, or left too long ago, or another sign-in has begun since. Nothing was changed."""


class SomebodyElse(Exception):
    """(who was expected, who signed in). Nothing was changed."""

    def __str__(self) -> str:
        expected, came = self.args
        return f"You signed in as {came}, and this channel is {expected}. Sign out there, and begin again as {expected}."


class Errand(Struct, frozen=True, kw_only=True):
    """What an administrator left with. It waits in their own session, sealed, and knows its way back."""

    kind: str
    account_id: int | None  # None: a new account
    state: str
    verifier: str
    until: float  # seconds since 1970
    name: str = ""
    address: str = ""
    team_id: int | None = None
    config: dict = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


def sign_in_of(adapter: ChannelAdapter) -> SignIn | None:
    """None where the network offers none."""
    return getattr(adapter, "sign_in", None)


def begin_sign_in(viewer: Viewer, *, kind: str, account_id: int | None, back: str, **asked) -> tuple[str, str]:
    """(where to go, the sealed errand to keep until then). Nothing is stored here. Raises NotAllowed, ChannelError, BadConfig.

    asked: what `connect` and `change` take; of secrets that are left out the stored ones are used.
    """
    viewer.check("channel.manage")
    adapter = adapter_of(kind)
    sign_in = _offered(adapter)
    entered = set(asked["secrets"])
    if account_id is not None:
        stored = accounts.readable(visible_accounts(viewer).get(pk=account_id, kind=kind))
        asked["secrets"] = stored | {name: value for name, value in asked["secrets"].items() if value}
    accounts.check_config(
        adapter, asked["name"], asked["config"], asked["secrets"], without=sign_in.fills, beside=set(asked["secrets"]) - entered
    )
    verifier = random.token_urlsafe(64)
    errand = Errand(
        kind=kind,
        account_id=account_id,
        state=random.token_urlsafe(32),
        verifier=verifier,
        until=(now() + PATIENCE).timestamp(),
        **asked,
    )
    begun = sign_in.begin(_context(errand), back=back, state=errand.state, challenge=challenge_of(verifier))
    errand = replace(errand, config={**errand.config, **begun.config}, secrets={**errand.secrets, **begun.secrets})
    return begun.url, seal({"errand": msgspec.json.encode(errand).decode()})


def errand_of(sealed: str, state: str) -> Errand:
    """Raises NotOurs."""
    try:
        errand = msgspec.json.decode(unseal(sealed)["errand"], type=Errand)
    except (CannotRead, KeyError, msgspec.MsgspecError):
        raise NotOurs from None
    if not hmac.compare_digest(errand.state.encode(), state.encode("utf-8", "replace")) or errand.until < now().timestamp():
        raise NotOurs
    return errand


def finish_sign_in(viewer: Viewer, errand: Errand, *, code: str, back: str) -> int:
    """The account that is connected, or connected again, by this consent. Raises ChannelError, SomebodyElse, BadConfig.

    The network is asked before anything is written, so a refusal changes nothing here.
    """
    viewer.check("channel.manage")
    adapter = adapter_of(errand.kind)
    granted = _offered(adapter).finish(_context(errand), back=back, code=code, verifier=errand.verifier)
    if errand.address and _bare(errand.address) not in (_bare(granted.address), _bare(granted.address).partition("@")[0]):
        raise SomebodyElse(errand.address, granted.address)
    known = {field.name for field in adapter.config_fields}  # what a network renewed meanwhile is of the sign-in before
    account: dict[str, Any] = {
        "name": errand.name,
        "address": errand.address or granted.address,
        "team_id": errand.team_id,
        "config": {**errand.config, **granted.config},
        "secrets": {name: value for name, value in (errand.secrets | granted.secrets).items() if name in known},
    }
    if errand.account_id is None:
        return accounts.connect(viewer, kind=errand.kind, **account)
    accounts.change(viewer, errand.account_id, **account)
    return errand.account_id


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _offered(adapter: ChannelAdapter) -> SignIn:
    sign_in = sign_in_of(adapter)
    if sign_in is None:
        raise NotOurs
    return sign_in


def _context(errand: Errand) -> Context:
    """As of an account that is not there yet."""
    account = ChannelAccount(
        pk=0,
        kind=errand.kind,
        name=errand.name,
        address=errand.address,
        config=errand.config,
        sealed_secrets=seal(errand.secrets),
    )
    return context_of(account)


def _bare(address: str) -> str:
    return address.strip().lstrip("@").lower()

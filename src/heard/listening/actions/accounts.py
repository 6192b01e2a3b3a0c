"""Connect, change, switch and test our accounts on networks."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel import stream
from heard.kernel.clock import now
from heard.kernel.secrets import CannotRead, seal, unseal
from heard.listening import health_log
from heard.listening.accounts import adapter_of, context_of
from heard.listening.actions.pull import failed, in_words, succeeded
from heard.listening.channels.contract import ChannelAdapter, ChannelError, ConfigField, Health
from heard.listening.models import ApiToken, ChannelAccount
from heard.listening.selectors import visible_accounts

log = logging.getLogger(__name__)


class Disconnected(Exception):
    """The account has no sign-in any more. Nothing was changed."""

    def __str__(self) -> str:
        return f"{self.args[0]} is disconnected. Connect it again first."


@dataclass(frozen=True)
class BadConfig(Exception):
    """What an administrator entered cannot be used: {field name: what is wrong}. Nothing was stored."""

    problems: dict[str, str]

    def __str__(self) -> str:
        return "; ".join(f"{name}: {problem}" for name, problem in self.problems.items())


def connect(
    viewer: Viewer,
    *,
    kind: str,
    name: str,
    address: str = "",
    config: dict | None = None,
    secrets: dict | None = None,
    team_id: int | None = None,
    is_demo: bool = False,
) -> int:
    """A new account, not tested yet. Raises NotAllowed, UnknownChannel, BadConfig."""
    viewer.check("channel.manage")
    config, secrets = config or {}, secrets or {}
    check_config(adapter_of(kind), name, config, secrets)
    with transaction.atomic():
        account = ChannelAccount.objects.create(
            kind=kind,
            name=name.strip(),
            address=address.strip(),
            config=config,
            sealed_secrets=seal(secrets),
            team_id=team_id,
            is_demo=is_demo,
        )
        audit.note(viewer, "channel.connect", "channel", account.pk, kind=kind, name=name)
        health_log.note(account.pk, "untested", "A colleague connected it.")
        stream.publish(stream.News("channel", {"id": account.pk}))
    return account.pk


def change(
    viewer: Viewer,
    account_id: int,
    *,
    name: str,
    address: str = "",
    config: dict | None = None,
    secrets: dict | None = None,
    team_id: int | None = None,
) -> None:
    """Secrets left out or empty keep what is stored. An account that waits for an administrator, or was disconnected, is tried again."""
    viewer.check("channel.manage")
    with transaction.atomic():
        account = visible_accounts(viewer).select_for_update(of=("self",)).get(pk=account_id)
        kept = readable(account) | {k: v for k, v in (secrets or {}).items() if v}
        check_config(adapter_of(account.kind), name, config or {}, kept, beside=set(kept) - set(secrets or {}))
        account.has_changed_team = account.has_changed_team or account.team_id != team_id
        account.name, account.address, account.config, account.team_id = name.strip(), address.strip(), config or {}, team_id
        account.sealed_secrets = seal(kept)
        if account.state == ChannelAccount.State.PAUSED or account.disconnected_at:
            _start_again(account)
        account.save()
        audit.note(viewer, "channel.change", "channel", account_id, name=name)
        stream.publish(stream.News("channel", {"id": account_id}))


def readable(account: ChannelAccount) -> dict[str, str]:
    """What is stored; nothing when the secret key has changed since, so that it is asked for anew."""
    try:
        return unseal(account.sealed_secrets)
    except CannotRead:
        return {}


def _start_again(account: ChannelAccount) -> None:
    """The caller saves it."""
    why = "A colleague connected it again." if account.disconnected_at else "A colleague changed how Heard signs in."
    account.state, account.next_try_at, account.failures, account.failing_since = ChannelAccount.State.NEW, None, 0, None
    account.disconnected_at, account.left_to_do = None, ""
    health_log.note(account.pk, "untested", why)


def switch(viewer: Viewer, account_id: int, *, on: bool) -> None:
    """Off: nothing is fetched or sent; what arrives by webhook is refused. On: starts where it stopped.

    Raises Disconnected for what has no sign-in to start with; nothing changes where it was so already.
    """
    viewer.check("channel.manage")
    State = ChannelAccount.State
    with transaction.atomic():
        account = visible_accounts(viewer).select_for_update(of=("self",)).get(pk=account_id)
        if account.disconnected_at:
            raise Disconnected(account.name)
        if on == (account.state != State.OFF):
            return
        state = State.NEW if on else State.OFF
        ChannelAccount.objects.filter(pk=account_id).update(state=state, next_try_at=None, failures=0, failing_since=None)
        health_log.note(account_id, "untested" if on else "off", "A colleague resumed it." if on else "A colleague paused it.")
        audit.note(viewer, "channel.switch", "channel", account_id, on=on)
        stream.publish(stream.News("channel", {"id": account_id}))


def disconnect(viewer: Viewer, account_id: int) -> str:
    """Nothing comes or goes any more, the network takes back what it allowed us, and our secrets are forgotten; what was heard
    stays. Returns what is left to do at the network by hand. May be repeated; `change` connects again.

    First it is off, so that nothing is fetched meanwhile; then the network is asked, without a transaction, for that can take
    long; what it says never keeps the secrets here.
    """
    viewer.check("channel.manage")
    account = visible_accounts(viewer).get(pk=account_id)
    if account.disconnected_at:
        return account.left_to_do
    ChannelAccount.objects.filter(pk=account_id).update(state=ChannelAccount.State.OFF)
    left_to_do = _taken_back(account)
    with transaction.atomic():
        ApiToken.objects.filter(account=account_id, expires_at__gt=now()).update(expires_at=now())
        ChannelAccount.objects.filter(pk=account_id).update(
            sealed_secrets="",
            scopes={},
            disconnected_at=now(),
            left_to_do=left_to_do,
            last_error="",
            failures=0,
            failing_since=None,
            next_try_at=None,
        )
        health_log.note(account_id, "disconnected", "A colleague disconnected it.")
        audit.note(viewer, "channel.disconnect", "channel", account_id, left_to_do=left_to_do)
        stream.publish(stream.News("channel", {"id": account_id}))
    return left_to_do


def _taken_back(account: ChannelAccount) -> str:
    """What is left to do by hand after the network was asked to take back what it allowed us."""
    try:
        return adapter_of(account.kind).disconnect(context_of(account))
    except Exception as error:  # whatever a network or an adapter does, our side ends
        log.warning("%s could not be told that it is disconnected: %s", account.name, in_words(error))
        return f"{account.name} could not be told ({in_words(error)}). Take back there by hand what Heard was allowed."


def test(viewer: Viewer, account_id: int) -> Health:
    """What the test button says. Never raises for a channel that does not work; the finding is kept on the account."""
    viewer.check("channel.test")
    account = visible_accounts(viewer).get(pk=account_id)
    if account.disconnected_at:
        return Health(ok=False, message=str(Disconnected(account.name)))
    try:
        health = adapter_of(account.kind).check(context_of(account))
    except ChannelError as error:
        failed(account_id, error)
        return Health(ok=False, message=in_words(error))
    except Exception as error:
        failed(account_id, error)
        return Health(ok=False, message=f"The test itself failed: {in_words(error)}")
    if health.ok:
        succeeded(account_id)
    else:
        failed(account_id, ChannelError(health.message))
    with transaction.atomic():
        ChannelAccount.objects.filter(pk=account_id).update(scopes=health.scopes)
        audit.note(viewer, "channel.test", "channel", account_id, ok=health.ok)
        stream.publish(stream.News("channel", {"id": account_id}))
    return health


def check_config(
    adapter: ChannelAdapter,
    name: str,
    config: dict,
    secrets: dict,
    *,
    without: Collection[str] = (),
    beside: Collection[str] = (),
) -> None:
    """Raises BadConfig. `without`: what may be missing for now; `beside`: secrets that nobody entered, such as renewed ones."""
    problems = {} if name.strip() else {"name": "Give the channel a name that your colleagues will recognise."}
    for field in adapter.config_fields:
        given = (secrets if field.secret else config).get(field.name)
        if problem := _problem(field, given) if field.name not in without or given else "":
            problems[field.name] = problem
    unknown = (set(config) | set(secrets)) - {f.name for f in adapter.config_fields} - set(beside)
    problems |= dict.fromkeys(unknown, "This channel has no such setting.")
    problems = {k: v for k, v in adapter.problems(config).items() if k not in without} | problems
    if problems:
        raise BadConfig(problems)


def _problem(field: ConfigField, given: object) -> str:
    """Empty when there is none."""
    if given in (None, ""):
        return f"{field.label} is needed." if field.required and not field.default else ""
    if field.kind == "choice" and str(given) not in field.choices:
        return f"{field.label} must be one of {', '.join(field.choices)}."
    if field.kind == "url" and not str(given).startswith(("http://", "https://")):
        return f"{field.label} must start with https:// or http://."
    if field.kind == "number" and not str(given).isdigit():
        return f"{field.label} must be a number."
    return ""

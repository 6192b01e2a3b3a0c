"""Connect, change, switch and test our accounts on networks."""

from dataclasses import dataclass

from django.db import transaction

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel import stream
from heard.kernel.secrets import seal, unseal
from heard.listening.accounts import adapter_of, context_of
from heard.listening.actions.pull import failed, in_words, succeeded
from heard.listening.channels.contract import ChannelError, ConfigField, Health
from heard.listening.models import ChannelAccount
from heard.listening.selectors import visible_accounts


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
    _check_config(adapter_of(kind).config_fields, name, config, secrets)
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
    """Secrets left out or empty keep what is stored. A paused account is tried again."""
    viewer.check("channel.manage")
    with transaction.atomic():
        account = visible_accounts(viewer).select_for_update(of=("self",)).get(pk=account_id)
        kept = unseal(account.sealed_secrets) | {k: v for k, v in (secrets or {}).items() if v}
        _check_config(adapter_of(account.kind).config_fields, name, config or {}, kept)
        account.has_changed_team = account.has_changed_team or account.team_id != team_id
        account.name, account.address, account.config, account.team_id = name.strip(), address.strip(), config or {}, team_id
        account.sealed_secrets = seal(kept)
        if account.state == ChannelAccount.State.PAUSED:
            account.state, account.next_try_at = ChannelAccount.State.NEW, None
        account.save()
        audit.note(viewer, "channel.change", "channel", account_id, name=name)
        stream.publish(stream.News("channel", {"id": account_id}))


def switch(viewer: Viewer, account_id: int, *, on: bool) -> None:
    """Off: nothing is fetched or sent; what arrives by webhook is refused. On: starts where it stopped."""
    viewer.check("channel.manage")
    State = ChannelAccount.State
    with transaction.atomic():
        visible_accounts(viewer).filter(pk=account_id).update(
            state=State.NEW if on else State.OFF, next_try_at=None, failures=0, failing_since=None
        )
        audit.note(viewer, "channel.switch", "channel", account_id, on=on)
        stream.publish(stream.News("channel", {"id": account_id}))


def test(viewer: Viewer, account_id: int) -> Health:
    """What the test button says. Never raises for a channel that does not work; the finding is kept on the account."""
    viewer.check("channel.test")
    account = visible_accounts(viewer).get(pk=account_id)
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
    audit.note(viewer, "channel.test", "channel", account_id, ok=health.ok)
    return health


def _check_config(fields: tuple[ConfigField, ...], name: str, config: dict, secrets: dict) -> None:
    problems = {} if name.strip() else {"name": "Give the channel a name that your colleagues will recognise."}
    for field in fields:
        given = (secrets if field.secret else config).get(field.name)
        if field.required and given in (None, "") and not field.default:
            problems[field.name] = f"{field.label} is needed."
        elif given not in (None, "") and field.kind == "choice" and str(given) not in field.choices:
            problems[field.name] = f"{field.label} must be one of {', '.join(field.choices)}."
        elif given not in (None, "") and field.kind == "url" and not str(given).startswith(("http://", "https://")):
            problems[field.name] = f"{field.label} must start with https:// or http://."
        elif given not in (None, "") and field.kind == "number" and not str(given).isdigit():
            problems[field.name] = f"{field.label} must be a number."
    unknown = (set(config) | set(secrets)) - {f.name for f in fields}
    problems |= dict.fromkeys(unknown, "This channel has no such setting.")
    if problems:
        raise BadConfig(problems)

"""Where a file's voices go, and which of them are here already."""

from collections.abc import Sequence

from heard.governance.permissions import Viewer
from heard.kernel import bulk
from heard.listening.actions.accounts import connect
from heard.listening.models import ChannelAccount, Delivery
from heard.listening.selectors import visible_accounts

TAKES_FILES = {"file": ("jsonl", "csv", "mbox", "mail", "tar"), "email": ("mbox", "mail", "tar")}


class WrongAccount(ValueError):
    """The account of that name takes no such file. Nothing was read."""


def account_for(viewer: Viewer, name: str, *, format_: str) -> int | None:
    """The account that a file of this format goes to, None when there is none of that name yet. Raises WrongAccount."""
    account = visible_accounts(viewer).filter(name=name).order_by("id").first()
    if account is None:
        return None
    if format_ not in TAKES_FILES.get(account.kind, ()):
        raise WrongAccount(f"{name!r} is an account of kind {account.kind}, which takes no {format_}; give another --account")
    return account.pk


def account_of(name: str) -> int | None:
    """The account of files of that name, for a look at what is here already."""
    return ChannelAccount.objects.filter(kind="file", name=name).order_by("id").values_list("id", flat=True).first()


def open_account(viewer: Viewer, name: str, *, address: str) -> int:
    return connect(viewer, kind="file", name=name, address=address)


def known_keys(account_id: int, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that were delivered to the account before."""
    found = bulk.existing(Delivery, ["account_id", "delivery_key"], [(account_id, key) for key in keys], ["id"])
    return {key for _, key in found}

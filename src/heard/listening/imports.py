"""Where a file's voices go, which of them are here already, and how they are let go of again."""

from collections.abc import Sequence
from datetime import datetime

from heard.governance.permissions import Viewer
from heard.kernel import bulk
from heard.listening.actions.accounts import connect
from heard.listening.models import ChannelAccount, Delivery, Interaction, Payload
from heard.listening.selectors import visible_accounts

TAKEN_BACK = "taken back: "
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


# ── Taken back ──────────────────────────────────────────────────────────────────────────────────────────────────────


def ids_of(account_id: int, keys: Sequence[str], *, since: datetime) -> list[int]:
    """The deliveries that came under these keys since then."""
    wanted = [(account_id, key) for key in keys]
    found = bulk.existing(Delivery, ["account_id", "delivery_key"], wanted, ["id", "received_at"])
    return [id_ for id_, at in found.values() if at >= since]


def said_in(account_id: int, deliveries: tuple[int, int], *, after: int, limit: int) -> dict[int, int]:
    """{interaction: delivery} of what these, (first, last), said; ids ascend from `after` on."""
    first, last = deliveries
    said = Interaction.objects.filter(account_id=account_id, delivery_id__gte=first, delivery_id__lte=last, id__gt=after)
    return dict(said.order_by("id").values_list("id", "delivery_id")[:limit])


def leave_unread(account_id: int, deliveries: tuple[int, int]) -> int:
    """Those that no worker has read yet are not read any more, and may come again. Returns how many one is reading just now."""
    first, last = deliveries
    waiting = Delivery.objects.filter(account_id=account_id, id__gte=first, id__lte=last, state=Delivery.State.WAITING)
    free = list(waiting.filter(claimed_by="").values_list("id", flat=True))
    let_come_again(free)
    return waiting.exclude(pk__in=bulk.among(free)).count()


def let_come_again(delivery_ids: Sequence[int]) -> None:
    """Their bytes are gone and their keys are free: what is brought again is new. The rows stay as numbers."""
    ids = bulk.among(delivery_ids)
    Payload.objects.filter(delivery_id__in=ids).delete()
    rows = Delivery.objects.filter(pk__in=ids).exclude(delivery_key__startswith=TAKEN_BACK)
    bulk.update(
        Delivery,
        "id",
        ["delivery_key", "state", "reason"],
        [[id_, f"{TAKEN_BACK}{id_}", Delivery.State.DISMISSED.value, "taken back"] for id_ in rows.values_list("id", flat=True)],
    )

"""Administrators are told by mail when a channel hears nobody, through a mailbox of ours that works. See rules/telling.py.

All that is to be told at one moment is one mail to each of them: when our own line is down, twenty channels are one trouble.
Where no mailbox works nothing is marked as told, so that it is told as soon as one does; the pages and outward webhooks
(`channel.failing`) tell it meanwhile.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse

from heard.governance import selectors as people
from heard.governance.selectors import Colleague
from heard.listening import pages
from heard.listening.accounts import adapters, context_of
from heard.listening.channels.contract import Ambiguous, Author, Outgoing
from heard.listening.models import ChannelAccount, Trouble
from heard.listening.rules.health import Finding
from heard.listening.rules.telling import Step, Told, next_step

log = logging.getLogger(__name__)


class Item(NamedTuple):
    account: ChannelAccount
    finding: Finding
    step: Step


def tell(now: datetime) -> int:
    """Mails what is to be told. Returns how many mails went out. Repeated by the clock; an incident is told once."""
    items = _items(now)
    Trouble.objects.filter(account__in=[item.account.pk for item in items if item.step == "forget"]).delete()
    loud = [item for item in items if item.step != "forget"]
    if not loud:
        return 0
    sent = sum(_mail(member, loud, now) for member in people.who_may("channel.manage"))
    for item in loud if sent else ():
        is_over = {"over_at": now}
        is_told = {"condition": item.finding.condition, "told_at": now, "over_at": None}
        Trouble.objects.update_or_create(account=item.account, defaults=is_over if item.step == "over" else is_told)
    return sent


def told_at(account_id: int) -> datetime | None:
    """When administrators were told of the incident that an account is in."""
    return Trouble.objects.filter(account=account_id, over_at=None).values_list("told_at", flat=True).first()


def _items(now: datetime) -> list[Item]:
    """Two queries."""
    told = {t.account_id: Told(t.condition, t.told_at, t.over_at) for t in Trouble.objects.all()}
    accounts = ChannelAccount.objects.filter(is_demo=False)
    found = [(account, pages.examined(account, now)) for account in accounts]
    steps = [(account, finding, next_step(told.get(account.pk), finding, now=now)) for account, finding in found]
    return [Item(account, finding, step) for account, finding, step in steps if step]


def _mail(member: Colleague, items: Sequence[Item], now: datetime) -> bool:
    """Through the first mailbox that takes it. An unclear end counts as sent: twice would be once too often."""
    message = Outgoing(
        text=_text(items),
        to=Author(network="email", external_id=member.email, name=member.name),
        subject=_subject(items),
        from_name="Heard",
        automatic=True,
    )
    for mailbox in _mailboxes(now):
        adapter = adapters()[mailbox.kind]
        try:
            context = context_of(mailbox)
            for part in adapter.render(message, context.account):
                adapter.send(context, part, idem=f"trouble-{now:%Y%m%d%H%M%S}-{member.id}")
        except Ambiguous:
            return True
        except Exception as error:  # whatever is wrong with one mailbox, another may work
            log.warning("%s could not be told by %s: %s", member.email, mailbox.name, error)
        else:
            return True
    return False


def _mailboxes(now: datetime) -> list[ChannelAccount]:
    """Ours that can begin a mail and work, those of no single team first."""
    able = {kind: adapter.capabilities for kind, adapter in adapters().items()}
    kinds = [k for k, can in able.items() if can.outbound and can.address_kind == "email" and can.who_may_initiate == "any"]
    candidates = ChannelAccount.objects.filter(kind__in=kinds, is_demo=False).exclude(address="")
    working = [account for account in candidates if pages.examined(account, now).condition in ("hearing", "untested")]
    return sorted(working, key=lambda account: (account.team_id is not None, account.pk))


# ── In words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _subject(items: Sequence[Item]) -> str:
    troubled = [item for item in items if item.step != "over"]
    if not troubled:
        return f"{_named(items)} hears customers again"
    return f"Nobody is heard on {_named(troubled)}"


def _named(items: Sequence[Item]) -> str:
    return items[0].account.name if len(items) == 1 else f"{len(items)} channels"


def _text(items: Sequence[Item]) -> str:
    told = [_paragraph(item) for item in sorted(items, key=lambda item: item.step == "over")]
    return "\n\n".join(
        [*told, f"Heard at {settings.PUBLIC_URL} wrote this because you manage its channels. It writes once an incident."]
    )


def _paragraph(item: Item) -> str:
    page = settings.PUBLIC_URL + reverse("listening:channel", args=[item.account.pk])
    if item.step == "over":
        return f"{item.account.name}: customers are heard again.\n{page}"
    since = f" since {item.finding.since:%Y-%m-%d %H:%M} UTC" if item.finding.since else ""
    what_to_do = {
        "paused": "Nothing works there until somebody acts: open the page and press “Put it right”.",
        "failing": "Heard tries again by itself.",
        "silent": "See at the network whether it still calls us or lets us ask.",
    }[item.finding.condition]
    return f"{item.account.name}: nobody is heard{since}.\n{item.finding.cause}\n{what_to_do}\n{page}"

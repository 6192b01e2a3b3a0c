"""What the pages of listening ask: how the channels are doing, what was set aside, what we listen for, what was found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, Sum

from heard.governance.permissions import Viewer, within_teams
from heard.listening import selectors
from heard.listening.accounts import adapters
from heard.listening.channels.contract import ChannelAdapter
from heard.listening.models import Attachment, ChannelAccount, Delivery, Mention, MentionCount, Monitor, Payload, VoiceCount
from heard.listening.rules.health import Finding, Vitals, examine
from heard.listening.selectors import Voice, visible_accounts, visible_interactions
from heard.listening.slots import addresses

PREVIEW_BYTES = 1_500
MOST_STUCK = 20_000  # deliveries that are counted; nobody needs to know of more to act
STUCK_AFTER = timedelta(minutes=2)  # a delivery is walked within seconds; longer means that nobody walks


@dataclass(frozen=True)
class ChannelHealth:
    """One account with what to say of it. `lag` is the age of the oldest delivery that nobody has walked yet."""

    account: ChannelAccount
    label: str
    finding: Finding
    waiting: int
    quarantined: int
    lag: timedelta | None
    heard_lately: int  # voices in the last 24 hours, give or take the hour that has begun


@dataclass(frozen=True)
class Alarm:
    """A channel on which we may be missing customers, since when, and why."""

    account_id: int
    kind: str
    name: str
    finding: Finding


def channels(viewer: Viewer, now: datetime) -> list[ChannelHealth]:
    """Every account that the viewer sees, trouble first. Four queries for any number."""
    accounts = list(visible_accounts(viewer).select_related("team"))
    counts = _deliveries_of([a.pk for a in accounts])
    lately = _heard_lately([a.pk for a in accounts], now)
    rows = [_health(account, counts.get(account.pk), lately.get(account.pk, 0), now) for account in accounts]
    return sorted(rows, key=lambda row: (not row.finding.is_blind, row.account.state == "off", row.account.name.lower()))


def channel(viewer: Viewer, account_id: int, now: datetime) -> ChannelHealth:
    """Raises ChannelAccount.DoesNotExist for what the viewer may not see."""
    account = visible_accounts(viewer).select_related("team").get(pk=account_id)
    heard = _heard_lately([account_id], now).get(account_id, 0)
    return _health(account, _deliveries_of([account_id]).get(account_id), heard, now)


def channel_alarms(viewer: Viewer, now: datetime) -> list[Alarm]:
    """The channels that are blind now, longest first: for the wall, the desk header and the unattended page. One query."""
    found = [Alarm(a.pk, a.kind, a.name, examined(a, now)) for a in visible_accounts(viewer)]
    return sorted((alarm for alarm in found if alarm.finding.is_blind), key=lambda alarm: alarm.finding.since or now)


def stuck_deliveries(viewer: Viewer, now: datetime) -> list[tuple[ChannelAccount, int, datetime]]:
    """(account, how many, since when) of deliveries that arrived and that nobody has walked, oldest first."""
    waiting = Delivery.objects.filter(within_teams(viewer, "account__team"), state="waiting", received_at__lt=now - STUCK_AFTER)
    found: dict[int, list[datetime]] = {}
    # Row by row: grouped by the database, SQLite would go through every delivery there ever was.
    for account_id, received_at in waiting.order_by("id").values_list("account_id", "received_at")[:MOST_STUCK]:
        found.setdefault(account_id, []).append(received_at)
    accounts = ChannelAccount.objects.in_bulk(found)
    return sorted(((accounts[a], len(moments), min(moments)) for a, moments in found.items()), key=lambda pile: pile[2])


@dataclass(frozen=True)
class SetAside:
    """A quarantined delivery with the beginning of its bytes as text that is safe to show."""

    id: int
    account: ChannelAccount
    received_at: datetime
    reason: str
    attempts: int
    size_bytes: int
    preview: str

    @property
    def is_cut(self) -> bool:
        return self.size_bytes > PREVIEW_BYTES


def quarantined(viewer: Viewer) -> QuerySet[Delivery]:
    return Delivery.objects.filter(within_teams(viewer, "account__team"), state="quarantined").order_by("-id")


def set_aside(deliveries: Iterable[Delivery]) -> list[SetAside]:
    """With the beginning of their bytes. One query more than the deliveries took."""
    aside = list(deliveries)
    bodies = {p.pk: bytes(p.body) for p in Payload.objects.filter(pk__in=[d.pk for d in aside])}
    return [
        SetAside(d.pk, d.account, d.received_at, d.reason, d.attempts, len(bodies[d.pk]), preview_of(bodies[d.pk])) for d in aside
    ]


def preview_of(body: bytes) -> str:
    """The first bytes as text; what is not printable becomes a dot, so that nothing reorders or hides a line."""
    text = body[:PREVIEW_BYTES].decode("utf-8", "replace")
    return "".join(c if c.isprintable() or c in "\n\t" else "·" for c in text.replace("\r\n", "\n"))


@dataclass(frozen=True)
class Watched:
    monitor: Monitor
    mentions: int
    last_at: datetime | None


def monitors(viewer: Viewer) -> list[Watched]:
    """What we listen for, with how often the viewer's channels said it. Two queries, however often that was."""
    accounts = visible_accounts(viewer)
    counted = MentionCount.objects.filter(account__in=accounts).values_list("monitor").annotate(Sum("count"))
    newest = Mention.objects.filter(monitor=OuterRef("pk"), interaction__account__in=accounts).order_by("-interaction")
    watched = Monitor.objects.filter(is_active=True).annotate(last_at=Subquery(newest.values("interaction__occurred_at")[:1]))
    mentions = dict(counted)
    return [Watched(m, mentions.get(m.pk, 0), m.last_at) for m in watched]


def mentions_of(viewer: Viewer, monitor_id: int, *, limit: int = 50) -> list[Voice]:
    """The newest visible voices in which a monitor found its pattern."""
    ids = list(
        visible_interactions(viewer)
        .filter(id__in=Mention.objects.filter(monitor=monitor_id).values("interaction"))
        .order_by("-id")
        .values_list("id", flat=True)[:limit]
    )
    return in_order(viewer, ids)


def monitor(monitor_id: int) -> Monitor:
    return Monitor.objects.get(pk=monitor_id)


def attachment(viewer: Viewer, attachment_id: int) -> Attachment:
    """Raises Attachment.DoesNotExist unless the viewer may see the message it belongs to, and it is not withdrawn."""
    found = Attachment.objects.get(pk=attachment_id, interaction__in=visible_interactions(viewer))
    if selectors.voices(viewer, [found.interaction_id])[found.interaction_id].is_withdrawn:
        raise Attachment.DoesNotExist
    return found


def in_order(viewer: Viewer, interaction_ids: list[int]) -> list[Voice]:
    """The visible voices among `interaction_ids`, in that order."""
    found = selectors.voices(viewer, interaction_ids)
    return [found[i] for i in interaction_ids if i in found]


@dataclass(frozen=True)
class Hit:
    """A voice that was found, with the page on which it stands; chatter stands on none."""

    voice: Voice
    address: str


def hits(viewer: Viewer, interaction_ids: list[int]) -> list[Hit]:
    """The visible ones, in the order given. A fixed number of queries."""
    known: dict[int, str] = {}
    for where in addresses:
        known |= where(viewer, interaction_ids)
    return [Hit(voice, known.get(voice.id, "")) for voice in in_order(viewer, interaction_ids)]


def channels_to_log_on(viewer: Viewer) -> list[ChannelAccount]:
    """Where a colleague may write down a call or a meeting."""
    return list(visible_accounts(viewer).filter(kind="log").exclude(state="off"))


def _deliveries_of(account_ids: list[int]) -> dict[int, dict]:
    rows = (
        Delivery.objects.filter(account__in=account_ids, state__in=["waiting", "quarantined"])
        .values("account")
        .annotate(
            waiting=Count("id", filter=Q(state="waiting")),
            oldest=Min("received_at", filter=Q(state="waiting")),
            quarantined=Count("id", filter=Q(state="quarantined")),
        )
    )
    return {row["account"]: dict(row) for row in rows}


def _heard_lately(account_ids: list[int], now: datetime) -> dict[int, int]:
    counted = VoiceCount.objects.filter(account__in=account_ids, hour__gt=now - timedelta(hours=25), hour__lte=now)
    return dict(counted.values_list("account").annotate(Sum("count")))


def _health(account: ChannelAccount, counts: dict | None, heard_lately: int, now: datetime) -> ChannelHealth:
    counts = counts or {"waiting": 0, "quarantined": 0, "oldest": None}
    adapter = _adapter(account.kind)
    return ChannelHealth(
        account=account,
        label=adapter.label if adapter else account.kind,
        finding=examined(account, now),
        waiting=counts["waiting"],
        quarantined=counts["quarantined"],
        lag=now - counts["oldest"] if counts["oldest"] else None,
        heard_lately=heard_lately,
    )


def examined(account: ChannelAccount, now: datetime) -> Finding:
    """What to say of an account now. No query."""
    adapter = _adapter(account.kind)
    return examine(
        Vitals(
            state=account.state,
            created_at=account.created_at,
            last_success_at=account.last_success_at,
            failing_since=account.failing_since,
            failures=account.failures,
            last_error=account.last_error,
            silent_after_seconds=adapter.capabilities.silent_after_seconds if adapter else None,
            disconnected_at=account.disconnected_at,
        ),
        now=now,
    )


def _adapter(kind: str) -> ChannelAdapter | None:
    """None when the package of an adapter was removed; its account is still there to be seen."""
    return adapters().get(kind)

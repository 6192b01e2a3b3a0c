"""What the page of a visitor may show: what these faces said on this account, and what was said to them there.

There is no viewer to ask for: the caller has proved who the visitor is, and nobody sees more than their own.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from msgspec import Struct

from heard.governance.permissions import HEARD
from heard.kernel import bulk
from heard.listening import selectors
from heard.listening.accounts import adapters
from heard.listening.models import Attachment, ChannelAccount, Identity, Interaction

MOST_LINES = 200  # of the newest, when a page is opened anew
OVERLAP = timedelta(seconds=60)  # a row with a lower id may be committed later, by no more than this
_LISTENING_STATES = (ChannelAccount.State.OFF, ChannelAccount.State.PAUSED)


class FileOfLine(Struct, frozen=True):
    id: int
    name: str
    size: int | None


class Line(Struct, frozen=True, kw_only=True):
    """One message as the visitor reads it. `external_id` is never shown: of the visitor's own words it ends with their page's id."""

    id: int
    external_id: str
    is_ours: bool
    name: str
    text: str
    at: datetime
    files: tuple[FileOfLine, ...]


class StoredFile(NamedTuple):
    name: str
    sha256: str


def identities_of(addresses: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Those of (network, external id) that have spoken or were spoken to. One query."""
    return {key: row[0] for key, row in bulk.existing(Identity, ["network", "external_id"], set(addresses), ["id"]).items()}


def lines(account_id: int, identity_ids: Collection[int], said_to: Iterable[int], *, after: int = 0) -> list[Line]:
    """The newest MOST_LINES in their order. `after`: only what may be unknown to a page that has seen the line of this id;
    something that it knows may be among them. `said_to`: ids of what was said to them. A constant number of queries."""
    ids = sorted({*_heard_from(account_id, identity_ids), *said_to}, reverse=True)[:MOST_LINES]
    rows = bulk.select(Interaction, ["id"], [(id_,) for id_ in ids], ["account_id", "external_id", "received_at"])
    seen_at = next((received_at for id_, _, _, received_at in rows if id_ == after), None)
    wanted = {
        id_: ref
        for id_, account, ref, at in rows
        if account == account_id and (id_ > after or (seen_at is not None and id_ != after and at > seen_at - OVERLAP))
    }
    voices = selectors.voices(HEARD, wanted)
    return [_line(voice, wanted[voice.id]) for voice in sorted(voices.values(), key=lambda v: v.id) if not voice.is_withdrawn]


def _line(voice: selectors.Voice, external_id: str) -> Line:
    return Line(
        id=voice.id,
        external_id=external_id,
        is_ours=voice.is_ours,
        name=voice.author_name if voice.is_ours else "",
        text=voice.text,
        at=voice.occurred_at,
        files=tuple(FileOfLine(f.id, f.name, f.size_bytes) for f in voice.attachments if f.sha256),
    )


def file_of(account_id: int, identity_ids: Collection[int], said_to: Iterable[int], attachment_id: int) -> StoredFile | None:
    """A file of one of their lines; None for any other, and for one whose words were taken back."""
    found = Attachment.objects.filter(pk=attachment_id).exclude(sha256="").select_related("interaction").first()
    if found is None or found.interaction.account_id != account_id:
        return None
    voice = found.interaction
    is_theirs = voice.identity_id in identity_ids if voice.direction == "inbound" else voice.pk in set(said_to)
    standing = selectors.voices(HEARD, [voice.pk])[voice.pk]
    return StoredFile(found.name, found.sha256) if is_theirs and not standing.is_withdrawn else None


def mail_answers(team_id: int | None) -> bool:
    """Whether those who would read it can answer by mail: an account of everybody's or of this team that sends mail."""
    kinds = [kind for kind, a in adapters().items() if a.capabilities.outbound and a.capabilities.address_kind == "email"]
    open_ = ChannelAccount.objects.filter(Q(team=None) | Q(team=team_id), kind__in=kinds)
    return open_.exclude(state__in=_LISTENING_STATES).exists()


def team_of(account_id: int) -> int | None:
    return ChannelAccount.objects.values_list("team_id", flat=True).get(pk=account_id)


def _heard_from(account_id: int, identity_ids: Collection[int]) -> list[int]:
    """By the index of identities, newest first: never by the ids, where a store may read all there is to find a few."""
    theirs = Interaction.objects.filter(identity__in=list(identity_ids), account_id=account_id, direction="inbound")
    return list(theirs.exclude(kind="visit").order_by("-occurred_at").values_list("id", flat=True)[:MOST_LINES])

"""Questions about what was heard. Every read takes the viewer and passes the two `visible_*` doors."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Substr
from msgspec import Struct

from heard.governance.permissions import Viewer, within_teams
from heard.kernel import bulk
from heard.kernel.prepared import given_ids, prepared
from heard.kernel.rules.relevance import relevance
from heard.kernel.rules.words import asked as words_asked
from heard.kernel.rules.words import folded
from heard.kernel.search import TextIndex
from heard.listening.models import Attachment, ChannelAccount, Identity, Interaction, Reaction, Revision, SentStatus
from heard.listening.rules.reactions import standing
from heard.listening.rules.revisions import Version, newest
from heard.listening.slots import enclosures

words = TextIndex("listening_words")


def visible_accounts(viewer: Viewer) -> QuerySet[ChannelAccount]:
    return ChannelAccount.objects.filter(within_teams(viewer))


def visible_interactions(viewer: Viewer) -> QuerySet[Interaction]:
    """The one door to interactions: those of the viewer's channels, and of what later rooms hold, those they open."""
    if viewer.sees_every_team:
        return Interaction.objects.all()
    allowed = within_teams(viewer, "account__team")
    for enclosed in (enclosure(viewer) for enclosure in enclosures):
        allowed = (allowed & ~Q(enclosed.held)) | Q(enclosed.open_to_viewer)
    return Interaction.objects.filter(allowed)


def teams_of_accounts(account_ids: Iterable[int]) -> dict[int, int | None]:
    return dict(_teams_of_accounts(ids=set(account_ids)))


@prepared
def _teams_of_accounts() -> QuerySet:
    return ChannelAccount.objects.filter(id__in=given_ids("ids")).order_by().values_list("id", "team_id")


class AttachedFile(NamedTuple):
    """A file of an interaction; without `sha256` it was not fetched and stays where `url` says."""

    id: int
    name: str
    content_type: str
    size_bytes: int | None
    sha256: str
    url: str
    alt: str
    content_id: str


class Voice(Struct, frozen=True, kw_only=True, gc=False):
    """An interaction as it reads now: its newest edit applied, its words gone when it was withdrawn."""

    id: int
    account_id: int
    account_kind: str
    account_name: str
    identity_id: int
    author_name: str
    author_handle: str
    author_avatar_url: str
    direction: str
    kind: str
    visibility: str
    addressed: bool
    occurred_at: datetime
    received_at: datetime
    subject: str
    text: str
    html: str
    full_text: str
    permalink: str
    extra: dict
    is_ours: bool
    edited_at: datetime | None
    withdrawn_at: datetime | None
    earlier: tuple[Version, ...]
    attachments: tuple[AttachedFile, ...]
    reactions: tuple[tuple[str, int], ...]

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None


def voices(viewer: Viewer, interaction_ids: Iterable[int]) -> dict[int, Voice]:
    """The visible ones of `interaction_ids` as they read now. Four queries for any number."""
    found = [_VoiceRow._make(row) for row in _voices(viewer, ids=interaction_ids)]
    keys = [(i.account_id, i.external_id) for i in found]
    revisions = _by_target(Revision, keys, ["withdrawn", "version", "digest", "occurred_at", "subject", "text", "html", "extra"])
    reactions = _by_target(Reaction, keys, ["reaction", "active", "identity_id", "occurred_at"])
    files: dict[int, list[AttachedFile]] = {}
    attached = bulk.select(Attachment, ["interaction_id"], [(i.id,) for i in found], AttachedFile._fields)
    for interaction_id, *file in attached:
        files.setdefault(interaction_id, []).append(AttachedFile(*file))
    return {
        i.id: _voice(
            i,
            revisions.get((i.account_id, i.external_id), []),
            reactions.get((i.account_id, i.external_id), []),
            files.get(i.id, []),
        )
        for i in found
    }


class _VoiceRow(NamedTuple):
    """As rows: a page of thirty voices would make ninety models only to copy them into these."""

    id: int
    account_id: int
    external_id: str
    direction: str
    kind: str
    visibility: str
    addressed: bool
    occurred_at: datetime
    received_at: datetime
    subject: str
    text: str
    html: str
    full_text: str
    permalink: str
    extra: dict
    account__kind: str
    account__name: str
    identity_id: int
    identity__name: str
    identity__handle: str
    identity__external_id: str
    identity__avatar_url: str
    identity__is_ours: bool


@prepared
def _voices(viewer: Viewer) -> QuerySet:
    return visible_interactions(viewer).filter(id__in=given_ids("ids")).values_list(*_VoiceRow._fields)


def _by_target(model, keys: list[tuple], fields: list[str]) -> dict[tuple, list[tuple]]:
    rows: dict[tuple, list[tuple]] = {}
    for row in bulk.select(model, ["account_id", "target"], keys, fields):
        rows.setdefault(row[:2], []).append(row[2:])
    return rows


def _voice(i: _VoiceRow, revisions: list[tuple], reactions: list[tuple], files: list[AttachedFile]) -> Voice:
    versions = [Version(*row) for *row, _ in revisions]
    gone = next((v for v in versions if v.withdrawn), None)
    latest = newest(versions)
    changed: dict[str, Any] = next((row[-1] for row, v in zip(revisions, versions, strict=True) if v is latest), {})
    counts = standing(reactions)
    earlier: list[Version] = []
    if versions:
        first = Version(False, "", "", i.occurred_at, i.subject, i.text, i.html)
        earlier = sorted((v for v in [first, *versions] if not v.withdrawn and v != (latest or first)), key=Version.rank)
    return Voice(
        id=i.id,
        account_id=i.account_id,
        account_kind=i.account__kind,
        account_name=i.account__name,
        identity_id=i.identity_id,
        author_name=_author_name(i),
        author_handle=i.identity__handle,
        author_avatar_url=i.identity__avatar_url,
        direction=i.direction,
        kind=i.kind,
        visibility=i.visibility,
        addressed=i.addressed,
        occurred_at=i.occurred_at,
        received_at=i.received_at,
        subject="" if gone else (latest.subject or i.subject if latest else i.subject),
        text="" if gone else (latest.text if latest else i.text),
        html="" if gone else (latest.html if latest else i.html),
        full_text="" if gone or latest else i.full_text,
        permalink=i.permalink,
        extra=i.extra | changed,
        is_ours=i.identity__is_ours or i.direction == "outbound",
        edited_at=latest.occurred_at if latest and not gone else None,
        withdrawn_at=gone.occurred_at if gone else None,
        earlier=() if gone else tuple(earlier),
        attachments=() if gone else tuple(files),
        reactions=tuple(sorted(counts.items())),
    )


def _author_name(i: _VoiceRow) -> str:
    """Our own words bear the colleague's name where it is known, not only the account's."""
    colleague = i.extra.get("author_name") if i.direction == "outbound" else None
    return str(colleague or i.identity__name or i.identity__handle or i.identity__external_id)


class Glimpse(NamedTuple):
    """As much of an interaction as a list shows; a withdrawn one has no words."""

    id: int
    account_kind: str
    direction: str
    visibility: str
    occurred_at: datetime
    words: str
    is_withdrawn: bool
    order: tuple  # by time; of two at one time, the same one first whatever the order in which they reached us


GLIMPSE_LENGTH = 400


def glimpses(interaction_ids: Iterable[int]) -> dict[int, Glimpse]:
    """What rows in a list need, for rooms that work out what lists show. Two queries for any number; asks for no viewer."""
    rows = _glimpsed(ids=interaction_ids)
    revisions = _by_target(Revision, [(row[7], row[8]) for row in rows], list(Version._fields))
    return {row[0]: _glimpse(row, revisions.get((row[7], row[8]))) for row in rows}


@prepared
def _glimpsed() -> QuerySet:
    found = Interaction.objects.filter(id__in=given_ids("ids"))
    names = ("id", "account__kind", "direction", "visibility", "occurred_at", Substr("text", 1, GLIMPSE_LENGTH), "subject")
    return found.values_list(*names, "account_id", "external_id")


def _glimpse(row: tuple[Any, ...], revisions: list[tuple] | None) -> Glimpse:
    id_, kind, direction, visibility, occurred_at, text, subject, *whence = row

    def shown(words: str, *, is_withdrawn: bool = False) -> Glimpse:
        return Glimpse(id_, kind, direction, visibility, occurred_at, words, is_withdrawn, (occurred_at, *whence))

    if not revisions:
        return shown(text or subject)
    versions = [Version(*r) for r in revisions]
    if any(v.withdrawn for v in versions):
        return shown("", is_withdrawn=True)
    latest = newest(versions)
    return shown((latest.text or latest.subject)[:GLIMPSE_LENGTH] if latest else text or subject)


def identities(identity_ids: Iterable[int]) -> dict[int, Identity]:
    return Identity.objects.in_bulk(list(identity_ids))


def interactions_of(viewer: Viewer, identity_ids: Iterable[int]) -> QuerySet[Interaction]:
    """Everything these identities said that the viewer may see, newest first."""
    return visible_interactions(viewer).filter(identity_id__in=list(identity_ids)).order_by("-occurred_at", "-id")


FIRST_LOOK = 100  # hits that are weighed before it pays to ask which ones a viewer could see at all
DEEPEST_LOOK = 20_000  # hits weighed in one question: a tenth of a second
MOST_LENT = 2000
BEST_AMONG = 500  # the newest hits; older ones are found by asking for more words


class Search(NamedTuple):
    """Ids of what was found, newest first. `looked_to`: below this id nothing was looked at yet; None: everything was."""

    ids: list[int]
    looked_to: int | None


def search(viewer: Viewer, asked: str, *, limit: int = 25, before_id: int | None = None) -> list[int]:
    """Ids of visible interactions with all the words, newest first; the last word may be a beginning."""
    return look(viewer, asked, limit=limit, before_id=before_id).ids


def look(viewer: Viewer, asked: str, *, limit: int = 25, before_id: int | None = None) -> Search:
    """As `search`, telling how far it looked: it ends when it has `limit`, or has weighed DEEPEST_LOOK hits in vain."""
    found: list[int] = []
    weighed = 0
    for ids in _likely(viewer, asked, before_id, limit=limit):
        visible = {id_ for (id_,) in _visible_among(viewer, ids=ids)}
        found += [i for i in ids if i in visible]
        weighed += len(ids)
        if len(found) >= limit:
            return Search(found[:limit], found[limit - 1])
        if weighed >= DEEPEST_LOOK:
            return Search(found, ids[-1])
    return Search(found, None)


@prepared
def _visible_among(viewer: Viewer) -> QuerySet:
    return visible_interactions(viewer).filter(id__in=given_ids("ids")).values_list("id")


def best(viewer: Viewer, asked: str, *, limit: int = 25) -> list[int]:
    """Ids of those of the newest BEST_AMONG hits that answer the words best, best first; of equals the newest."""
    wanted = words_asked(asked)
    said = {
        id_: (folded(subject).split(), folded(text).split())
        for id_, subject, text in _standing(search(viewer, asked, limit=BEST_AMONG))
    }
    usual_length = sum(len(title) + len(text) for title, text in said.values()) / max(len(said), 1)
    scores = {id_: relevance(wanted, *words, usual_length=usual_length) for id_, words in said.items()}
    return sorted(said, key=lambda id_: (scores[id_], id_), reverse=True)[:limit]


def _likely(viewer: Viewer, asked: str, before_id: int | None, *, limit: int) -> Iterator[list[int]]:
    """Hits in pages, newest first. The index only narrows; whether one is visible is for `visible_interactions` to say."""
    if viewer.sees_every_team:
        yield from words.hits(asked, before=before_id, page=limit)
        return
    if limit <= FIRST_LOOK:
        ids = next(words.hits(asked, before=before_id, page=FIRST_LOOK), [])
        if ids:
            yield ids
        if len(ids) < FIRST_LOOK:
            return
        before_id = ids[-1]
    shelves, lent = _within_reach(viewer)
    yield from words.hits(asked, shelves=shelves, also=lent, before=before_id, page=max(limit, FIRST_LOOK))


def _within_reach(viewer: Viewer) -> tuple[set[int] | None, list[int]]:
    """The accounts on which the viewer may see something (None: any), and single interactions on others."""
    lent = [enclosure(viewer).lent() for enclosure in enclosures]
    if None in lent or sum(len(ids or ()) for ids in lent) > MOST_LENT:
        return None, []
    return {id_ for (id_,) in _accounts_within_reach(viewer)}, [id_ for ids in lent for id_ in ids or ()]


@prepared
def _accounts_within_reach(viewer: Viewer) -> QuerySet:
    accounts = ChannelAccount.objects.filter(within_teams(viewer) | Q(has_changed_team=True))
    return accounts.order_by().values_list("id")


def _standing(interaction_ids: list[int]) -> list[tuple[int, str, str]]:
    """(id, subject, text) as they read now, without asking for the viewer."""
    found = {row[1:3]: row for row in _as_heard(ids=interaction_ids)}
    revisions = _by_target(Revision, list(found), list(Version._fields))
    latest = {key: newest([Version(*r) for r in rows]) for key, rows in revisions.items()}
    return [(row[0], v.subject or row[3], v.text) if (v := latest.get(key)) else (row[0], *row[3:]) for key, row in found.items()]


@prepared
def _as_heard() -> QuerySet:
    rows = Interaction.objects.filter(id__in=given_ids("ids"))
    return rows.values_list("id", "account_id", "external_id", "subject", "text")


def statuses_of(targets: Iterable[tuple[int, str]]) -> dict[tuple[int, str], tuple[str, str]]:
    """{(account id, external id): (status, reason)} of what the networks told us."""
    return bulk.existing(SentStatus, ["account_id", "target"], targets, ["status", "reason"])


def occurred_at(interaction_id: int) -> datetime:
    return Interaction.objects.values_list("occurred_at", flat=True).get(pk=interaction_id)

"""Every voice written down once, in one shape: the second step of the walk, inside its transaction.

Edits, withdrawals, reactions and statuses are rows that name their target by its external id, so they may come before it
and simply wait. Nothing here depends on the order in which events arrive.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from heard.kernel import bulk, outbox
from heard.kernel.search import TextIndex
from heard.listening import monitors
from heard.listening.channels.contract import Author, Edited, Reacted, Said, StatusChanged, Withdrawn
from heard.listening.models import Attachment, ChannelAccount, Identity, Interaction, Reaction, Revision, SentStatus
from heard.listening.namesakes import tell_apart
from heard.listening.normalise import Spoken
from heard.listening.rules.revisions import Version, newest
from heard.listening.rules.status import furthest

words = TextIndex("listening_words")

INTERACTION_FIELDS = [
    "id",
    "account_id",
    "external_id",
    "identity_id",
    "delivery_id",
    "direction",
    "kind",
    "visibility",
    "addressed",
    "occurred_at",
    "received_at",
    "subject",
    "text",
    "html",
    "full_text",
    "thread_ref",
    "parent_ref",
    "permalink",
    "language_hint",
    "extra",
]
IDENTITY_FIELDS = [
    "id",
    "network",
    "external_id",
    "handle",
    "name",
    "profile_url",
    "avatar_url",
    "followers",
    "verified",
    "is_ours",
    "first_seen_at",
    "profile_at",
]


class Heard(Struct, frozen=True, kw_only=True, gc=False):
    """An event after it was written down. `interaction_id` is of the voice itself, or of the one an edit or withdrawal
    is about, and None while that one has not been heard."""

    spoken: Spoken
    interaction_id: int | None = None
    identity_id: int | None = None
    recipient_ids: tuple[int, ...] = ()  # identities an outbound voice went to
    is_new: bool = False  # a voice that was never heard before
    is_withdrawn: bool = False


def write_down(spoken: Sequence[Spoken]) -> list[Heard]:
    """One `Heard` for each of `spoken`, in order. A voice that is known already, or doubled in the batch, is not new."""
    spoken = tell_apart(spoken)
    identity_ids = _identities(spoken)
    said = [s for s in spoken if isinstance(s.event, Said)]
    known = _known(spoken)
    fresh = _fresh(said, known)
    for s, id_ in zip(fresh, bulk.reserve_ids(Interaction, len(fresh)), strict=True):
        known[_target(s)] = id_
    bulk.insert(Interaction, INTERACTION_FIELDS, [_interaction_row(s, known[_target(s)], identity_ids) for s in fresh])
    _write_attachments(fresh, known)
    _write_revisions(spoken)
    _write_reactions(spoken, identity_ids)
    _write_statuses(spoken)
    gone = _index(spoken, fresh, known)
    monitors.note_mentions(
        [(known[_target(s)], f"{s.event.subject} {s.event.text}") for s in fresh if s.event.direction == "inbound"]
    )
    _touch_accounts(fresh)
    new = {s.n for s in fresh}
    return [_heard(s, known.get(_target(s)), identity_ids, s.n in new, _target(s) in gone) for s in spoken]


def _heard(s: Spoken, interaction_id: int | None, identity_ids: dict, is_new: bool, is_withdrawn: bool) -> Heard:
    if not isinstance(s.event, Said):
        return Heard(spoken=s, interaction_id=interaction_id, is_withdrawn=is_withdrawn)
    recipients = tuple(identity_ids[_key(r)] for r in s.event.recipients) if s.event.direction == "outbound" else ()
    return Heard(
        spoken=s,
        interaction_id=interaction_id,
        identity_id=identity_ids[_key(s.event.author)],
        recipient_ids=recipients,
        is_new=is_new,
        is_withdrawn=is_withdrawn,
    )


def _target(s: Spoken) -> tuple[int, str]:
    """(account, external id) of the voice that an event is, or is about."""
    event = s.event
    if isinstance(event, Said):
        return (s.account_id, event.external_id[:500])
    return (s.account_id, getattr(event, "target", "")[:500])


# ── Identities ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _key(author: Author) -> tuple[str, str]:
    return (author.network[:40], author.external_id[:320])


def _people(s: Spoken) -> Iterable[tuple[Author, datetime, bool]]:
    event = s.event
    if isinstance(event, Said):
        yield event.author, event.occurred_at, event.direction == "outbound"
        if event.direction == "outbound":
            yield from ((r, event.occurred_at, False) for r in event.recipients)
    elif isinstance(event, Reacted):
        yield event.author, event.occurred_at, False


def _identities(spoken: Sequence[Spoken]) -> dict[tuple[str, str], int]:
    """Ids of everybody who speaks in the batch; new ones are made, changed profiles follow the newest word."""
    seen: dict[tuple[str, str], tuple[Author, datetime, bool, datetime]] = {}
    for s in spoken:
        for author, at, ours in _people(s):
            before = seen.get(_key(author))
            if before is None:
                seen[_key(author)] = (author, at, ours, at)
            else:
                newer = (author, at) if at >= before[1] else before[:2]
                seen[_key(author)] = (*newer, ours or before[2], min(at, before[3]))
    known = bulk.existing(
        Identity, ["network", "external_id"], seen, [f for f in IDENTITY_FIELDS if f not in ("network", "external_id")]
    )
    missing = [key for key in seen if key not in known]
    ids = dict(zip(missing, bulk.reserve_ids(Identity, len(missing)), strict=True))
    bulk.insert(
        Identity, IDENTITY_FIELDS, [[ids[k], *k, *_profile(seen[k][0]), seen[k][2], seen[k][3], seen[k][1]] for k in missing]
    )
    changed = [update for key, row in known.items() if (update := _changed(row, *seen[key][:3]))]
    bulk.update(
        Identity, "id", ["handle", "name", "profile_url", "avatar_url", "followers", "verified", "is_ours", "profile_at"], changed
    )
    return ids | {key: row[0] for key, row in known.items()}


def _profile(author: Author) -> list:
    return [
        author.handle[:320],
        author.name[:200],
        author.profile_url[:1000],
        author.avatar_url[:1000],
        author.followers,
        author.verified,
    ]


def _changed(row: tuple, author: Author, at: datetime, ours: bool) -> list | None:
    """The update for an identity whose profile is newer than what we knew; None when there is nothing new.

    An empty field of a newer profile tells nothing and keeps what was known.
    """
    id_, *profile, is_ours, _, profile_at = row
    merged = [new if new not in ("", None) else old for old, new in zip(profile, _profile(author), strict=True)]
    merged[-1] = bool(profile[-1]) or author.verified
    if ours and not is_ours:
        return [id_, *merged, True, max(at, profile_at)]
    if at < profile_at or merged == profile:
        return None
    return [id_, *merged, is_ours, at]


# ── Voices ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _known(spoken: Sequence[Spoken]) -> dict[tuple[int, str], int]:
    targets = {_target(s) for s in spoken}
    return {key: row[0] for key, row in bulk.existing(Interaction, ["account_id", "external_id"], targets, ["id"]).items()}


def _fresh(said: Sequence[Spoken], known: dict) -> list[Spoken]:
    """The voices to write down: unknown, and of doubles in the batch the first; oldest first, so that ids ascend with time."""
    first: dict[tuple[int, str], Spoken] = {}
    for s in said:
        if _target(s) not in known:
            first.setdefault(_target(s), s)
    return sorted(first.values(), key=lambda s: (s.event.occurred_at, s.n))


def _interaction_row(s: Spoken, id_: int, identity_ids: dict) -> list:
    e = s.event
    return [
        id_,
        s.account_id,
        e.external_id[:500],
        identity_ids[_key(e.author)],
        s.delivery_id,
        e.direction,
        e.kind,
        e.visibility,
        e.addressed,
        e.occurred_at,
        s.received_at,
        e.subject[:500],
        e.text,
        s.html,
        "" if e.full_text == e.text else e.full_text,
        e.thread_ref[:500],
        e.parent_ref[:500],
        e.permalink[:1000],
        e.language[:12],
        {**e.extra, **({"found_by": list(e.found_by)} if e.found_by else {})},
    ]


def _write_attachments(fresh: Sequence[Spoken], known: dict) -> None:
    fields = ["interaction_id", "name", "content_type", "size_bytes", "sha256", "url", "alt", "content_id"]
    rows = [
        [known[_target(s)], f.name[:255], f.content_type[:120], f.size_bytes, sha256, f.url[:1000], f.alt, f.content_id[:255]]
        for s in fresh
        for f, sha256 in s.files
    ]
    bulk.insert(Attachment, fields, rows)


# ── What happens to a voice later, or earlier ───────────────────────────────────────────────────────────────────────


def _write_revisions(spoken: Sequence[Spoken]) -> None:
    fields = ["account_id", "target", "withdrawn", "version", "digest", "occurred_at", "received_at", "subject", "text", "html"]
    rows = [_revision_row(s) for s in spoken if isinstance(s.event, Edited | Withdrawn)]
    bulk.insert(Revision, fields, rows, ignore_conflicts=True)


def _revision_row(s: Spoken) -> list:
    e = s.event
    if isinstance(e, Withdrawn):
        return [*_target(s), True, "", "", e.occurred_at, s.received_at, "", "", ""]
    digest = hashlib.sha256(f"{e.subject}\0{e.text}\0{s.html}".encode()).hexdigest()[:16]
    return [*_target(s), False, e.version[:120], digest, e.occurred_at, s.received_at, e.subject[:500], e.text, s.html]


def _write_reactions(spoken: Sequence[Spoken], identity_ids: dict) -> None:
    newest_of: dict[tuple, tuple[datetime, bool]] = {}
    for s in spoken:
        if isinstance(s.event, Reacted):
            key = (*_target(s), identity_ids[_key(s.event.author)], s.event.reaction[:40])
            newest_of[key] = max(
                newest_of.get(key, (datetime.min.replace(tzinfo=s.received_at.tzinfo), False)),
                (s.event.occurred_at, s.event.active),
            )
    unique = ["account_id", "target", "identity_id", "reaction"]
    known = bulk.existing(Reaction, unique, newest_of, ["id", "occurred_at", "active"])
    bulk.insert(
        Reaction, [*unique, "occurred_at", "active"], [[*key, *value] for key, value in newest_of.items() if key not in known]
    )
    later = [
        [known[key][0], *value]
        for key, value in newest_of.items()
        if key in known and value > (known[key][1], bool(known[key][2]))
    ]
    bulk.update(Reaction, "id", ["occurred_at", "active"], later)


def _write_statuses(spoken: Sequence[Spoken]) -> None:
    told = sorted((s for s in spoken if isinstance(s.event, StatusChanged)), key=lambda s: (s.event.occurred_at, s.n))
    known = bulk.existing(
        SentStatus, ["account_id", "target"], {_target(s) for s in told}, ["id", "status", "reason", "occurred_at"]
    )
    now_at: dict[tuple, list] = {}
    for s in told:
        row = now_at.get(_target(s)) or list(known.get(_target(s), (None, "", "", s.event.occurred_at)))
        if (status := furthest(row[1], s.event.status)) != row[1]:
            row = [row[0], status, s.event.reason, s.event.occurred_at]
            now_at[_target(s)] = row
    fields = ["status", "reason", "occurred_at"]
    bulk.insert(
        SentStatus, ["account_id", "target", *fields], [[*key, *row[1:]] for key, row in now_at.items() if row[0] is None]
    )
    bulk.update(SentStatus, "id", fields, [row for row in now_at.values() if row[0] is not None])
    if now_at:
        outbox.tell("statuses.changed", targets=list(now_at))


def _index(spoken: Sequence[Spoken], fresh: Sequence[Spoken], known: dict) -> set[tuple[int, str]]:
    """Make the words that stand now searchable; returns the targets that are withdrawn."""
    revised = {_target(s) for s in spoken if isinstance(s.event, Edited | Withdrawn)} | {_target(s) for s in fresh}
    versions: dict[tuple, list[Version]] = {}
    for row in bulk.select(Revision, ["account_id", "target"], revised, list(Version._fields)):
        versions.setdefault(row[:2], []).append(Version(*row[2:]))
    gone = {target for target, found in versions.items() if any(v.withdrawn for v in found)}
    texts = {_target(s): _searchable(s.event) for s in fresh if _target(s) not in gone}
    for target, found in versions.items():
        if target in known and target not in gone and (latest := newest(found)):
            texts[target] = f"{latest.subject} {latest.text}"
    words.add((known[target], text, target[0]) for target, text in texts.items())
    words.remove([known[target] for target in gone if target in known])
    return gone


def _searchable(event: Said) -> str:
    """The words, and the reference that was given to the customer for coming back to them."""
    return " ".join([event.subject, event.text, str(event.extra.get("reference", ""))])


def _touch_accounts(fresh: Sequence[Spoken]) -> None:
    latest: dict[int, datetime] = {}
    for s in fresh:
        latest[s.account_id] = max(latest.get(s.account_id, s.received_at), s.received_at)
    bulk.update(ChannelAccount, "id", ["last_heard_at"], [[id_, at] for id_, at in latest.items()])

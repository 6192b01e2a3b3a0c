"""Every voice written down once, in one shape: the second step of the walk, inside its transaction.

Edits, withdrawals, reactions and statuses are rows that name their target by its external id, so they may come before it
and simply wait. Nothing here depends on the order in which events arrive.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import OuterRef, Subquery
from msgspec import Struct
from msgspec.structs import replace

from heard.kernel import bulk
from heard.listening import counts, monitors
from heard.listening.channels.contract import Author, Edited, ReachedUntil, Reacted, Said
from heard.listening.erased import keep_refusals
from heard.listening.models import Attachment, ChannelAccount, Identity, Interaction, Reaction
from heard.listening.namesakes import tell_apart
from heard.listening.normalise import Spoken
from heard.listening.revise import Revised, write_revisions
from heard.listening.statuses import write_statuses

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
PROFILE = ["handle", "name", "profile_url", "avatar_url", "followers", "verified"]
IDENTITY_FIELDS = ["id", "network", "external_id", *PROFILE, "is_ours", "first_seen_at", "profile_at"]


class Speaker(Struct, frozen=True, kw_only=True, gc=False):
    """An identity that spoke, or was spoken to, as it is known now."""

    id: int
    network: str
    external_id: str
    name: str
    handle: str
    verified: bool
    is_ours: bool
    is_new: bool  # never met before this batch
    formerly: tuple[str, str] | None = None  # handle and name, where either is another now


class Heard(Struct, frozen=True, kw_only=True, gc=False):
    """An event after it was written down. `interaction_id` is of the voice itself, or of the one an edit or withdrawal
    is about, and None while that one has not been heard."""

    spoken: Spoken
    interaction_id: int | None = None
    speaker: Speaker | None = None
    recipients: tuple[Speaker, ...] = ()  # whom an outbound voice went to
    is_new: bool = False  # a voice that was never heard before
    is_withdrawn: bool = False
    words: str = ""  # which of its words stand, where that is not the first ones: a digest
    is_reworded: bool = False  # an edit since which other words stand of a voice heard before; one of a batch for each voice

    @property
    def identity_id(self) -> int | None:
        return self.speaker.id if self.speaker else None


def write_down(spoken: Sequence[Spoken]) -> list[Heard]:
    """One `Heard` for each of `spoken`, in order. A voice that is known already, or doubled in the batch, is not new."""
    spoken = tell_apart(spoken)
    speakers = _speakers(spoken)
    known = _known(spoken)
    fresh = _fresh(spoken, known)
    for s, id_ in zip(fresh, bulk.reserve_ids(Interaction, len(fresh)), strict=True):
        known[s.target] = id_
    bulk.insert(Interaction, INTERACTION_FIELDS, [_interaction_row(s, known[s.target], speakers) for s in fresh])
    _write_attachments(fresh, known)
    revised = write_revisions(spoken, fresh, known)
    _write_reactions(spoken, speakers)
    write_statuses(spoken, fresh, speakers)
    inbound = [s for s in fresh if s.event.direction == "inbound"]  # type: ignore[union-attr]  # only voices are fresh
    places = [counts.place(s.account_id, s.event.occurred_at) for s in inbound]  # type: ignore[union-attr]
    counts.count_voices(places)
    monitors.note_mentions(((known[s.target], f"{s.event.subject} {s.event.text}") for s in inbound), places)  # type: ignore[union-attr]
    _touch_accounts(fresh)
    new = {s.n for s in fresh}
    reworded = revised.reworded - {s.target for s in fresh}
    bearers = set({s.target: s.n for s in spoken if isinstance(s.event, Edited) and s.target in reworded}.values())
    return [_heard(s, known.get(s.target), speakers, revised, is_new=s.n in new, is_reworded=s.n in bearers) for s in spoken]


def _heard(s: Spoken, interaction_id: int | None, speakers: dict, revised: Revised, *, is_new: bool, is_reworded: bool) -> Heard:
    event, is_withdrawn, standing = s.event, s.target in revised.gone, revised.words.get(s.target, "")
    if not isinstance(event, Said):
        return Heard(spoken=s, interaction_id=interaction_id, is_withdrawn=is_withdrawn, words=standing, is_reworded=is_reworded)
    return Heard(
        spoken=s,
        interaction_id=interaction_id,
        speaker=speakers[_key(event.author)],
        recipients=tuple(speakers[_key(r)] for r in event.recipients) if event.direction == "outbound" else (),
        is_new=is_new,
        is_withdrawn=is_withdrawn,
        words=standing,
    )


# ── Identities ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _key(author: Author) -> tuple[str, str]:
    return (author.network[:40], author.external_id[:320])


def _people(s: Spoken) -> Iterable[tuple[Author, datetime, bool]]:
    event = s.event
    if isinstance(event, Said):
        if event.direction == "inbound":
            return ((event.author, event.occurred_at, False),)
        return ((event.author, event.occurred_at, True), *((r, event.occurred_at, False) for r in event.recipients))
    if isinstance(event, Reacted | ReachedUntil):
        return ((event.author, event.occurred_at, False),)
    return ()


def _speakers(spoken: Sequence[Spoken]) -> dict[tuple[str, str], Speaker]:
    """Everybody who speaks in the batch; new identities are made, changed profiles follow the newest word."""
    seen: dict[tuple[str, str], tuple[Author, datetime, bool, datetime]] = {}
    for s in spoken:
        for author, at, ours in _people(s):
            key = _key(author)
            before = seen.get(key)
            if before is None:
                seen[key] = (author, at, ours, at)
            else:
                both = _together(before[0], before[1], author, at)
                seen[key] = (both, max(at, before[1]), ours or before[2], min(at, before[3]))
    known = bulk.existing(Identity, ["network", "external_id"], seen, ["id", *PROFILE, "is_ours", "profile_at"])
    missing = [key for key in seen if key not in known]
    rows = [
        (id_, *key, *_profile(seen[key][0]), seen[key][2], seen[key][3], seen[key][1])
        for key, id_ in zip(missing, bulk.reserve_ids(Identity, len(missing)), strict=True)
    ]
    bulk.insert(Identity, IDENTITY_FIELDS, rows)
    keep_refusals({row[1:3]: row[0] for row in rows if not row[-3]})
    changed = _changes(known, seen)
    bulk.update(Identity, "id", [*PROFILE, "is_ours", "profile_at"], list(changed.values()))
    found = {key: _speaker(key, row, is_new=False) for key, row in known.items() if key not in changed}
    found |= {key: _speaker(key, row, is_new=False, was=known[key][1:3]) for key, row in changed.items()}
    found |= {row[1:3]: _speaker(row[1:3], (row[0], *row[3:]), is_new=True) for row in rows}
    return found


def _changes(known: dict[tuple, tuple], seen: dict[tuple, tuple]) -> dict[tuple, tuple]:
    """The updates of identities of which something new was said. One query, and only when there are any.

    `profile_at` stands still while somebody says the same of themselves again and again. So what looks newer than it may be
    older than the last time they were heard, and then it is.
    """
    changed = {key: now for key, row in known.items() if (now := _changed(row, *seen[key][:3]))}
    heard = _last_heard(row[0] for row in changed.values())
    for key in list(changed):
        *row, profile_at = known[key]
        if (last := heard.get(row[0])) and last > max(profile_at, seen[key][1]):
            changed[key] = _changed((*row, last), *seen[key][:3]) or ()
    return {key: now for key, now in changed.items() if now}


def _last_heard(identity_ids: Iterable[int]) -> dict[int, datetime]:
    ids = list(identity_ids)
    if not ids:
        return {}
    newest = Interaction.objects.filter(identity=OuterRef("pk")).order_by("-occurred_at").values("occurred_at")[:1]
    found = Identity.objects.filter(id__in=bulk.among(ids)).annotate(last=Subquery(newest)).values_list("id", "last")
    return {id_: last for id_, last in found if last}


def _speaker(key: tuple[str, str], row: Sequence, *, is_new: bool, was: tuple[str, str] | None = None) -> Speaker:
    id_, handle, name, _, _, _, verified, is_ours, *_ = row
    return Speaker(
        id=id_,
        network=key[0],
        external_id=key[1],
        name=name,
        handle=handle,
        verified=verified,
        is_ours=is_ours,
        is_new=is_new,
        formerly=was if was != (handle, name) else None,
    )


def _profile(author: Author) -> tuple:
    return (
        author.handle[:320],
        author.name[:200],
        author.profile_url[:1000],
        author.avatar_url[:1000],
        author.followers,
        author.verified,
    )


def _together(a: Author, a_at: datetime, b: Author, b_at: datetime) -> Author:
    """What two profiles of one identity say together, in whatever order they came: see `_newest`."""
    if a == b:
        return a
    said = _newest(_profile(a), a_at, _profile(b), b_at)
    return replace(a, **dict(zip(PROFILE, said, strict=True)))


def _newest(a: Sequence, a_at: datetime, b: Sequence, b_at: datetime) -> list:
    """Of each field what was said last, and of two things said at one time the greater; an empty field says nothing.

    Verified once is verified.
    """
    old, new = (a, b) if a_at <= b_at else (b, a)
    merged = [o if n in ("", None) else n for o, n in zip(old, new, strict=True)]
    if a_at == b_at:
        merged = [n if o in ("", None) else max(n, o) for o, n in zip(old, merged, strict=True)]
    merged[-1] = bool(a[-1]) or bool(b[-1])
    return merged


def _changed(row: tuple, author: Author, at: datetime, ours: bool) -> tuple | None:
    """The update for an identity of which something new was said; None when nothing was."""
    id_, *profile, is_ours, profile_at = row
    new = _profile(author)
    if new == tuple(profile) and (is_ours or not ours):
        return None
    merged = _newest(profile, profile_at, new, at)
    if ours and not is_ours:
        return (id_, *merged, True, max(at, profile_at))
    if merged == profile:
        return None
    return (id_, *merged, is_ours, max(at, profile_at))


# ── Voices ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _known(spoken: Sequence[Spoken]) -> dict[tuple[int, str], int]:
    found = bulk.select(Interaction, ["account_id", "external_id"], {s.target for s in spoken}, ["id"])
    return {row[:2]: row[2] for row in found}


def _fresh(spoken: Sequence[Spoken], known: dict) -> list[Spoken]:
    """The voices to write down: unknown, and of doubles in the batch the first; oldest first, so that ids ascend with time."""
    first: dict[tuple[int, str], Spoken] = {}
    for s in spoken:
        if s.target not in known and isinstance(s.event, Said):
            first.setdefault(s.target, s)
    return sorted(first.values(), key=_moment_and_number)


def _moment_and_number(s: Spoken) -> tuple:
    """Networks number what they carry, and many tell times in whole seconds: of one moment 998 is before 1000."""
    account_id, external_id = s.target
    return s.event.occurred_at, account_id, len(external_id), external_id  # type: ignore[union-attr]


def _interaction_row(s: Spoken, id_: int, speakers: dict) -> tuple:
    e = s.event
    return (
        id_,
        s.account_id,
        s.target[1],
        speakers[_key(e.author)].id,
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
        s.extra,
    )


def _write_attachments(fresh: Sequence[Spoken], known: dict) -> None:
    fields = ["interaction_id", "name", "content_type", "size_bytes", "sha256", "url", "alt", "content_id"]
    rows = [
        [known[s.target], f.name[:255], f.content_type[:120], f.size_bytes, sha256, f.url[:1000], f.alt, f.content_id[:255]]
        for s in fresh
        for f, sha256 in s.files
    ]
    bulk.insert(Attachment, fields, rows)


# ── What happens to a voice later, or earlier ───────────────────────────────────────────────────────────────────────


def _write_reactions(spoken: Sequence[Spoken], speakers: dict) -> None:
    newest_of: dict[tuple, tuple[datetime, bool]] = {}
    for s in spoken:
        if isinstance(s.event, Reacted):
            key = (*s.target, speakers[_key(s.event.author)].id, s.event.reaction[:40])
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


def _touch_accounts(fresh: Sequence[Spoken]) -> None:
    latest: dict[int, datetime] = {}
    for s in fresh:
        latest[s.account_id] = max(latest.get(s.account_id, s.received_at), s.received_at)
    bulk.update(ChannelAccount, "id", ["last_heard_at"], [[id_, at] for id_, at in latest.items()])

"""Edits and withdrawals, which may come before what they are about: part of writing down, inside the walk's transaction."""

import hashlib
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from heard.kernel import bulk
from heard.kernel.rules.words import indexed
from heard.kernel.search import TextIndex
from heard.listening.channels.contract import Edited, Withdrawn
from heard.listening.models import Revision
from heard.listening.normalise import Spoken
from heard.listening.rules.revisions import Version, newest

REVISES = (Edited, Withdrawn)
Target = tuple[int, str]
words = TextIndex("listening_words")


class Revised(Struct, frozen=True):
    """`words`: {voice: digest of the words that stand} where the first ones do not; `reworded`: those that other words stand of
    since this batch; `gone`: those that are withdrawn."""

    words: Mapping[Target, str]
    reworded: frozenset[Target]
    gone: frozenset[Target]


def write_revisions(spoken: Sequence[Spoken], fresh: Sequence[Spoken], known: Mapping[Target, int]) -> Revised:
    """Every revision is written once, and the words that stand are searchable. `known`: {voice: its id}, new ones included."""
    revising = [s for s in spoken if isinstance(s.event, REVISES)]
    before: dict[Target, list[Version]] = {}
    for row in bulk.select(Revision, ["account_id", "target"], {s.target for s in (*revising, *fresh)}, list(Version._fields)):
        before.setdefault(row[:2], []).append(Version(*row[2:]))
    after = {target: list(found) for target, found in before.items()}
    for s in revising:
        after.setdefault(s.target, []).append(version_of(s))
    _write(revising)
    gone = {target for target, found in after.items() if any(v.withdrawn for v in found)}
    latest = {target: version for target, found in after.items() if target in known and (version := newest(found))}
    _index(fresh, latest, gone, known)
    digests = {target: version.digest for target, version in latest.items()}
    was = {target: version.digest for target, found in before.items() if (version := newest(found))}
    reworded = frozenset(target for target, digest in digests.items() if digest != was.get(target))
    return Revised(digests, reworded, frozenset(gone))


def version_of(s: Spoken) -> Version:
    """As it will be stored. Of an edit or a withdrawal."""
    e = s.event
    if isinstance(e, Withdrawn):
        return Version(True, "", "", e.occurred_at, "", "", "")
    assert isinstance(e, Edited)
    digest = hashlib.sha256(f"{e.subject}\0{e.text}\0{s.html}".encode()).hexdigest()[:16]
    return Version(False, e.version[:120], digest, e.occurred_at, e.subject[:500], e.text, s.html)


def _write(revising: Sequence[Spoken]) -> None:
    fields = ["account_id", "target", *Version._fields, "received_at", "delivery_id", "extra"]
    rows = [[*s.target, *version_of(s), s.received_at, s.delivery_id, s.extra] for s in revising]
    bulk.insert(Revision, fields, rows, ignore_conflicts=True)


def _index(
    fresh: Sequence[Spoken], latest: Mapping[Target, Version], gone: Collection[Target], known: Mapping[Target, int]
) -> None:
    texts = {s.target: s.words for s in fresh if s.target not in gone}
    for target, version in latest.items():
        if target not in gone:
            texts[target] = indexed(f"{version.subject} {version.text}")
    words.add(((known[target], text, target[0]) for target, text in texts.items()), are_words=True)
    words.remove([known[target] for target in gone if target in known])

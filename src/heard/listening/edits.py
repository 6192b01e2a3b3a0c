"""Which words stand of voices that their authors changed, for those who read them before they are written down.

An edit may come before the voice, with it, or years later; what stands is the same in the end. Nothing here asks for a viewer.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from heard.kernel import bulk
from heard.listening.channels.contract import Edited, Said
from heard.listening.models import Interaction, Revision
from heard.listening.normalise import Spoken
from heard.listening.revise import version_of
from heard.listening.rules.revisions import Version, newest

Target = tuple[int, str]  # (account, external id)
_CONTEXT = ["direction", "kind", "visibility", "addressed", "language_hint", "subject", "extra"]


class Standing(Struct, frozen=True, kw_only=True, gc=False):
    """The words of a customer that stand, with what they were said by. `words`: a digest that tells them from others."""

    words: str
    account_kind: str
    kind: str
    visibility: str
    addressed: bool
    language: str
    subject: str
    text: str


def standing(spoken: Sequence[Spoken]) -> dict[Target, Standing]:
    """{voice: its words} of customers' voices in `spoken` that were edited, once all of it is written down.

    One query; a second one where there are any.
    """
    edits = [s for s in spoken if isinstance(s.event, Edited)]
    voices = [s for s in spoken if isinstance(s.event, Said)]
    versions: dict[Target, list[Version]] = {}
    for row in bulk.select(Revision, ["account_id", "target"], {s.target for s in (*edits, *voices)}, list(Version._fields)):
        versions.setdefault(row[:2], []).append(Version(*row[2:]))
    for s in edits:
        versions.setdefault(s.target, []).append(version_of(s))
    latest = {target: found for target, all_ in versions.items() if (found := newest(all_))}
    if not latest:
        return {}
    kinds = {s.account_id: s.account_kind for s in spoken}
    return {
        target: _standing(latest[target], kinds[target[0]], *context)
        for target, (direction, *context, extra) in _contexts(voices, latest).items()
        if direction == "inbound" and extra.get("record") is not True
    }


def _contexts(voices: Iterable[Spoken], wanted: Iterable[Target]) -> dict[Target, tuple]:
    """What was written down first counts, as it does for every other reader; of doubles in a batch the first."""
    known = bulk.existing(Interaction, ["account_id", "external_id"], wanted, _CONTEXT)
    for s in voices:
        if s.target in wanted and s.target not in known:
            e: Said = s.event  # type: ignore[assignment]
            known[s.target] = (e.direction, e.kind, e.visibility, e.addressed, e.language[:12], e.subject, e.extra)
    return known


def _standing(
    version: Version, account_kind: str, kind: str, visibility: str, addressed: bool, language: str, subject: str
) -> Standing:
    return Standing(
        words=version.digest,
        account_kind=account_kind,
        kind=kind,
        visibility=visibility,
        addressed=addressed,
        language=language,
        subject=version.subject or subject,
        text=version.text,
    )

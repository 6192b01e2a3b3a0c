"""Different voices under one external id: mail programs repeat a Message-ID, and strangers can copy one.

An adapter whose ids are made by the sender puts a digest of what was said into `extra["digest"]`. The first voice keeps
the id; one that says something else gets it with its digest behind, so that it is heard too. Its thread stays the same.
"""

from collections.abc import Sequence

import msgspec

from heard.kernel import bulk
from heard.listening.channels.contract import Said
from heard.listening.models import Interaction
from heard.listening.normalise import Spoken


def tell_apart(spoken: Sequence[Spoken]) -> list[Spoken]:
    """`spoken` in its order, with every voice under an id of its own. One query, and none where no digest is given."""
    ids = {(s.account_id, s.event.external_id[:500]) for s in spoken if _digest(s)}
    known = {
        key: (direction, extra.get("digest", ""))
        for key, (direction, extra) in bulk.existing(
            Interaction, ["account_id", "external_id"], ids, ["direction", "extra"]
        ).items()
    }
    return [_with_own_id(s, known) if _digest(s) else s for s in spoken]


def _with_own_id(s: Spoken, known: dict[tuple[int, str], tuple[str, str]]) -> Spoken:
    event, digest = s.event, _digest(s)
    first_direction, first_digest = known.setdefault((s.account_id, event.external_id[:500]), (event.direction, digest))
    if first_digest in ("", digest) and first_direction == event.direction:
        return s
    apart = f"{event.external_id[:480]}#{digest[:16]}"
    references = (*event.references, event.external_id)
    return msgspec.structs.replace(s, event=msgspec.structs.replace(event, external_id=apart, references=references))


def _digest(s: Spoken) -> str:
    return str(s.event.extra.get("digest", "")) if isinstance(s.event, Said) else ""

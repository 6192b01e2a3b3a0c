"""Different voices under one external id: mail programs repeat a Message-ID, and strangers can copy one.

An adapter whose ids are made by the sender puts a digest of what was said into `extra["digest"]`. The first voice keeps
the id; one that says something else gets it with its digest behind, so that it is heard too. Its thread stays the same.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from heard.kernel import bulk
from heard.listening.channels.contract import Said
from heard.listening.models import Interaction
from heard.listening.normalise import Spoken, extra_of


class First(NamedTuple):
    """What is known of the voice that has the id already."""

    direction: str
    digest: str
    text: str


def tell_apart(spoken: Sequence[Spoken]) -> list[Spoken]:
    """`spoken` in its order, with every voice under an id of its own. One query, and none where no digest is given."""
    ids = {s.target for s in spoken if _digest(s)}
    if not ids:
        return list(spoken)
    rows = bulk.existing(Interaction, ["account_id", "external_id"], ids, ["direction", "extra", "text"])
    known = {key: First(direction, extra.get("digest", ""), text) for key, (direction, extra, text) in rows.items()}
    return [_with_own_id(s, known) if _digest(s) else s for s in spoken]


def _with_own_id(s: Spoken, known: dict[tuple[int, str], First]) -> Spoken:
    event, digest = s.event, _digest(s)
    first = known.setdefault(s.target, First(event.direction, digest, event.text))
    if _says_the_same(first, event, digest):
        return s
    apart = f"{event.external_id[:480]}#{digest[:16]}"
    references = (*event.references, event.external_id)
    event = msgspec.structs.replace(event, external_id=apart, references=references)
    return msgspec.structs.replace(s, event=event, target=(s.account_id, apart), extra=extra_of(event))


def _says_the_same(first: First, event: Said, digest: str) -> bool:
    """Our own words have no digest; their copies, back over the network, are known by the words."""
    if first.digest:
        return first.digest == digest
    return first.direction == event.direction or first.text.split() in (event.text.split(), event.full_text.split())


def _digest(s: Spoken) -> str:
    return str(s.event.extra.get("digest", "")) if type(s.event) is Said and s.event.extra else ""

"""Personal data made unreadable before it is stored, as the policy of the house says: after `read`, before any row.

The words, the HTML, what the text index holds and what came beside are masked alike, and the bytes as they arrived are let
go when the voice is ticked off. Files are not looked into. A place that is masked keeps its last two signs at most, so that
its owner knows which one is meant.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from heard.governance import selectors as governance
from heard.governance.rules.masking import masked_kinds
from heard.listening.channels.contract import Edited, Said
from heard.listening.normalise import Spoken, searchable
from heard.understanding.assess import well_formed_words
from heard.understanding.rules.personal_data import personal_data
from heard.understanding.slots import Reading

WORDS = ("text", "full_text", "subject")


def mask(spoken: Sequence[Spoken], readings: Sequence[Reading | None]) -> list[Spoken]:
    """`spoken` in their order, those that hold what the policy masks without it. One query, and no look at most voices."""
    policy = governance.masking_policy()
    kinds = {is_public: masked_kinds(policy, is_public=is_public) for is_public in (True, False)}
    return [
        _masked(s, kinds[_is_public(s.event)]) if _may_hold(s, reading, kinds) else s
        for s, reading in zip(spoken, readings, strict=True)
    ]


def _may_hold(s: Spoken, reading: Reading | None, kinds: Mapping[bool, frozenset[str]]) -> bool:
    """What was said inbound has been read; an edit has not, and our own words are our own matter."""
    if reading is None:
        return isinstance(s.event, Edited)
    if not reading.private:
        return False
    event = s.event
    if event.subject or event.full_text:  # type: ignore[union-attr]  # only voices have been read
        return True  # each is looked at by itself, and what was quoted has not been read at all
    return not kinds[_is_public(event)].isdisjoint(reading.private)


def _is_public(event: Any) -> bool:
    """An edit does not say who reads it; what it changes may be public."""
    return event.visibility != "private" if isinstance(event, Said) else True


def _masked(s: Spoken, kinds: frozenset[str]) -> Spoken:
    event = s.event
    assert isinstance(event, Said | Edited)  # nothing else has words
    found = _places(event, kinds)
    if not found:
        return s
    cover = _cover(found)
    changed = replace(event, **{name: cover(getattr(event, name)) for name in WORDS if hasattr(event, name)}, html="")
    extra = msgspec.Raw(msgspec.json.encode(_throughout(msgspec.json.decode(s.extra), cover)))
    changed = replace(changed, extra=_throughout(changed.extra, cover))
    words = searchable(changed) if isinstance(changed, Said) else ""
    return replace(s, event=changed, html=cover(s.html), words=words, extra=extra, is_masked=True)


def _places(event: Any, kinds: frozenset[str]) -> dict[str, str]:
    """{as it was written: as it may be shown} of all that is to be masked in the words."""
    found: dict[str, str] = {}
    for name in WORDS:
        words = well_formed_words(getattr(event, name, ""))
        for datum in personal_data(words):
            if datum.kind in kinds:
                found[words[datum.start : datum.end]] = datum.masked
    return found


def _cover(found: Mapping[str, str]) -> Callable[[str], str]:
    longest_first = sorted(found.items(), key=lambda place: -len(place[0]))

    def cover(words: str) -> str:
        for written, shown in longest_first:
            words = words.replace(written, shown)
        return words

    return cover


def _throughout(value: Any, cover: Callable[[str], str]) -> Any:
    """Every text inside JSON."""
    if isinstance(value, str):
        return cover(value)
    if isinstance(value, Mapping):
        return {key: _throughout(inner, cover) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_throughout(inner, cover) for inner in value]
    return value

"""Voices as threading sees them: those that were just heard, and those that were heard before and are threaded once more."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from heard.listening.as_told import Told
from heard.listening.channels.contract import Said
from heard.listening.write_down import Heard
from heard.routing.rules.admission import Claim, claim_of
from heard.routing.rules.matter import Matter, bare_subject
from heard.routing.rules.triage import VoiceSigns, needs_conversation
from heard.understanding.assess import Understood, is_record
from heard.understanding.selectors import Verdict

LIVE_KINDS = ("call", "meeting", "visit", "letter")
NOT_LIVE = ("dropped", "missed", "voicemail", "call back")
NO_MATTER = ("bounce", "auto_reply")  # of a machine: they go where they refer to, or nowhere

Ref = tuple[int, str]  # (account, network id)


def happened_live(kind: str, outcome: object, *, record: bool) -> bool:
    return kind in LIVE_KINDS and outcome not in NOT_LIVE and not record


def signs_of(u: Understood) -> VoiceSigns:
    heard, reading = u.recognised.heard, u.reading
    event: Said = heard.spoken.event  # type: ignore[assignment]  # only voices have signs
    live = event.kind in LIVE_KINDS and happened_live(event.kind, event.extra.get("outcome"), record=is_record(event))
    edited = bool(heard.words)
    if reading is None:
        return VoiceSigns(event.kind, event.addressed, heard.is_withdrawn, (), False, False, 0, False, live, edited)
    return VoiceSigns(
        kind=event.kind,
        addressed=event.addressed,
        withdrawn=heard.is_withdrawn,
        kinds=tuple(reading.kinds),
        answer_due=reading.answer_due,
        operational=reading.operational,
        urgency=reading.urgency,
        has_open_case=False,
        happened_live=live,
        edited=edited,
    )


def told_signs(told: Told, verdict: Verdict | None) -> VoiceSigns:
    """The same of one that was heard before."""
    live = happened_live(told.kind, told.outcome, record=told.is_record)
    edited = told.edited_at is not None
    if verdict is None:
        return VoiceSigns(told.kind, told.addressed, told.is_withdrawn, (), False, False, 0, False, live, edited)
    return VoiceSigns(
        kind=told.kind,
        addressed=told.addressed,
        withdrawn=told.is_withdrawn,
        kinds=tuple(verdict.kinds),
        answer_due=verdict.answer_due,
        operational=verdict.operational,
        urgency=verdict.urgency,
        has_open_case=False,
        happened_live=live,
        edited=edited,
    )


def _refs(account_id: int, external_id: str, parent: str, references: Sequence[str], thread: str) -> tuple[list[Ref], list[Ref]]:
    """(all that leads from a voice to its thread, its own first and then nearest first; of them what it says it answers)."""
    if not references and not parent and not thread:
        return [(account_id, external_id[:500])], []
    nearest = [ref for ref in (parent, *reversed(references)) if ref]
    found = dict.fromkeys(ref[:500] for ref in (external_id, *nearest, thread) if ref)
    answered = dict.fromkeys(ref[:500] for ref in nearest if ref != external_id)
    return [(account_id, ref) for ref in found], [(account_id, ref) for ref in answered]


class Voice:
    """What threading asks of a voice again and again, and its conversation once it has one (a book.Talk)."""

    __slots__ = ("account_id", "answered", "at", "customer_id", "deserves", "interaction_id", "refs", "subject", "talk", "why")

    account_id: int
    interaction_id: int
    at: datetime
    customer_id: int | None
    deserves: bool  # a conversation of its own, where it goes on with none
    refs: list[Ref]  # network ids that lead from it to its thread: its own, then the nearest first
    answered: list[Ref]  # those of them that it says it answers, without the thread as a whole
    subject: str
    talk: Any
    why: str  # it was let into its conversation, or was not, where that is not plain
    # Of one that is threaded once more: where it was until now, and whether it stays there whatever came.
    was: Any = None
    is_pinned = False

    @property
    def own_ref(self) -> Ref:
        return self.refs[0]

    @property
    def key(self) -> tuple:
        """The order in which voices are told: by time, and never by when they reached us."""
        return (self.at, self.own_ref)

    @property
    def is_ours(self) -> bool:
        """Our own words, towards nobody in particular."""
        raise NotImplementedError

    @property
    def who(self) -> int | None:
        """The identity on the other side."""
        raise NotImplementedError

    @property
    def towards(self) -> int | None:
        """Of our own words the identity they went to."""
        raise NotImplementedError

    @property
    def whose(self) -> int:
        """Who may pick up where this one left: the identity, or 0 for all of us."""
        return 0 if self.is_ours else self.who or 0

    @property
    def matter(self) -> Matter:
        raise NotImplementedError

    @property
    def has_matter(self) -> bool:
        raise NotImplementedError

    @property
    def claim(self) -> Claim | None:
        """What its network says of whether it answers us; see rules/admission.py."""
        raise NotImplementedError

    @property
    def is_flat(self) -> bool:
        """It names its thread and nothing within it that it answers."""
        return len(self.refs) > 1 and not self.answered

    def leads(self) -> Sequence[Ref]:
        """Where to look for its conversation. Our own words answer what they name: the thread as a whole may be full of others."""
        return [self.own_ref, *self.answered] if self.answered and self.is_ours else self.refs


class Fresh(Voice):
    """A voice never heard before."""

    __slots__ = ("event", "heard", "signs", "understood")

    def __init__(self, u: Understood) -> None:
        self.understood, self.heard, self.customer_id = u, u.recognised.heard, u.recognised.customer_id
        event: Said = self.heard.spoken.event  # type: ignore[assignment]  # only voices are new
        self.event, self.at, self.subject = event, event.occurred_at, event.subject
        self.account_id, external_id = self.heard.spoken.target
        self.interaction_id = self.heard.interaction_id or 0
        self.refs, self.answered = _refs(self.account_id, external_id, event.parent_ref, event.references, event.thread_ref)
        self.signs = signs_of(u)
        self.deserves = self._deserves()
        self.talk, self.why = None, ""

    def _deserves(self) -> bool:
        if self.event.direction == "outbound":
            return self.customer_id is not None
        return self.event.kind not in NO_MATTER and needs_conversation(self.signs)

    @property
    def is_ours(self) -> bool:
        return self.customer_id is None and self.event.direction == "outbound"

    @property
    def who(self) -> int | None:
        heard: Heard = self.heard
        if self.event.direction == "inbound":
            return heard.identity_id
        return heard.recipients[0].id if heard.recipients else None

    @property
    def towards(self) -> int | None:
        return None if self.event.direction == "inbound" else self.who

    @property
    def matter(self) -> Matter:
        reading = self.understood.reading
        return Matter(frozenset(reading.kinds) if reading else frozenset(), bare_subject(self.subject), self.at)

    @property
    def has_matter(self) -> bool:
        return self.event.kind not in NO_MATTER

    @property
    def claim(self) -> Claim | None:
        return claim_of(self.event.extra) if self.event.extra else None


class Retold(Voice):
    """A voice heard before. `who`: the identity on the other side; of our own words, whom they went to."""

    __slots__ = ("_claim", "_who", "is_pinned", "kinds", "told", "was")

    def __init__(self, told: Told, verdict: Verdict | None, *, who: int | None, customer_id: int | None) -> None:
        self.told, self.kinds = told, frozenset(verdict.kinds) if verdict else frozenset()
        self.account_id, self.interaction_id, self.at, self.subject = told.account_id, told.id, told.occurred_at, told.subject
        self.customer_id, self._who = customer_id, who
        self.refs, self.answered = _refs(told.account_id, told.external_id, told.parent_ref, told.references, told.thread_ref)
        self.deserves = customer_id is not None
        if not told.is_ours:
            self.deserves = told.kind not in NO_MATTER and needs_conversation(told_signs(told, verdict))
        self._claim = claim_of(told.extra) if told.extra else None
        self.talk = self.was = None
        self.is_pinned, self.why = False, ""

    @property
    def is_ours(self) -> bool:
        return self.told.is_ours and self.customer_id is None

    @property
    def who(self) -> int | None:
        return self._who

    @property
    def towards(self) -> int | None:
        return self._who if self.told.is_ours else None

    @property
    def matter(self) -> Matter:
        return Matter(self.kinds, bare_subject(self.subject), self.at)

    @property
    def has_matter(self) -> bool:
        return self.told.kind not in NO_MATTER

    @property
    def claim(self) -> Claim | None:
        return self._claim


V = TypeVar("V", bound=Voice)


def in_order(voices: Iterable[Voice]) -> list[Voice]:
    """By time. What answers another comes after it, whatever the clocks of their network say."""
    return parents_first(sorted(voices, key=lambda v: v.key))


def parents_first(by_time: list[V]) -> list[V]:
    answering = [v for v in by_time if v.answered]
    if not answering:
        return by_time
    answered = {ref for v in answering for ref in v.answered}
    named = {v.refs[0]: v for v in by_time if v.refs[0] in answered}
    if not any((other := named.get(ref)) and other.key > v.key for v in answering for ref in v.answered):
        return by_time
    done: dict[Ref, V] = {}
    for v in by_time:
        _after_its_parents(v, named, done)
    return list(done.values())


def _after_its_parents(v: V, named: dict[Ref, V], done: dict[Ref, V]) -> None:
    """Without recursion, which a long thread would exhaust; of a ring of voices that answer each other the first stays first."""
    way, begun = [v], {v.own_ref}
    while way:
        last = way[-1]
        waits_for = (named[r] for r in last.answered if r in named and r not in done and r not in begun)
        if parent := next(waits_for, None):
            begun.add(parent.own_ref)
            way.append(parent)
        else:
            way.pop()
            done.setdefault(last.own_ref, last)

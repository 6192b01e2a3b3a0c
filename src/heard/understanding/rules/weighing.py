"""Verdicts of two readers brought together: rules, which are right when they speak, and what was learned, which always speaks.

The learned scores decide; what a rule says counts for a little more, and decides where somebody may come to harm or is cut off.
Reasons are the rule's where it said the same, or else the hints that spoke most. A doubtful voice goes to a person: an answer is due
on less than even odds, and on much less where a rule hears a request.

A batch is decided by column, a row for each voice; what there is to say about a decision is remembered, since most voices with the
same signs are decided alike.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from heard.understanding.rules.learned import ALL, FELT, Floats, Learned
from heard.understanding.rules.verdicts import MACHINES, SOON, Judged, Verdict
from heard.understanding.rules.wording import Wording
from heard.understanding.slots import COMPLEXITIES, KINDS, SENTIMENTS, Reason

# Chosen by cross-validation on the voices that are trained on; all scores mostly lie between -1 and 1.
LEAST = -0.2  # of a kind to be said
LEAST_OF_SPAM = -0.1
NOT_ASKED, PERHAPS_ASKED, ASKED = range(3)  # "perhaps" where nothing says so but that it speaks to us
# By what the rules say: who plainly asks is answered unless it sounds like nothing of the kind.
LEAST_DUE = np.array((0.0, -0.1, -0.6))
LEAST_URGENT = -0.1
PRESSING = 2  # from this urgency on nothing that was learned overrules a rule: harm, and people who are cut off
OF_A_RULE = 0.2  # what it counts for that a rule says so
MORE_FOR_SPAM = 0.4  # where a rule hears a request or a kind: who asks, praises or judges us is rarely a bot
TO_NOBODY = 0.4  # more, where a voice speaks to others: these were never learned from
DOUBT = 0.12  # nearer than this to being the other way is unsure
CLOSE = DOUBT / 2  # the same for each of seven kinds
SEEN_BY_ALL = ("review", "article")

# Columns, of the scores and of what the rules say alike: the kinds come first in both.
PLACE = {name: n for n, name in enumerate(ALL)}
SUPPORT, SALES, MARKETING, COMMUNITY, RISK, SPAM = (
    PLACE[name] for name in ("support", "sales", "marketing", "community", "risk", "spam")
)
CALL_FOR_ANSWERS, SERIOUS = (SUPPORT, SALES, RISK), (SUPPORT, RISK)
FELT_AT = slice(PLACE[FELT[0]], PLACE[FELT[-1]] + 1)
DUE, OPERATIONAL, ANALYTICAL = (PLACE[name] for name in ("answer_due", "operational", "analytical"))
URGENT = (PLACE["urgency2"], PLACE["urgency3"])
COMPLEX = (PLACE["complexity2"], PLACE["complexity3"])
Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]
BECAUSE = {
    "support": "sounds like somebody who needs help",
    "sales": "sounds like somebody who may buy",
    "praise": "sounds like a compliment",
    "product": "sounds like a judgement or a wish about what we offer",
    "marketing": "sounds like something that others are to see",
    "community": "sounds like talk between customers",
    "risk": "sounds like harm, law, fraud or a story about to travel",
    "spam": "sounds like unasked-for advertising or a scam",
}


class Outcome(NamedTuple):
    """What is decided about a voice."""

    kinds: tuple[str, ...]
    urgency: int
    answer_due: bool
    operational: bool
    analytical: bool


class Weighed(Struct, frozen=True, gc=False):
    """A decision with its reasons, how complex the voice is, what it feels toward us and by how much that leads, and which fields were close."""

    outcome: Outcome
    reasons: list[Reason]
    complexity: str
    sentiment: str
    lead: float
    sure: float  # 0..1
    unsure: tuple[str, ...]


def weighed(rules: Sequence[Judged], scores: Floats, wordings: Sequence[Wording], learned: Learned) -> list[Weighed]:
    """`scores` [voices, ALL]; `rules` is what rules/verdicts.py says of each voice, and is not changed."""
    cases, scores = _cases(rules), scores.astype(np.float64)
    numbers, unsure = _outcomes(cases, scores)
    complex_ = (scores[:, COMPLEX[0]] > 0) * (1 + (scores[:, COMPLEX[1]] > 0)) * ~cases.is_machine
    sure = np.where(cases.is_machine, 0.9, np.minimum(0.9, 0.5 + np.abs(scores[:, DUE]) / 2))
    felt = scores[:, FELT_AT]
    leads = np.sort(felt, axis=1)
    columns = (numbers, complex_, felt.argmax(1), leads[:, -1] - leads[:, -2], sure, unsure)
    return [
        Weighed(
            outcome(number),
            _reasons(_told(rule, number), words, learned),
            COMPLEXITIES[complexity],
            SENTIMENTS[feels],
            lead,
            confidence,
            CLOSE_FIELDS[close],
        )
        for rule, words, number, complexity, feels, lead, confidence, close in zip(
            rules, wordings, *(column.tolist() for column in columns), strict=True
        )
    ]


class Cases(NamedTuple):
    """What the rules say of each voice, and where it was said, by column; `kinds` [voices, KINDS]."""

    is_to_us: Flags
    is_open: Flags
    is_seen: Flags
    is_machine: Flags
    is_due: Flags
    urgency: Whole
    asked: Whole
    kinds: Flags


def _cases(rules: Sequence[Judged]) -> Cases:
    different = {rule: n for n, rule in enumerate(dict.fromkeys(rules))}  # most are like another
    rows = np.array([_case(rule) for rule in different], np.int64).reshape(len(different), -1)
    rows = rows[[different[rule] for rule in rules]]
    is_so = rows.T > 0
    return Cases(is_so[0], is_so[1], is_so[2], is_so[3], is_so[4], rows[:, 5], rows[:, 6], is_so[7:].T)


@lru_cache(maxsize=4096)
def _case(rule: Judged) -> tuple[int, ...]:
    """A row of Cases."""
    voice, verdict = rule.voice, rule.verdict
    seen, machine = voice.kind in SEEN_BY_ALL, voice.kind in MACHINES
    kinds = (kind in verdict.kinds for kind in KINDS)
    return (voice.is_to_us, voice.is_open, seen, machine, verdict.answer_due, verdict.urgency, _asked(verdict), *kinds)


def _asked(rule: Verdict) -> int:
    """Whether the rules hear a request."""
    return NOT_ASKED if not rule.answer_due else PERHAPS_ASKED if rule.hangs_on_tone else ASKED


def _outcomes(cases: Cases, scores: Floats) -> tuple[Whole, Whole]:
    """The number of each outcome, and which fields were close: a number for CLOSE_FIELDS."""
    kinds, kinds_close = _kinds(cases, scores)
    is_spam = kinds[:, SPAM]
    due, due_close = _due(cases, kinds, scores)
    due &= ~is_spam
    learned = np.where(scores[:, URGENT[0]] <= LEAST_URGENT, 1, np.where(scores[:, URGENT[1]] > LEAST_URGENT, 3, 2))
    urgency = np.where(due, np.where(cases.urgency >= PRESSING, np.maximum(learned, cases.urgency), learned), 0)
    operational = (due & (scores[:, OPERATIONAL] > 0)) | kinds[:, SALES]
    analytical = ~is_spam & (scores[:, ANALYTICAL] > 0)
    due_close &= ~is_spam & (~due | (learned == 1))
    numbers = _numbers(kinds, urgency, operational, analytical)
    return np.where(cases.is_machine, 0, numbers), np.where(cases.is_machine, 0, kinds_close + 2 * due_close)


CLOSE_FIELDS = ((), ("kinds",), ("answer_due",), ("kinds", "answer_due"))


def _kinds(cases: Cases, scores: Floats) -> tuple[Flags, Flags]:
    """[voices, KINDS] the kinds, and whether one was close."""
    hears_more = cases.kinds.any(1) | (cases.asked == ASKED)
    over_spam = scores[:, SPAM] - (LEAST_OF_SPAM + MORE_FOR_SPAM * hears_more)
    is_spam = cases.kinds[:, SPAM] | (over_spam > 0)
    lead = scores[:, : len(KINDS)] - np.where(cases.is_to_us, LEAST, LEAST + TO_NOBODY)[:, None] + OF_A_RULE * cases.kinds
    said = lead > 0
    said[:, COMMUNITY] &= cases.is_open
    pressing = cases.urgency >= PRESSING
    for kind in SERIOUS:
        said[:, kind] |= cases.kinds[:, kind] & pressing
    said[:, MARKETING] |= cases.is_seen
    said[is_spam] = False
    said[:, SPAM] = is_spam
    lead[:, SPAM] = CLOSE
    close = (np.abs(lead) < CLOSE).any(1)
    return said, np.where(is_spam, np.abs(over_spam) < DOUBT, close)


def _due(cases: Cases, kinds: Flags, scores: Floats) -> tuple[Flags, Flags]:
    """Whether an answer is due, and whether that was close."""
    lead = scores[:, DUE] - LEAST_DUE[cases.asked]
    calls = cases.is_due
    for kind in CALL_FOR_ANSWERS:
        lead, calls = np.maximum(lead, scores[:, kind]), calls | kinds[:, kind]
    asks_for_help = (cases.asked == ASKED) & kinds[:, SUPPORT]
    due, close = asks_for_help | (lead > 0), ~asks_for_help & (np.abs(lead) < DOUBT)
    due = np.where(cases.is_to_us, due, calls)
    pressing = cases.urgency >= PRESSING
    return due | pressing, close & cases.is_to_us & ~pressing


def _numbers(kinds: Flags, urgency: Whole, operational: Flags, analytical: Flags) -> Whole:
    """What `outcome` takes apart again: one number is quickly looked up. Its first eight bits are the eight kinds."""
    bits = np.packbits(kinds, axis=1, bitorder="little")[:, 0].astype(np.int64)
    return bits | (urgency << 8) | (operational << np.int64(10)) | (analytical << np.int64(11))


@cache
def outcome(number: int) -> Outcome:
    """One of 4,096."""
    kinds = tuple(kind for n, kind in enumerate(KINDS) if number >> n & 1)
    urgency = number >> 8 & 3
    return Outcome(kinds, urgency, urgency > 0, bool(number >> 10 & 1), bool(number >> 11 & 1))


class Told(NamedTuple):
    """The reasons for an outcome without words of the text, and at which places words go: those of these cues, and those that sound
    like a kind."""

    reasons: tuple[Reason, ...]
    said: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]
    sounding: tuple[tuple[int, str], ...]


@lru_cache(maxsize=8192)
def _told(rule: Judged, number: int) -> Told:
    """Those of the rule that hold, and new ones for what it did not say."""
    if rule.voice.kind in MACHINES:
        return Told(rule.reasons, (), ())
    found = outcome(number)
    wanted = {
        "urgency": str(found.urgency),
        "answer_due": "yes" if found.answer_due else "no",
        "operational": "yes" if found.operational else "no",
        "analytical": "yes" if found.analytical else "no",
    }
    kept: list[Reason] = []
    said: dict[tuple[str, ...], tuple[int, ...]] = {}
    for why, reason in zip(rule.verdict.why, rule.reasons, strict=True):
        if why.value in found.kinds if why.field == "kinds" else wanted.get(why.field) == why.value:
            if why.cues:
                said[why.cues] = (*said.get(why.cues, ()), len(kept))
            kept.append(reason)
    told = {r.value if r.field == "kinds" else r.field for r in kept}
    more = [kind for kind in found.kinds if kind not in told]
    sounding = tuple(enumerate(more, len(kept)))
    kept += [Reason("kinds", kind, BECAUSE[kind]) for kind in more]
    kept += [LIKE_IT[field, value] for field, value in wanted.items() if field not in told]
    return Told(tuple(kept), tuple(said.items()), sounding)


def _reasons(told: Told, words: Wording, learned: Learned) -> list[Reason]:
    """With the words of the text."""
    reasons = list(told.reasons)
    for cues, places in told.said:
        evidence = words.words(*cues)
        for at in places:
            reasons[at] = _with(reasons[at], evidence)
    if words.found or words.hints:
        for at, kind in told.sounding:
            reasons[at] = _with(reasons[at], _said(kind, words, learned))
    return reasons


def _with(reason: Reason, evidence: tuple[str, ...]) -> Reason:
    return Reason(reason.field, reason.value, reason.because, evidence)


FLAGS = ("answer_due", "operational", "analytical")
LIKE_IT = {
    **{(field, "no"): Reason(field, "no", "voices like it mostly are not") for field in FLAGS},
    **{(field, "yes"): Reason(field, "yes", "voices like it mostly are") for field in FLAGS},
    **{("urgency", str(n)): Reason("urgency", str(n), f"voices like it are wanted {soon}") for n, soon in SOON.items() if n},
    ("urgency", "0"): Reason("urgency", "0", "voices like it call for no answer"),
}


def _said(output: str, words: Wording, learned: Learned) -> tuple[str, ...]:
    """The words of the cues and hints that spoke most for it."""
    loud = learned.speaking(output, words.found, words.hints)
    said = [one for sign in loud for one in (words.hinted(sign[1:]) if sign[0] == "~" else words.words(sign))[:2]]
    return tuple(dict.fromkeys(said))[:4]

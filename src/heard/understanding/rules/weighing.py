"""Verdicts of two readers brought together: rules, which are right when they speak, and what was learned, which always speaks.

The learned scores decide; what a rule says counts for a little more, and decides where somebody may come to harm or is cut off.
Reasons are the rule's where it said the same, or else the hints that spoke most. A doubtful voice goes to a person: an answer is due
on less than even odds, and on much less where a rule hears a request.
"""

from collections.abc import Sequence
from typing import NamedTuple

from heard.understanding.rules.kinds import Voice
from heard.understanding.rules.learned import ALL, FELT, Learned
from heard.understanding.rules.verdicts import MACHINES, SOON, Verdict
from heard.understanding.rules.wording import Wording
from heard.understanding.slots import COMPLEXITIES, KINDS, SENTIMENTS, Reason

# Chosen by cross-validation on the voices that are trained on; all scores mostly lie between -1 and 1.
LEAST = -0.2  # of a kind to be said
LEAST_OF_SPAM = -0.1
LEAST_DUE = {
    "no": 0.0,
    "perhaps": -0.1,
    "yes": -0.6,
}  # by what the rules say: who plainly asks is answered unless it sounds like nothing of the kind
LEAST_URGENT = -0.1
PRESSING = 2  # from this urgency on nothing that was learned overrules a rule: harm, and people who are cut off
OF_A_RULE = 0.2  # what it counts for that a rule says so
MORE_FOR_SPAM = 0.4  # where a rule hears a request or a kind: who asks, praises or judges us is rarely a bot
TO_NOBODY = 0.4  # more, where a voice speaks to others: these were never learned from
DOUBT = 0.12  # nearer than this to being the other way is unsure
CLOSE = DOUBT / 2  # the same for each of seven kinds
CALL_FOR_ANSWERS = frozenset(("support", "sales", "risk"))
SERIOUS = frozenset(("support", "risk"))

PLACE = {name: n for n, name in enumerate(ALL)}
KIND_AT = [(kind, PLACE[kind]) for kind in KINDS if kind != "spam"]
SEEN_BY_ALL = ("review", "article")
FELT_AT = slice(PLACE[FELT[0]], PLACE[FELT[-1]] + 1)
SPAM, DUE, OPERATIONAL, ANALYTICAL = (PLACE[name] for name in ("spam", "answer_due", "operational", "analytical"))
URGENT = (PLACE["urgency2"], PLACE["urgency3"])
COMPLEX = (PLACE["complexity2"], PLACE["complexity3"])
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


class Weighed(NamedTuple):
    """The verdict with its reasons, how complex it is, and which fields were close."""

    verdict: Verdict
    reasons: list[Reason]
    complexity: str
    unsure: list[str]


def weighed(
    voice: Voice, rule: Verdict, reasons: Sequence[Reason], scores: Sequence[float], words: Wording, learned: Learned
) -> Weighed:
    """`scores` in the order of ALL; `rule` with its `reasons` is what rules/verdicts.py says, and is not changed."""
    if voice.kind in MACHINES:
        return Weighed(rule, list(reasons), "low", [])
    kinds, close = _kinds(voice, rule, scores)
    urgency, is_close = _urgency(voice, rule, kinds, scores)
    if is_close:
        close.append("answer_due")
    found = Verdict(
        kinds=kinds,
        urgency=urgency,
        answer_due=urgency > 0,
        operational=urgency > 0 and scores[OPERATIONAL] > 0 or "sales" in kinds,
        analytical=kinds != ["spam"] and scores[ANALYTICAL] > 0,
        sure=min(0.9, 0.5 + abs(scores[DUE]) / 2),
    )
    complexity = COMPLEXITIES[(scores[COMPLEX[0]] > 0) + (scores[COMPLEX[0]] > 0 and scores[COMPLEX[1]] > 0)]
    return Weighed(found, _reasons(rule, reasons, found, words, learned), complexity, close)


def felt(scores: Sequence[float]) -> tuple[str, float]:
    """What is felt toward us, and by how much it leads."""
    four = list(scores[FELT_AT])
    best = max(four)
    return SENTIMENTS[four.index(best)], best - sorted(four)[-2]


def _kinds(voice: Voice, rule: Verdict, scores: Sequence[float]) -> tuple[list[str], list[str]]:
    """The kinds, and "kinds" where one was close."""
    least_of_spam = LEAST_OF_SPAM + (MORE_FOR_SPAM if rule.kinds or _asked(rule) == "yes" else 0)
    if "spam" in rule.kinds or scores[SPAM] > least_of_spam:
        return ["spam"], ["kinds"] if abs(scores[SPAM] - least_of_spam) < DOUBT else []
    least = LEAST if voice.is_to_us else LEAST + TO_NOBODY
    is_seen, is_open, close = voice.kind in SEEN_BY_ALL, voice.is_open, False
    pressing = SERIOUS.intersection(rule.kinds) if rule.urgency >= PRESSING else ()
    said = []
    for kind, at in KIND_AT:
        lead = scores[at] - least
        if kind in rule.kinds:
            lead += OF_A_RULE
        if -CLOSE < lead < CLOSE:
            close = True
        is_heard = lead > 0 and (is_open or kind != "community")
        if is_heard or kind in pressing or (is_seen and kind == "marketing"):
            said.append(kind)
    return said, ["kinds"] if close else []


def _urgency(voice: Voice, rule: Verdict, kinds: Sequence[str], scores: Sequence[float]) -> tuple[int, bool]:
    """The urgency, and whether it was close that an answer is due at all."""
    if "spam" in kinds:
        return 0, False
    due, is_close = _due(voice, rule, kinds, scores)
    if not due:
        return 0, is_close
    learned = 1 if scores[URGENT[0]] <= LEAST_URGENT else 3 if scores[URGENT[1]] > LEAST_URGENT else 2
    return (max(learned, rule.urgency) if rule.urgency >= PRESSING else learned), is_close and learned == 1


def _due(voice: Voice, rule: Verdict, kinds: Sequence[str], scores: Sequence[float]) -> tuple[bool, bool]:
    """Whether an answer is due, and whether that was close."""
    if rule.urgency >= PRESSING:
        return True, False
    if not voice.is_to_us:
        return rule.answer_due or not CALL_FOR_ANSWERS.isdisjoint(kinds), False
    calls = max(scores[PLACE[kind]] for kind in CALL_FOR_ANSWERS)
    if _asked(rule) == "yes" and "support" in kinds:
        return True, False
    lead = max(scores[DUE] - LEAST_DUE[_asked(rule)], calls)
    return lead > 0, abs(lead) < DOUBT


def _asked(rule: Verdict) -> str:
    """Whether the rules hear a request: "yes", "no", or "perhaps", where nothing says so but that it speaks to us."""
    return "no" if not rule.answer_due else "perhaps" if rule.hangs_on_tone else "yes"


def _reasons(rule: Verdict, reasons: Sequence[Reason], found: Verdict, words: Wording, learned: Learned) -> list[Reason]:
    """Those of the rule that hold, and new ones for what it did not say."""
    wanted = {
        "urgency": str(found.urgency),
        "answer_due": "yes" if found.answer_due else "no",
        "operational": "yes" if found.operational else "no",
        "analytical": "yes" if found.analytical else "no",
    }
    kept = [r for r in reasons if (r.value in found.kinds if r.field == "kinds" else wanted.get(r.field) == r.value)]
    told = {r.value if r.field == "kinds" else r.field for r in kept}
    kept += [Reason("kinds", kind, BECAUSE[kind], _said(kind, words, learned)) for kind in found.kinds if kind not in told]
    for field, value in wanted.items():
        if field not in told:
            kept.append(LIKE_IT[field, value])
    return kept


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

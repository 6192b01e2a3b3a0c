"""Who has something to do, or to count: kinds, urgency, answer due, operational, analytical. docs/labels.md is the guideline.

Each rule reads the signs of rules/wording.py and says why. Several kinds at once are normal; none at all is chatter.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from heard.understanding.rules.wording import Wording, same_sentence
from heard.understanding.slots import Reason

TROUBLES = ("trouble", "outage", "billing")
UNHAPPY = ("rant", "bad", "unlike", "sarcasm")
JUDGEMENTS = ("good", "bad", "unlike", "like", "rant", "cheap")
DANGERS = ("safety", "selfharm", "law", "discrimination", "leak", "fraud")
KINDNESS = ("compliment", "like", "good")
OPENNESS = ("public", "followers")


class Voice(NamedTuple):
    """What the rules look at: the signs, the sentiment, and where it was said."""

    wording: Wording
    sentiment: str
    asks: bool
    with_a_mark: bool = True
    kind: str = "message"
    visibility: str = "private"
    addressed: bool = True
    hashtags: int = 0
    handles: int = 0

    @property
    def is_open(self) -> bool:
        return self.visibility in OPENNESS

    @property
    def is_to_us(self) -> bool:
        return self.addressed or not self.is_open


@dataclass
class Verdict:
    kinds: list[str] = field(default_factory=list)
    urgency: int = 0
    answer_due: bool = False
    operational: bool = False
    analytical: bool = False
    sure: float = 0.9  # 0..1, how plain the signs were
    why: list[Reason] = field(default_factory=list)


MACHINES = {"auto_reply": "is an automatic reply", "bounce": "is a failed delivery"}


def verdict(voice: Voice) -> Verdict:
    """All verdicts on one voice, each with its reasons."""
    if voice.kind in MACHINES:
        return Verdict(why=[Reason("answer_due", "no", MACHINES[voice.kind])])
    spam = _spam(voice)
    if spam:
        return Verdict(kinds=["spam"], why=[spam, Reason("answer_due", "no", "nobody expects an answer to spam")])
    found = Verdict()
    for rule, signs in RULES.items():
        if signs.isdisjoint(voice.wording.found) and rule not in ALWAYS.get(voice.sentiment, (_marketing,)):
            continue
        reasons = rule(voice)
        if reasons:
            found.kinds.append(reasons[0].value)
            found.why.extend(reasons)
    _take_stock(voice, found)
    return found


# ── Kinds ───────────────────────────────────────────────────────────────────────────────────────────────────────────

SPAM_SIGNS = 2  # one of them strong; what sells to everybody ("pitch") is a weak one
CROWD = 8  # hashtags or handles in one post


def _spam(voice: Voice) -> Reason | None:
    """Two signs, or a strong one with a link, in words that speak of no trouble of their own."""
    words = voice.wording
    if not words.has("spam") and max(voice.hashtags, voice.handles) < CROWD:
        return None
    signs = len(set(words.words("spam"))) + len(set(words.words("pitch"))) + (voice.hashtags >= CROWD) + (voice.handles >= CROWD)
    own_trouble = words.has("billing", "outage", "help", "fraud") or (words.has("trouble") and voice.sentiment == "negative")
    if not words.has("spam") and signs < SPAM_SIGNS:
        return None
    if signs < SPAM_SIGNS and (not words.links or own_trouble):
        return None
    if own_trouble and signs <= SPAM_SIGNS and voice.is_to_us:
        return None
    return _why("spam", "sounds like unasked-for advertising or a scam", words, "spam", "pitch")


def _support(voice: Voice) -> list[Reason]:
    words = voice.wording
    why = []
    if words.has("outage"):
        why.append(_why("support", "is cut off from the service", words, "outage"))
    if words.has("billing"):
        why.append(_why("support", "says that the money is wrong", words, "billing"))
    if words.has("trouble") and not _is_over(voice):
        why.append(_why("support", "says that something does not work or did not arrive", words, "trouble"))
    if words.has("help") and (voice.is_to_us or words.has("anyone")):
        why.append(_why("support", "needs help using what they have", words, "help"))
    if not why and voice.is_to_us and voice.addressed:
        why.extend(_quiet_need(voice))
    if not why and _is_badly_served(voice):
        why.append(_why("support", "is unhappy with us", words, *UNHAPPY, "waited"))
    return why


def _quiet_need(voice: Voice) -> list[Reason]:
    """A need told to us without naming a failure."""
    words = voice.wording
    if words.has("own") and _wants_something(voice):
        return [_why("support", "asks about something of their own", words, "own")]
    if words.has("buy", "wish", "closing", *KINDNESS, *DANGERS):
        return []
    if words.has("own") and words.has("waited"):
        return [_why("support", "has waited for something of their own", words, "own", "waited")]
    if words.has("act"):
        return [_why("support", "asks us to do something", words, "act")]
    return []


def _wants_something(voice: Voice) -> bool:
    return (voice.asks or voice.sentiment == "negative") and not voice.wording.has("buy", "wish", "closing", *DANGERS)


def _is_badly_served(voice: Voice) -> bool:
    """Anger at us that is about nothing else: no price, no quality, no danger."""
    words = voice.wording
    return voice.addressed and voice.sentiment == "negative" and not words.has("buy", *DANGERS) and not _product(voice)


def _is_over(voice: Voice) -> bool:
    return voice.wording.has("closing") and voice.sentiment != "negative"


def _sales(voice: Voice) -> list[Reason]:
    words = voice.wording
    if not words.has("buy") or (words.has("outage") and not words.has("between")):
        return []
    why = [_why("sales", "may buy, or asks before buying", words, "buy")]
    if words.has("between"):
        why.append(_why("sales", "speaks for somebody who may buy", words, "between"))
    return why


def _praise(voice: Voice) -> list[Reason]:
    """Explicit compliments always; kind words only in a voice that is kind as a whole."""
    words = voice.wording
    if words.has("sarcasm"):
        return []
    if words.has("compliment") and voice.sentiment in ("positive", "mixed"):
        return [_why("praise", "pays a compliment", words, "compliment")]
    if voice.sentiment != "positive":
        return []
    if words.has("good", "like", "cheap"):
        return [_why("praise", "speaks well of it", words, "like", "good", "cheap")]
    if _gives_thanks(voice) and voice.is_to_us and not voice.asks and not words.has("help", "act", *TROUBLES):
        return [_why("praise", "says thank you", words, "thanks")]
    return []


SIGN_OFF = 24  # bytes at the end of a letter, in which "thanks" is manners
LETTER = 80  # bytes, from which on a text is a letter that ends with manners


def _gives_thanks(voice: Voice) -> bool:
    """Thanks that are more than the last words of a letter about something else."""
    words = voice.wording
    if voice.is_open:
        return words.has("thanks")
    sign_off = len(words.folded) - SIGN_OFF if len(words.folded) > LETTER else len(words.folded)
    return any(spot.start < sign_off for spot in words.spots("thanks"))


def _product(voice: Voice) -> list[Reason]:
    """A wish, a judgement on price or quality, or a judgement in one sentence with what is judged."""
    words = voice.wording
    why = []
    if words.has("dear"):
        why.append(_why("product", "judges the price", words, "dear"))
    if words.has("wish"):
        why.append(_why("product", "wishes for a change", words, "wish"))
    if words.has("quality"):
        why.append(_why("product", "judges the quality or the design", words, "quality"))
    if not why and words.has("aspect") and _judges_an_aspect(voice):
        why.append(_why("product", "says what exactly is good or bad", words, "aspect", *JUDGEMENTS))
    if not why and voice.sentiment == "mixed" and words.has("offer"):
        why.append(_why("product", "weighs the product", words, "offer", "like", "good"))
    return why


def _judges_an_aspect(voice: Voice) -> bool:
    words = voice.wording
    judgements = words.spots(*JUDGEMENTS)
    return any(same_sentence(words, aspect, j) for aspect in words.spots("aspect") for j in judgements)


def _marketing(voice: Voice) -> list[Reason]:
    words = voice.wording
    if words.has("spread"):
        return [_why("marketing", "tells others about the brand", words, "spread")]
    if voice.kind == "review":
        return [Reason("kinds", "marketing", "is a public review")]
    if voice.kind == "article":
        return [Reason("kinds", "marketing", "is an article about the brand")]
    return []


def _community(voice: Voice) -> list[Reason]:
    words = voice.wording
    if not voice.is_open:
        return []
    if words.has("anyone"):
        return [_why("community", "asks anybody who may know", words, "anyone")]
    if words.has("answering"):
        return [_why("community", "answers another customer", words, "answering")]
    return []


def _risk(voice: Voice) -> list[Reason]:
    words = voice.wording
    why = [_why("risk", RISKS[cue], words, cue) for cue in DANGERS if words.has(cue)]
    if _lifeline_fails(voice):
        why.append(_why("risk", "a life may hang on what fails", words, "lifeline", "outage", "trouble"))
    if words.has("leave") and (words.has("reach", "contract") or "contract" in " ".join(words.words("leave"))):
        why.append(_why("risk", "threatens to leave, with reach or a contract", words, "leave", "reach", "contract"))
    if not why and words.has("reach") and words.has("rant", "bad", *TROUBLES):
        why.append(_why("risk", "may be a story about to travel", words, "reach"))
    return why


def _lifeline_fails(voice: Voice) -> bool:
    """Something fails, or is pressing, for somebody whose life may hang on it; not a wish, or a question before buying."""
    words = voice.wording
    if not words.has("lifeline") or words.has("buy", "wish", "closing"):
        return False
    if words.has(*TROUBLES) or voice.sentiment == "negative":
        return True
    return voice.is_to_us and words.has("act", "waited", "vulnerable", "now", "today") and not words.has("thanks", *KINDNESS)


RISKS = {
    "safety": "somebody may be hurt",
    "selfharm": "somebody may harm themselves",
    "law": "speaks of law or an authority",
    "discrimination": "speaks of discrimination",
    "leak": "data may have leaked",
    "fraud": "speaks of fraud or a stolen account",
}


# The rules, each with the signs of which it needs one. Anger alone is enough for support, and a review for marketing.
RULES = {
    _support: frozenset((*TROUBLES, *UNHAPPY, "help", "own", "act")),
    _sales: frozenset(("buy",)),
    _praise: frozenset(("compliment", "like", "good", "cheap", "thanks")),
    _product: frozenset(("dear", "wish", "quality", "aspect", "offer")),
    _marketing: frozenset(("spread",)),
    _community: frozenset(("anyone", "answering")),
    _risk: frozenset((*DANGERS, "lifeline", "leave", "reach")),
}
ALWAYS = {"negative": (_support, _marketing)}

# ── What follows from the kinds ─────────────────────────────────────────────────────────────────────────────────────

SOON = {0: "", 1: "within days", 2: "today", 3: "now"}


def _take_stock(voice: Voice, found: Verdict) -> None:
    urgency = _urgency(voice, found)
    found.urgency = int(urgency.value)
    found.answer_due = found.urgency > 0
    found.why.append(urgency)
    found.why.append(Reason("answer_due", "yes" if found.answer_due else "no", urgency.because, urgency.evidence))
    for why in (_operational(voice, found), _analytical(voice, found)):
        setattr(found, why.field, why.value == "yes")
        found.why.append(why)
    if urgency.because == PERHAPS:
        found.sure = 0.3
    elif not found.kinds:
        found.sure = 0.5


NO_ANSWER = Reason("urgency", "0", "calls for no answer")
NO_ACT = Reason("operational", "no", "calls for no act for this author now")
NOTHING_TO_COUNT = Reason("analytical", "no", "names no cause, wish or price to count")
PERHAPS = "is addressed to us and not plainly thanks, praise or small talk"


def _urgency(voice: Voice, found: Verdict) -> Reason:
    due = _due(voice, found)
    if due is None or due.value == "0":
        return due or NO_ANSWER
    words = voice.wording
    level, why = _pressing(voice, found) or (int(due.value), due)
    if level == 3 and "risk" in found.kinds:
        return why
    for cue, deadline in (("later", 1), ("today", 2), ("now", 3)):
        if words.has(cue):
            level, why = deadline, Reason("urgency", str(deadline), f"the author wants it {SOON[deadline]}", words.words(cue))
    return Reason("urgency", str(level), why.because, why.evidence)


def _due(voice: Voice, found: Verdict) -> Reason | None:
    """Reason an answer is due at all; None or urgency "0" when it is not."""
    words, kinds = voice.wording, found.kinds
    if words.has("closing") and not (voice.asks or {"risk", "sales"} & set(kinds)):
        return Reason("urgency", "0", "closes the talk", words.words("closing"))
    if "risk" in kinds:
        return _urgent(1, "holds a risk", words, *DANGERS, "leave", "reach")
    if "support" in kinds:
        return _urgent(1, "a customer needs something from us", words, *TROUBLES, "help", "rant")
    if "sales" in kinds:
        return _urgent(1, "somebody may buy", words, "buy")
    if "marketing" in kinds and voice.asks and voice.is_to_us:
        return _urgent(1, "asks us about working together", words, "spread")
    if not voice.is_to_us:
        return None
    if words.has("calling"):
        return _urgent(1, "asks whether anybody is there", words, "calling")
    if _is_a_question(voice, found):
        return _urgent(1, "asks us something", words, "asking", "anyone")
    if words.has("act") and "praise" not in kinds:
        return _urgent(1, "asks us to do something", words, "act")
    if "product" in kinds and voice.sentiment != "positive":
        return _urgent(1, "a wish or a judgement told to us", words, "wish", "dear", "quality", "bad")
    if voice.sentiment == "negative":
        return _urgent(1, "is unhappy and speaks to us", words, "bad", "rant")
    return _silent_letter(voice, found) or _perhaps(voice, found)


def _is_a_question(voice: Voice, found: Verdict) -> bool:
    """Without a mark, "how quick that was!" is praise that only begins like a question."""
    if not voice.asks or voice.kind in ("article", "review"):
        return False
    return voice.with_a_mark or "praise" not in found.kinds


def _silent_letter(voice: Voice, found: Verdict) -> Reason | None:
    """Whoever writes to us in private without saying why expects an answer all the same."""
    words = voice.wording
    says_nothing_due = _gives_thanks(voice) or words.has("closing") or found.kinds
    if voice.is_open or voice.kind != "message" or says_nothing_due or not words.folded:
        return None
    return Reason("urgency", "1", "was written to us in private, and nothing says that no answer is needed")


SHORT = 20  # bytes, below which a public voice with no other sign is small talk
SHORT_TALK = 60  # the same where words of small talk stand in it
PERSONS = frozenset(
    b"i i'm i've im my me mine we we're our us you your you're u ur ich mein meine meinen meiner mir mich wir uns unser unsere "
    b"ihr euer eure euch sie ihnen ihre je j'ai mon ma mes me nous notre nos vous votre vos yo mi mis me nos nuestro nuestra "
    b"os vuestro vuestra su sus ustedes usted tu vosotros".split()
)


def _perhaps(voice: Voice, found: Verdict) -> Reason | None:
    """When unsure: a glance costs a person less than a customer who never hears from us."""
    words = voice.wording
    settled = found.kinds or _gives_thanks(voice) or words.has("closing", *KINDNESS)
    if settled or not voice.addressed or voice.kind not in ("post", "message"):
        return None
    said = words.folded.split()
    own = [word for word in said if word[:1] not in b"@#" and word != b"http"]
    least = SHORT_TALK if words.has("smalltalk") else SHORT
    if len(b" ".join(own)) < least or not _speaks_to_us(said) or (words.links and PERSONS.isdisjoint(own)):
        return None
    return Reason("urgency", "1", PERHAPS)


def _speaks_to_us(said: list[bytes]) -> bool:
    """A handle at the beginning or the end calls somebody; one in the middle only names them. Without any, it is a reply."""
    handles = [n for n, word in enumerate(said) if word.startswith(b"@")]
    if not handles or said[0] == b"rt":
        return not handles
    return handles[0] < 2 and b"'" not in said[handles[0]] or handles[-1] > len(said) - 3


def _pressing(voice: Voice, found: Verdict) -> tuple[int, Reason] | None:
    """What makes a due answer more urgent than within days."""
    words = voice.wording
    if words.has("selfharm", "safety") or _lifeline_fails(voice):
        return 3, _urgent(3, "somebody may come to harm", words, "selfharm", "safety", "lifeline")
    if words.has("fraud"):
        return 3, _urgent(3, "money or an account may be in wrong hands now", words, "fraud")
    if words.has("many") and words.has("outage", "trouble"):
        return 3, _urgent(3, "many are affected", words, "many", "outage")
    if words.has("reach") and "risk" in found.kinds and voice.is_open:
        return 3, _urgent(3, "is escalating in public", words, "reach")
    if "risk" in found.kinds:
        return 2, _urgent(2, "holds a risk", words, *DANGERS, "leave")
    if words.has("outage"):
        return 2, _urgent(2, "is cut off from the service", words, "outage", "waited")
    if "support" in found.kinds and words.has("vulnerable"):
        return 2, _urgent(2, "may not be able to help themselves", words, "vulnerable")
    if "support" in found.kinds and words.has("rant", "waited") and words.has(*TROUBLES):
        return 2, _urgent(2, "has waited, or is very angry", words, "waited", "rant")
    return None


def _operational(voice: Voice, found: Verdict) -> Reason:
    words, kinds = voice.wording, set(found.kinds)
    if found.urgency and kinds & {"support", "risk"} and voice.kind != "article":
        return Reason(
            "operational", "yes", "somebody has to act for this author", words.words(*TROUBLES, "help", *DANGERS, "leave", "rant")
        )
    if "sales" in kinds:
        return Reason("operational", "yes", "somebody may buy", words.words("buy", "between"))
    return NO_ACT


def _analytical(voice: Voice, found: Verdict) -> Reason:
    words = voice.wording
    if "product" in found.kinds:
        return Reason(
            "analytical",
            "yes",
            "one more voice on a wish, a price or a quality",
            words.words("dear", "wish", "quality", "aspect", "offer"),
        )
    if "support" in found.kinds and words.has(*TROUBLES, "rant", "waited"):
        return Reason("analytical", "yes", "names a cause that can be counted", words.words(*TROUBLES, "rant", "waited"))
    if "risk" in found.kinds:
        return Reason("analytical", "yes", "names a risk that can be counted", words.words(*DANGERS, "leave"))
    return NOTHING_TO_COUNT


def _why(kind: str, because: str, words: Wording, *cues: str) -> Reason:
    return Reason("kinds", kind, because, words.words(*cues))


def _urgent(level: int, because: str, words: Wording, *cues: str) -> Reason:
    return Reason("urgency", str(level), because, words.words(*cues))

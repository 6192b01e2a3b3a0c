"""What a voice calls for: urgency, answer due, operational, analytical. docs/labels.md is the guideline.

Each verdict follows from the kinds (rules/kinds.py) and the signs of rules/wording.py, and says why.
"""

from dataclasses import dataclass, field

from heard.understanding.rules.kinds import DANGERS, KINDNESS, TROUBLES, Voice, gives_thanks, kinds_of, lifeline_fails
from heard.understanding.rules.wording import Wording
from heard.understanding.slots import Reason


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
    why = kinds_of(voice)
    found = Verdict(kinds=list(dict.fromkeys(reason.value for reason in why)), why=why)
    if found.kinds == ["spam"]:
        found.why.append(Reason("answer_due", "no", "nobody expects an answer to spam"))
        return found
    _take_stock(voice, found)
    return found


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
    says_nothing_due = gives_thanks(voice) or words.has("closing") or found.kinds
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
    settled = found.kinds or gives_thanks(voice) or words.has("closing", *KINDNESS)
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
    if words.has("selfharm", "safety") or lifeline_fails(voice):
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


def _urgent(level: int, because: str, words: Wording, *cues: str) -> Reason:
    return Reason("urgency", str(level), because, words.words(*cues))

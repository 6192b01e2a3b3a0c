"""What a voice calls for: urgency, answer due, operational, analytical. docs/labels.md is the guideline.

Each verdict follows from the kinds (rules/kinds.py) and the signs of rules/wording.py, and says why. Which signs there are is
judged apart from the words that show them, so that voices with the same signs are judged once.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from heard.understanding.rules.kinds import DANGERS, KINDNESS, TROUBLES, Because, Voice, kinds_of, lifeline_fails, there
from heard.understanding.rules.wording import Wording
from heard.understanding.slots import Reason


@dataclass(slots=True)
class Verdict:
    """What was judged from the signs alone."""

    kinds: list[str] = field(default_factory=list)
    urgency: int = 0
    answer_due: bool = False
    operational: bool = False
    analytical: bool = False
    sure: float = 0.9  # 0..1, how plain the signs were
    why: list[Because] = field(default_factory=list)
    hangs_on_tone: bool = False  # whether an answer is due depends on nothing but whether it speaks to us


MACHINES = {"auto_reply": "is an automatic reply", "bounce": "is a failed delivery"}


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A voice with what was judged, and the reasons without any words of the text. The same object for voices with the same signs."""

    voice: Voice
    verdict: Verdict
    reasons: tuple[Reason, ...]


def judged(voice: Voice, words: Wording) -> Judged:
    """All verdicts on one voice, not to be changed."""
    found = _judged(voice, False)
    if found.verdict.hangs_on_tone and speaks_to_us(words, cautious=voice.has("smalltalk")):
        return _judged(voice, True)
    return found


@lru_cache(maxsize=8192)
def _judged(voice: Voice, speaks_to_us: bool) -> Judged:
    found = judgement(voice, speaks_to_us=speaks_to_us)
    return Judged(voice, found, tuple(Reason(why.field, why.value, why.because) for why in found.why))


def judgement(voice: Voice, *, speaks_to_us: bool) -> Verdict:
    """All verdicts on voices with these signs."""
    if voice.kind in MACHINES:
        return Verdict(why=[Because("answer_due", "no", MACHINES[voice.kind])])
    why = kinds_of(voice)
    found = Verdict(kinds=list(dict.fromkeys(reason.value for reason in why)), why=why)
    if found.kinds == ["spam"]:
        found.why.append(Because("answer_due", "no", "nobody expects an answer to spam"))
        return found
    _take_stock(voice, found, speaks_to_us=speaks_to_us)
    return found


SOON = {0: "", 1: "within days", 2: "today", 3: "now"}


def _take_stock(voice: Voice, found: Verdict, *, speaks_to_us: bool) -> None:
    urgency = _urgency(voice, found, speaks_to_us=speaks_to_us)
    found.urgency = int(urgency.value)
    found.answer_due = found.urgency > 0
    found.why.append(urgency)
    found.why.append(Because("answer_due", "yes" if found.answer_due else "no", urgency.because, urgency.cues))
    for why in (_operational(voice, found), _analytical(voice, found)):
        setattr(found, why.field, why.value == "yes")
        found.why.append(why)
    if urgency.because == PERHAPS:
        found.sure = 0.3
    elif not found.kinds:
        found.sure = 0.5


NO_ANSWER = Because("urgency", "0", "calls for no answer")
NO_ACT = Because("operational", "no", "calls for no act for this author now")
NOTHING_TO_COUNT = Because("analytical", "no", "names no cause, wish or price to count")
PERHAPS = "is addressed to us and not plainly thanks, praise or small talk"


def _urgency(voice: Voice, found: Verdict, *, speaks_to_us: bool) -> Because:
    due = _due(voice, found, speaks_to_us=speaks_to_us)
    if due is None or due.value == "0":
        return due or NO_ANSWER
    level, why = _pressing(voice, found) or (int(due.value), due)
    if level == 3 and "risk" in found.kinds:
        return why
    for cue, deadline in (("later", 1), ("today", 2), ("now", 3)):
        if voice.has(cue):
            level, why = deadline, Because("urgency", str(deadline), f"the author wants it {SOON[deadline]}", (cue,))
    return Because("urgency", str(level), why.because, why.cues)


def _due(voice: Voice, found: Verdict, *, speaks_to_us: bool) -> Because | None:
    """Reason an answer is due at all; None or urgency "0" when it is not."""
    kinds = found.kinds
    if voice.has("closing") and not (voice.asks or {"risk", "sales"} & set(kinds)):
        return Because("urgency", "0", "closes the talk", there(voice, "closing"))
    if "risk" in kinds:
        return _urgent(1, "holds a risk", voice, *DANGERS, "leave", "reach")
    if "support" in kinds:
        return _urgent(1, "a customer needs something from us", voice, *TROUBLES, "help", "rant")
    if "sales" in kinds:
        return _urgent(1, "somebody may buy", voice, "buy")
    if "marketing" in kinds and voice.asks and voice.is_to_us:
        return _urgent(1, "asks us about working together", voice, "spread")
    if not voice.is_to_us:
        return None
    if voice.has("calling"):
        return _urgent(1, "asks whether anybody is there", voice, "calling")
    if _is_a_question(voice, found):
        return _urgent(1, "asks us something", voice, "asking", "anyone")
    if voice.has("act") and "praise" not in kinds:
        return _urgent(1, "asks us to do something", voice, "act")
    if "product" in kinds and voice.sentiment != "positive":
        return _urgent(1, "a wish or a judgement told to us", voice, "wish", "dear", "quality", "bad")
    if voice.sentiment == "negative":
        return _urgent(1, "is unhappy and speaks to us", voice, "bad", "rant")
    return _silent_letter(voice, found) or _perhaps(voice, found, speaks_to_us=speaks_to_us)


def _is_a_question(voice: Voice, found: Verdict) -> bool:
    """Without a mark, "how quick that was!" is praise that only begins like a question."""
    if not voice.asks or voice.kind in ("article", "review"):
        return False
    return voice.with_a_mark or "praise" not in found.kinds


def _silent_letter(voice: Voice, found: Verdict) -> Because | None:
    """Whoever writes to us in private without saying why expects an answer all the same."""
    says_nothing_due = voice.gives_thanks or voice.has("closing") or found.kinds
    if voice.is_open or voice.kind != "message" or says_nothing_due or not voice.has_words:
        return None
    return Because("urgency", "1", "was written to us in private, and nothing says that no answer is needed")


SHORT = 20  # bytes, below which a public voice with no other sign is small talk
SHORT_TALK = 60  # the same where words of small talk stand in it
PERSONS = frozenset(
    b"i i'm i've im my me mine we we're our us you your you're u ur ich mein meine meinen meiner mir mich wir uns unser unsere "
    b"ihr euer eure euch sie ihnen ihre je j'ai mon ma mes me nous notre nos vous votre vos yo mi mis me nos nuestro nuestra "
    b"os vuestro vuestra su sus ustedes usted tu vosotros".split()
)


def _perhaps(voice: Voice, found: Verdict, *, speaks_to_us: bool) -> Because | None:
    """When unsure: a glance costs a person less than a customer who never hears from us."""
    settled = found.kinds or voice.gives_thanks or voice.has("closing", *KINDNESS)
    if settled or not voice.addressed or voice.kind not in ("post", "message"):
        return None
    found.hangs_on_tone = True
    return Because("urgency", "1", PERHAPS) if speaks_to_us else None


def speaks_to_us(words: Wording, *, cautious: bool) -> bool:
    """Whether it reads like words to us rather than small talk; `cautious` where words of small talk stand in it."""
    said = words.folded.split()
    own = [word for word in said if word[0] not in b"@#" and word != b"http"]
    if len(b" ".join(own)) < (SHORT_TALK if cautious else SHORT) or not _calls_us(said):
        return False
    return not words.links or not PERSONS.isdisjoint(own)


def _calls_us(said: list[bytes]) -> bool:
    """A handle at the beginning or the end calls somebody; one in the middle only names them. Without any, it is a reply."""
    handles = [n for n, word in enumerate(said) if word.startswith(b"@")]
    if not handles or said[0] == b"rt":
        return not handles
    return handles[0] < 2 and b"'" not in said[handles[0]] or handles[-1] > len(said) - 3


def _pressing(voice: Voice, found: Verdict) -> tuple[int, Because] | None:
    """What makes a due answer more urgent than within days."""
    if voice.has("selfharm", "safety") or lifeline_fails(voice):
        return 3, _urgent(3, "somebody may come to harm", voice, "selfharm", "safety", "lifeline")
    if voice.has("fraud"):
        return 3, _urgent(3, "money or an account may be in wrong hands now", voice, "fraud")
    if voice.has("many") and voice.has("outage", "trouble"):
        return 3, _urgent(3, "many are affected", voice, "many", "outage")
    if voice.has("reach") and "risk" in found.kinds and voice.is_open:
        return 3, _urgent(3, "is escalating in public", voice, "reach")
    if "risk" in found.kinds:
        return 2, _urgent(2, "holds a risk", voice, *DANGERS, "leave")
    if voice.has("outage"):
        return 2, _urgent(2, "is cut off from the service", voice, "outage", "waited")
    if "support" in found.kinds and voice.has("vulnerable"):
        return 2, _urgent(2, "may not be able to help themselves", voice, "vulnerable")
    if "support" in found.kinds and voice.has("rant", "waited") and voice.has(*TROUBLES):
        return 2, _urgent(2, "has waited, or is very angry", voice, "waited", "rant")
    return None


def _operational(voice: Voice, found: Verdict) -> Because:
    kinds = set(found.kinds)
    if found.urgency and kinds & {"support", "risk"} and voice.kind != "article":
        return Because(
            "operational",
            "yes",
            "somebody has to act for this author",
            there(voice, *TROUBLES, "help", *DANGERS, "leave", "rant"),
        )
    if "sales" in kinds:
        return Because("operational", "yes", "somebody may buy", there(voice, "buy", "between"))
    return NO_ACT


def _analytical(voice: Voice, found: Verdict) -> Because:
    if "product" in found.kinds:
        return Because(
            "analytical",
            "yes",
            "one more voice on a wish, a price or a quality",
            there(voice, "dear", "wish", "quality", "aspect", "offer"),
        )
    if "support" in found.kinds and voice.has(*TROUBLES, "rant", "waited"):
        return Because("analytical", "yes", "names a cause that can be counted", there(voice, *TROUBLES, "rant", "waited"))
    if "risk" in found.kinds:
        return Because("analytical", "yes", "names a risk that can be counted", there(voice, *DANGERS, "leave"))
    return NOTHING_TO_COUNT


def _urgent(level: int, because: str, voice: Voice, *cues: str) -> Because:
    return Because("urgency", str(level), because, there(voice, *cues))

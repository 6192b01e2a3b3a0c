"""Who has something to do with a voice, or to count: the eight kinds. docs/labels.md is the guideline.

Each rule reads the signs of rules/wording.py and says why. Several kinds at once are normal; none at all is chatter.
"""

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


def kinds_of(voice: Voice) -> list[Reason]:
    """Why each kind that was recognised was; several reasons may name the same kind. Spam is nothing else besides."""
    spam = _spam(voice)
    if spam:
        return [spam]
    why = []
    for rule, signs in RULES.items():
        if signs.isdisjoint(voice.wording.found) and rule not in ALWAYS.get(voice.sentiment, (_marketing,)):
            continue
        why.extend(rule(voice))
    return why


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
    if gives_thanks(voice) and voice.is_to_us and not voice.asks and not words.has("help", "act", *TROUBLES):
        return [_why("praise", "says thank you", words, "thanks")]
    return []


SIGN_OFF = 24  # bytes at the end of a letter, in which "thanks" is manners
LETTER = 80  # bytes, from which on a text is a letter that ends with manners


def gives_thanks(voice: Voice) -> bool:
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
    if lifeline_fails(voice):
        why.append(_why("risk", "a life may hang on what fails", words, "lifeline", "outage", "trouble"))
    if words.has("leave") and (words.has("reach", "contract") or "contract" in " ".join(words.words("leave"))):
        why.append(_why("risk", "threatens to leave, with reach or a contract", words, "leave", "reach", "contract"))
    if not why and words.has("reach") and words.has("rant", "bad", *TROUBLES):
        why.append(_why("risk", "may be a story about to travel", words, "reach"))
    return why


def lifeline_fails(voice: Voice) -> bool:
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


def _why(kind: str, because: str, words: Wording, *cues: str) -> Reason:
    return Reason("kinds", kind, because, words.words(*cues))

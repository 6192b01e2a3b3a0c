"""Who has something to do with a voice, or to count: the eight kinds. docs/labels.md is the guideline.

Each rule reads the signs of rules/wording.py and says why. Several kinds at once are normal; none at all is chatter.
The rules see which signs there are, and not the words: few voices differ in that, so that a judgement can be remembered.
"""

from typing import NamedTuple

from msgspec import Struct

from heard.understanding.rules.wording import Wording, same_sentence

TROUBLES = ("trouble", "outage", "billing")
UNHAPPY = ("rant", "bad", "unlike", "sarcasm")
JUDGEMENTS = ("good", "bad", "unlike", "like", "rant", "cheap")
DANGERS = ("safety", "selfharm", "law", "discrimination", "leak", "fraud")
KINDNESS = ("compliment", "like", "good")
OPENNESS = ("public", "followers")


class Voice(Struct, frozen=True, gc=False):
    """What the rules look at: the signs, the sentiment, and where it was said."""

    cues: frozenset[str]
    sentiment: str
    asks: bool
    with_a_mark: bool = True
    kind: str = "message"
    visibility: str = "private"
    addressed: bool = True
    many_hashtags: bool = False
    many_handles: bool = False
    links: bool = False
    has_words: bool = True
    gives_thanks: bool = False
    judges_an_aspect: bool = False
    leaves_a_contract: bool = False
    spam_signs: int = 0  # phrases that differ
    pitch_signs: int = 0

    def has(self, *cues: str) -> bool:
        return not self.cues.isdisjoint(cues)

    @property
    def is_open(self) -> bool:
        return self.visibility in OPENNESS

    @property
    def is_to_us(self) -> bool:
        return self.addressed or not self.is_open


class Because(NamedTuple):
    """A value with its reason, and the cues whose words in the text say so."""

    field: str
    value: str
    because: str
    cues: tuple[str, ...] = ()


def kinds_of(voice: Voice) -> list[Because]:
    """Why each kind that was recognised was; several reasons may name the same kind. Spam is nothing else besides."""
    spam = _spam(voice)
    if spam:
        return [spam]
    why = []
    for rule, signs in RULES.items():
        if signs.isdisjoint(voice.cues) and rule not in ALWAYS.get(voice.sentiment, (_marketing,)):
            continue
        why.extend(rule(voice))
    return why


SPAM_SIGNS = 2  # one of them strong; what sells to everybody ("pitch") is a weak one
CROWD = 8  # hashtags or handles in one post


def _spam(voice: Voice) -> Because | None:
    """Two signs, or a strong one with a link, in words that speak of no trouble of their own."""
    if not (voice.has("spam") or voice.many_hashtags or voice.many_handles):
        return None
    signs = voice.spam_signs + voice.pitch_signs + voice.many_hashtags + voice.many_handles
    own_trouble = voice.has("billing", "outage", "help", "fraud") or (voice.has("trouble") and voice.sentiment == "negative")
    if not voice.has("spam") and signs < SPAM_SIGNS:
        return None
    if signs < SPAM_SIGNS and (not voice.links or own_trouble):
        return None
    if own_trouble and signs <= SPAM_SIGNS and voice.is_to_us:
        return None
    return _why("spam", "sounds like unasked-for advertising or a scam", voice, "spam", "pitch")


def _support(voice: Voice) -> list[Because]:
    why = []
    if voice.has("outage"):
        why.append(_why("support", "is cut off from the service", voice, "outage"))
    if voice.has("billing"):
        why.append(_why("support", "says that the money is wrong", voice, "billing"))
    if voice.has("trouble") and not _is_over(voice):
        why.append(_why("support", "says that something does not work or did not arrive", voice, "trouble"))
    if voice.has("help") and (voice.is_to_us or voice.has("anyone")):
        why.append(_why("support", "needs help using what they have", voice, "help"))
    if not why and voice.is_to_us and voice.addressed:
        why.extend(_quiet_need(voice))
    if not why and _is_badly_served(voice):
        why.append(_why("support", "is unhappy with us", voice, *UNHAPPY, "waited"))
    return why


def _quiet_need(voice: Voice) -> list[Because]:
    """A need told to us without naming a failure."""
    if voice.has("own") and _wants_something(voice):
        return [_why("support", "asks about something of their own", voice, "own")]
    if voice.has("buy", "wish", "closing", *KINDNESS, *DANGERS):
        return []
    if voice.has("own") and voice.has("waited"):
        return [_why("support", "has waited for something of their own", voice, "own", "waited")]
    if voice.has("act"):
        return [_why("support", "asks us to do something", voice, "act")]
    return []


def _wants_something(voice: Voice) -> bool:
    return (voice.asks or voice.sentiment == "negative") and not voice.has("buy", "wish", "closing", *DANGERS)


def _is_badly_served(voice: Voice) -> bool:
    """Anger at us that is about nothing else: no price, no quality, no danger."""
    return voice.addressed and voice.sentiment == "negative" and not voice.has("buy", *DANGERS) and not _product(voice)


def _is_over(voice: Voice) -> bool:
    return voice.has("closing") and voice.sentiment != "negative"


def _sales(voice: Voice) -> list[Because]:
    if not voice.has("buy") or (voice.has("outage") and not voice.has("between")):
        return []
    why = [_why("sales", "may buy, or asks before buying", voice, "buy")]
    if voice.has("between"):
        why.append(_why("sales", "speaks for somebody who may buy", voice, "between"))
    return why


def _praise(voice: Voice) -> list[Because]:
    """Explicit compliments always; kind words only in a voice that is kind as a whole."""
    if voice.has("sarcasm"):
        return []
    if voice.has("compliment") and voice.sentiment in ("positive", "mixed"):
        return [_why("praise", "pays a compliment", voice, "compliment")]
    if voice.sentiment != "positive":
        return []
    if voice.has("good", "like", "cheap"):
        return [_why("praise", "speaks well of it", voice, "like", "good", "cheap")]
    if voice.gives_thanks and voice.is_to_us and not voice.asks and not voice.has("help", "act", *TROUBLES):
        return [_why("praise", "says thank you", voice, "thanks")]
    return []


SIGN_OFF = 24  # bytes at the end of a letter, in which "thanks" is manners
LETTER = 80  # bytes, from which on a text is a letter that ends with manners


def gives_thanks(words: Wording, *, is_open: bool) -> bool:
    """Thanks that are more than the last words of a letter about something else."""
    if is_open:
        return words.has("thanks")
    sign_off = len(words.folded) - SIGN_OFF if len(words.folded) > LETTER else len(words.folded)
    return any(spot.start < sign_off for spot in words.spots("thanks"))


def _product(voice: Voice) -> list[Because]:
    """A wish, a judgement on price or quality, or a judgement in one sentence with what is judged."""
    why = []
    if voice.has("dear"):
        why.append(_why("product", "judges the price", voice, "dear"))
    if voice.has("wish"):
        why.append(_why("product", "wishes for a change", voice, "wish"))
    if voice.has("quality"):
        why.append(_why("product", "judges the quality or the design", voice, "quality"))
    if not why and voice.judges_an_aspect:
        why.append(_why("product", "says what exactly is good or bad", voice, "aspect", *JUDGEMENTS))
    if not why and voice.sentiment == "mixed" and voice.has("offer"):
        why.append(_why("product", "weighs the product", voice, "offer", "like", "good"))
    return why


def judges_an_aspect(words: Wording) -> bool:
    judgements = words.spots(*JUDGEMENTS)
    return any(same_sentence(words, aspect, j) for aspect in words.spots("aspect") for j in judgements)


def _marketing(voice: Voice) -> list[Because]:
    if voice.has("spread"):
        return [_why("marketing", "tells others about the brand", voice, "spread")]
    if voice.kind == "review":
        return [Because("kinds", "marketing", "is a public review")]
    if voice.kind == "article":
        return [Because("kinds", "marketing", "is an article about the brand")]
    return []


def _community(voice: Voice) -> list[Because]:
    if not voice.is_open:
        return []
    if voice.has("anyone"):
        return [_why("community", "asks anybody who may know", voice, "anyone")]
    if voice.has("answering"):
        return [_why("community", "answers another customer", voice, "answering")]
    return []


def _risk(voice: Voice) -> list[Because]:
    why = [_why("risk", RISKS[cue], voice, cue) for cue in DANGERS if voice.has(cue)]
    if lifeline_fails(voice):
        why.append(_why("risk", "a life may hang on what fails", voice, "lifeline", "outage", "trouble"))
    if voice.has("leave") and (voice.has("reach", "contract") or voice.leaves_a_contract):
        why.append(_why("risk", "threatens to leave, with reach or a contract", voice, "leave", "reach", "contract"))
    if not why and voice.has("reach") and voice.has("rant", "bad", *TROUBLES):
        why.append(_why("risk", "may be a story about to travel", voice, "reach"))
    return why


def lifeline_fails(voice: Voice) -> bool:
    """Something fails, or is pressing, for somebody whose life may hang on it; not a wish, or a question before buying."""
    if not voice.has("lifeline") or voice.has("buy", "wish", "closing"):
        return False
    if voice.has(*TROUBLES) or voice.sentiment == "negative":
        return True
    return voice.is_to_us and voice.has("act", "waited", "vulnerable", "now", "today") and not voice.has("thanks", *KINDNESS)


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


def _why(kind: str, because: str, voice: Voice, *cues: str) -> Because:
    return Because("kinds", kind, because, there(voice, *cues))


def there(voice: Voice, *cues: str) -> tuple[str, ...]:
    """Those of `cues` that the voice gives, in their order."""
    return tuple(cue for cue in cues if cue in voice.cues)

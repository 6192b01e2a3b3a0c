"""What a voice feels toward the company or its offer: the tone of the text, and what its words say about us.

Tone alone hears a polite complaint as kind and a bare question as cool. So signs of trouble pull down, signs of liking
pull up, and a question without either is neutral. Mixed is said only when both sides are clearly there.
"""

from typing import NamedTuple

from heard.understanding.rules.wording import Found, Wording, same_sentence

LIKING = ("like", "compliment", "good", "cheap")
HOPING = ("buy",)  # somebody who thinks of buying likes something about it
TROUBLES = ("trouble", "outage", "billing")
DISLIKING = ("bad", "unlike", "rant", "dear", *TROUBLES, "safety", "discrimination", "leave", "fraud", "leak", "law")

LIKES, DISLIKES = frozenset(LIKING), frozenset(DISLIKING)

# How far one sign moves a score of the model, whose scores mostly lie between -1 and 1. Chosen on the voices in
# tests/voices.py and on SemEval rows kept aside, not on the airline rows, which are for measuring.
PULL = {"bad": 0.35, "unlike": 0.9, "rant": 0.2, "dear": 0.5, "trouble": 0.4, "outage": 0.6, "billing": 0.5, "waited": 0.15}
PULL |= {"safety": 0.5, "discrimination": 0.5, "leave": 0.4, "fraud": 0.3, "leak": 0.4, "law": 0.6}
PULL |= {"like": 0.35, "compliment": 0.6, "good": 0.25, "cheap": 0.3}
MOST = 1.2  # however many signs
THANKS = 0.45  # thanks lift only where nothing went wrong: a polite failure is a failure
WISHING = 0.4  # a wish sounds like a complaint to the model
CALM = 0.1  # the model was trained as if a third of all texts were neutral; of what is said to companies more is
CLEAR = 0.25  # a bare question needs this much tone to count as anything but neutral


class Feeling(NamedTuple):
    sentiment: str
    because: str
    evidence: tuple[str, ...]
    margin: float  # between the two highest scores, 0 and up


def feeling(wording: Wording, tone: tuple[float, float, float], loud: tuple[str, ...], *, asks: bool) -> Feeling:
    """`tone` scores negative, neutral, positive; `loud` are the words behind the highest; `asks` whether it is a question."""
    tone = (tone[0], tone[1] + CALM, tone[2])
    if not wording.found and not asks:
        return _strongest(tone, wording, loud)
    if "sarcasm" in wording.found:
        return Feeling("negative", "says the opposite of what is meant", wording.words("sarcasm", *DISLIKING), 0.6)
    likes, dislikes = not LIKES.isdisjoint(wording.found), not DISLIKES.isdisjoint(wording.found)
    if dislikes and (likes or wording.has(*HOPING)) and _both_sides(wording):
        words = (*wording.words(*LIKING, *HOPING)[:2], *wording.words(*DISLIKING)[:2])
        return Feeling("mixed", "says something good and something bad about it", words, 0.5)
    cool = "" if likes or dislikes else _cool(wording, asks=asks)
    if cool and max(tone[0], tone[2]) < CLEAR:
        return Feeling("neutral", cool, (), 0.3)
    return _strongest(_weighed(wording, tone, likes=likes, dislikes=dislikes, asks=asks), wording, loud)


def _weighed(
    wording: Wording, tone: tuple[float, float, float], *, likes: bool, dislikes: bool, asks: bool
) -> tuple[float, float, float]:
    """The scores of the tone, moved by what the words say."""
    negative, neutral, positive = tone
    wishes = "wish" in wording.found
    if wishes:
        negative -= WISHING
    if dislikes:
        negative += _pull(wording, DISLIKING) + (PULL["waited"] if "waited" in wording.found else 0)
    if likes:
        positive += _pull(wording, LIKING)
    elif dislikes or wishes:
        positive = -MOST  # polite words around a failure or a wish
    if "thanks" in wording.found and not dislikes and not asks:
        positive += THANKS
    return negative, neutral, positive


def _strongest(scores: tuple[float, float, float], wording: Wording, loud: tuple[str, ...]) -> Feeling:
    negative, neutral, positive = scores
    if neutral >= negative and neutral > positive:
        return Feeling("neutral", "judges nothing, for or against", (), neutral - max(negative, positive))
    sentiment, margin = (
        ("positive", positive - max(negative, neutral))
        if positive >= negative
        else ("negative", negative - max(neutral, positive))
    )
    because, evidence = _why(sentiment, wording, loud)
    if not evidence:
        return Feeling("neutral", "no word in it judges", (), 0.1)
    return Feeling(sentiment, because, evidence, margin)


def _cool(wording: Wording, *, asks: bool) -> str:
    """What one can say without judging; "" for anything else."""
    if asks:
        return "asks without judging"
    if wording.has("buy"):
        return "may buy, without judging"
    if wording.has("wish", "closing") and not wording.has("thanks"):
        return "wishes or closes without judging"
    return ""


def _both_sides(wording: Wording) -> bool:
    """Good and bad on either side of a "but"; or liking in one sentence and dislike in another."""
    bad = wording.spots(*DISLIKING)
    if not bad:
        return False
    good = [f for f in wording.spots(*LIKING, *HOPING) if not any(_overlap(f, b) for b in bad)]
    for turn in wording.spots("contrast"):
        if any(_parted(turn, g, b) for g in good for b in bad):
            return True
    clear = [g for g in good if g.cue in ("like", "compliment")]
    return any(not same_sentence(wording, g, b) for g in clear for b in bad) and not wording.has("rant")


def _parted(turn: Found, one: Found, other: Found) -> bool:
    return one.end <= turn.start < other.start or other.end <= turn.start < one.start


def _overlap(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def _pull(wording: Wording, cues: tuple[str, ...]) -> float:
    found = wording.found
    return min(MOST, sum([PULL[cue] * (2 if len(found[cue]) > 1 else 1) for cue in cues if cue in found]))


def _why(sentiment: str, wording: Wording, loud: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    if not wording.found:
        return f"sounds {sentiment}", tuple(dict.fromkeys(loud))
    said = wording.words(*(DISLIKING if sentiment == "negative" else (*LIKING, "thanks")))
    if said and wording.has(*TROUBLES) and sentiment == "negative":
        return "says that something went wrong", said
    return f"sounds {sentiment}", tuple(dict.fromkeys(said + loud))[:4]

"""Emotion, offence and irony, from the scores of the linear heads (rules/heads.py) and the sentiment that was settled upon.

Most voices show none plainly. The heads were trained on tweets that all show one, so a score has to be clearly above even here.
"""

from collections.abc import Sequence
from typing import NamedTuple

from heard.understanding.rules.heads import OUTPUTS
from heard.understanding.slots import EMOTIONS

OFFENCE, IRONY = OUTPUTS.index("offence"), OUTPUTS.index("irony")
FIRST = OUTPUTS.index(EMOTIONS[0])
FITS = {"negative": ("anger", "sadness"), "positive": ("joy", "optimism"), "mixed": EMOTIONS, "neutral": ()}
SOUNDS = {"anger": "sounds angry", "joy": "sounds glad", "optimism": "sounds hopeful", "sadness": "sounds sad"}
PLAIN = 0.1  # of a score
PLAINLY_OFFENSIVE = 0.3
PLAINLY_IRONIC = 0.6
IRONIC = 0.4  # how far a sentiment may be trusted at most in what sounds ironic


class Mood(NamedTuple):
    emotion: str
    offence: bool
    ironic: bool
    why: tuple[tuple[str, str, str], ...]  # field, value, because


NOTHING_PLAIN = Mood("", False, False, ())


def mood(scores: Sequence[float], sentiment: str, *, sarcasm: bool) -> Mood:
    """`scores` in the order of OUTPUTS; `sarcasm` whether a phrase that is mostly meant the other way stands in it."""
    emotion = _emotion(scores, sentiment)
    offence = scores[OFFENCE] > PLAINLY_OFFENSIVE and sentiment != "positive"
    ironic = sarcasm or scores[IRONY] > PLAINLY_IRONIC
    if not (emotion or offence or ironic):
        return NOTHING_PLAIN
    why = []
    if emotion:
        why.append(("emotion", emotion, SOUNDS[emotion]))
    if offence:
        why.append(("offence", "yes", "sounds like words that many find offensive"))
    if ironic:
        why.append(("ironic", "yes", "may mean the opposite of what it says"))
    return Mood(emotion, offence, ironic, tuple(why))


def _emotion(scores: Sequence[float], sentiment: str) -> str:
    fitting = FITS.get(sentiment, ())
    if not fitting:
        return ""
    score, emotion = max((scores[FIRST + EMOTIONS.index(one)], one) for one in fitting)
    return emotion if score > PLAIN else ""

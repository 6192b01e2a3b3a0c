"""The assessors that come with Heard, in the order in which they run. Each hands a batch to its rules and notes the reasons.

Raise VERSION whenever a voice may be read differently than before: weights, phrases or rules.
"""

import re
from collections.abc import Sequence

import numpy as np

from heard.understanding.rules.heads import OUTPUTS, Scores, trained
from heard.understanding.rules.kinds import CROWD, OPENNESS, Voice, gives_thanks, judges_an_aspect
from heard.understanding.rules.language import languages_of
from heard.understanding.rules.learned import learned
from heard.understanding.rules.mood import IRONIC, NOTHING_PLAIN, mood
from heard.understanding.rules.near import LEAST_OF_SPAM, LEAST_PAIRS, signatures
from heard.understanding.rules.personal_data import personal_data_of
from heard.understanding.rules.sentiment import DISLIKING, LIKING, feeling
from heard.understanding.rules.signs import Signs, shapes_of, signs_of
from heard.understanding.rules.verdicts import judged
from heard.understanding.rules.weighing import weighed
from heard.understanding.rules.wording import Wording, lexicon
from heard.understanding.slots import Assessor, Reading, Reason, Text

VERSION = 5
HINGLISH = OUTPUTS.index("hinglish")
EVEN = 0.5  # below, being right is less likely than being wrong


class Language:
    """Fills in `language`."""

    BECAUSE = {
        "detector": "the letters and words are typical of it",
        "network": "the network says so, and the text is too short to tell",
        "small words": "its small words say so",
    }

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        guesses = languages_of([t.words for t in texts], [t.language_hint for t in texts])
        for guess, reading in zip(guesses, readings, strict=True):
            reading.language = guess.language
            if guess.language:
                reading.reasons.append(Reason("language", guess.language, self.BECAUSE[guess.why], guess.evidence))


class Phrases:
    """Fills in `wording`, which the assessors after it weigh."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        found = lexicon().find([t.words for t in texts], [r.language for r in readings])
        for wording, reading in zip(found, readings, strict=True):
            reading.wording = wording


class PersonalData:
    """Fills in `private`. Evidence is masked: a reason must not be one more place where the data stands."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        found = personal_data_of([text.words for text in texts])
        for data, reading in zip(found, readings, strict=True):
            for datum in data:
                self._note(reading, datum.kind, datum.why, (datum.masked,))
            if "health" in reading.wording.found:
                self._note(reading, "health", lexicon().because["health"], reading.wording.words("health"))

    def _note(self, reading: Reading, kind: str, why: str, evidence: tuple[str, ...]) -> None:
        if kind not in reading.private:
            reading.private.append(kind)
            reading.reasons.append(Reason("private", kind, why, evidence))


class Sentiment:
    """Fills in `sentiment` and, from how far it leads, `confidence`; and `scores`, which the assessors after it weigh."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        heads = trained()
        scores, loud = heads.read([t.text or t.subject for t in texts], [r.language for r in readings])
        for text, reading, sounds, words in zip(texts, readings, scores.tolist(), loud, strict=True):
            reading.scores = sounds
            wording = reading.wording
            found = feeling(wording, (sounds[0], sounds[1], sounds[2]), words, asks=asks(text) or "asking" in wording.found)
            reading.sentiment = found.sentiment  # type: ignore[assignment]
            reading.confidence = heads.sure(found.margin)
            reading.reasons.append(Reason("sentiment", found.sentiment, found.because, found.evidence))


class RomanisedHindi:
    """Corrects `language` where Hindi is written in Latin letters: the detector takes it for English, or for anything."""

    HOW_SURE = {"en": 0.3}  # of 0 elsewhere; short English is what sounds most like it

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        for reading in readings:
            if reading.scores is not None and reading.scores[HINGLISH] > self.HOW_SURE.get(reading.language, 0.0):
                reading.language = "hi"
                reading.reasons = [r for r in reading.reasons if r.field != "language"]
                reading.reasons.append(Reason("language", "hi", "sounds like Hindi in Latin letters"))


class Mood:
    """Fills in `emotion`, `offence` and `ironic`. Irony changes no sentiment: it says that nobody should rely upon it."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        for reading in readings:
            if reading.scores is None:
                continue
            found = mood(reading.scores, reading.sentiment, sarcasm="sarcasm" in reading.wording.found)
            if found is NOTHING_PLAIN:
                continue
            reading.emotion, reading.offence, reading.ironic = found.emotion, found.offence, found.ironic
            if found.ironic:
                reading.confidence = min(reading.confidence, IRONIC)
            reading.reasons.extend(Reason(*why) for why in found.why)


class Verdicts:
    """Fills in `kinds`, `urgency`, `answer_due`, `operational`, `analytical` and `complexity`; and `sentiment` anew where it speaks to us."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        if not texts:
            return
        wordings, marks = [reading.wording for reading in readings], [asks(text) for text in texts]
        rules = [
            judged(_voice(text, reading, with_a_mark=mark), reading.wording)
            for text, reading, mark in zip(texts, readings, marks, strict=True)
        ]
        scores = learned().scores(_sounds(texts, readings), _signs(texts, wordings, marks))
        for reading, rule, found in zip(readings, rules, weighed(rules, scores, wordings, learned()), strict=True):
            outcome = found.outcome
            reading.kinds, reading.urgency, reading.complexity = list(outcome.kinds), outcome.urgency, found.complexity
            reading.answer_due, reading.operational, reading.analytical = outcome[2:]
            if rule.voice.is_to_us or (found.sentiment == "neutral" and not outcome.kinds):
                self._feel(reading, found.sentiment, found.lead)
            if reading.confidence < EVEN:
                reading.unsure.append("sentiment")
            reading.unsure.extend(found.unsure)
            reading.confidence = round(min(reading.confidence, found.sure), 3)
            reading.reasons.extend(found.reasons)

    def _feel(self, reading: Reading, sentiment: str, lead: float) -> None:
        """What people feel toward us was learned from voices to us; tone alone hears a polite complaint as kind."""
        if "spam" in reading.kinds:
            sentiment = "neutral"
        elif sentiment == "neutral" and "praise" in reading.kinds:
            sentiment = "positive"  # whoever praises feels something
        if sentiment == reading.sentiment:
            return
        reading.reasons = [reason for reason in reading.reasons if reason.field != "sentiment"]
        reading.reasons.append(Reason("sentiment", sentiment, FELT[sentiment], self._said(reading, sentiment)))
        reading.sentiment = sentiment  # type: ignore[assignment]
        reading.confidence = trained().sure(lead)

    def _said(self, reading: Reading, sentiment: str) -> tuple[str, ...]:
        words, cues = reading.wording, FELT_BY.get(sentiment, ())
        if not cues or not (words.found or words.hints):
            return ()
        hints = [said for cue in cues if cue in words.hints for said in words.hinted(cue)]
        return tuple(dict.fromkeys([*words.words(*cues), *hints]))[:4]


FELT_BY = {"negative": DISLIKING, "positive": LIKING, "mixed": (*LIKING, *DISLIKING)}
FELT = {
    "negative": "is unhappy with us or our offer",
    "neutral": "judges nothing about us, for or against",
    "positive": "is happy with us or our offer",
    "mixed": "is happy with one thing and unhappy with another",
}


def _sounds(texts: Sequence[Text], readings: Sequence[Reading]) -> Scores:
    """[texts, OUTPUTS]; the heads are heard anew where nobody has heard them yet."""
    sounds = [reading.scores for reading in readings]
    if None in sounds:
        return trained().matrix([t.text or t.subject for t in texts])
    return np.array(sounds, np.float32).reshape(len(texts), len(OUTPUTS))


def _signs(texts: Sequence[Text], wordings: Sequence[Wording], marks: Sequence[bool]) -> Signs:
    return signs_of(wordings, shapes_of(texts, wordings, marks), [len(text.words) for text in texts])


class Alike:
    """Fills in `group`, where enough is said for it not to be the same by chance. Runs after the kinds are known."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        found, pairs = signatures([t.text for t in texts])
        for reading, signature, count in zip(readings, found, pairs, strict=True):
            if count >= LEAST_PAIRS or (count >= LEAST_OF_SPAM and "spam" in reading.kinds):
                reading.group = signature


def _voice(text: Text, reading: Reading, *, with_a_mark: bool) -> Voice:
    words, found = reading.wording, reading.wording.found
    return Voice(
        cues=frozenset(found) if found else NO_CUES,
        sentiment=reading.sentiment,
        asks=with_a_mark or "asking" in found,
        with_a_mark=with_a_mark,
        kind=text.kind,
        visibility=text.visibility,
        addressed=text.addressed,
        many_hashtags=text.text.count("#") >= CROWD,
        many_handles=text.text.count("@") >= CROWD,
        links=words.links > 0,
        has_words=words.folded != b"",
        gives_thanks="thanks" in found and gives_thanks(words, is_open=text.visibility in OPENNESS),
        judges_an_aspect="aspect" in found and judges_an_aspect(words),
        leaves_a_contract="leave" in found and any("contract" in phrase for phrase in words.words("leave")),
        spam_signs=len(set(words.words("spam"))) if "spam" in found else 0,
        pitch_signs=len(set(words.words("pitch"))) if "pitch" in found else 0,
    )


def shapes_of_text(text: Text, words: Wording) -> tuple[bool, ...]:
    """As the signs of a voice have them (rules/signs.py)."""
    return shapes_of([text], [words], [asks(text)])[0]


NO_CUES: frozenset[str] = frozenset()
QUESTION = re.compile(r"[?？](?=[\s)\"'”»!?]|$)")


def asks(text: Text) -> bool:
    """Whether a question stands in it; question marks inside links do not count."""
    return _has_question(text.text) or _has_question(text.subject)


def _has_question(words: str) -> bool:
    return ("?" in words or "？" in words) and QUESTION.search(words) is not None


STANDARD: dict[str, Assessor] = {
    "language": Language(),
    "phrases": Phrases(),
    "personal data": PersonalData(),
    "sentiment": Sentiment(),
    "romanised hindi": RomanisedHindi(),
    "mood": Mood(),
    "verdicts": Verdicts(),
    "alike": Alike(),
}

"""The assessors that come with Heard, in the order in which they run. Each hands a batch to its rules and notes the reasons.

Raise VERSION whenever a voice may be read differently than before: weights, phrases or rules.
"""

import math
import re
from collections.abc import Sequence

from heard.understanding.rules.kinds import CROWD, OPENNESS, Voice, gives_thanks, judges_an_aspect
from heard.understanding.rules.language import languages_of
from heard.understanding.rules.personal_data import personal_data_of
from heard.understanding.rules.sentiment import feeling
from heard.understanding.rules.tone import trained
from heard.understanding.rules.verdicts import verdict
from heard.understanding.rules.wording import lexicon
from heard.understanding.slots import Assessor, Reading, Reason, Text

VERSION = 2


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
            if reading.wording.has("health"):
                self._note(reading, "health", lexicon().because["health"], reading.wording.words("health"))

    def _note(self, reading: Reading, kind: str, why: str, evidence: tuple[str, ...]) -> None:
        if kind not in reading.private:
            reading.private.append(kind)
            reading.reasons.append(Reason("private", kind, why, evidence))


class Sentiment:
    """Fills in `sentiment` and, from how far it leads, `confidence`."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        scores, loud = trained().read([t.text or t.subject for t in texts])
        for text, reading, tone, words in zip(texts, readings, scores.tolist(), loud, strict=True):
            found = feeling(reading.wording, tone, words, asks=asks(text) or reading.wording.has("asking"))
            reading.sentiment = found.sentiment  # type: ignore[assignment]
            reading.confidence = _confidence(found.margin)
            reading.reasons.append(Reason("sentiment", found.sentiment, found.because, found.evidence))


class Verdicts:
    """Fills in `kinds`, `urgency`, `answer_due`, `operational` and `analytical`."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        for text, reading in zip(texts, readings, strict=True):
            found, why = verdict(_voice(text, reading), reading.wording)
            reading.kinds, reading.urgency = found.kinds.copy(), found.urgency
            reading.answer_due, reading.operational, reading.analytical = found.answer_due, found.operational, found.analytical
            reading.confidence = round(min(reading.confidence, found.sure), 3)
            reading.reasons.extend(why)


def _voice(text: Text, reading: Reading) -> Voice:
    words, with_a_mark = reading.wording, asks(text)
    found = words.found
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


NO_CUES: frozenset[str] = frozenset()
QUESTION = re.compile(r"[?？](?=[\s)\"'”»!?]|$)")


def asks(text: Text) -> bool:
    """Whether a question stands in it; question marks inside links do not count."""
    return _has_question(text.text) or _has_question(text.subject)


def _has_question(words: str) -> bool:
    return ("?" in words or "？" in words) and QUESTION.search(words) is not None


def _confidence(margin: float) -> float:
    """0.5 for a coin toss, towards 1 for a clear lead."""
    return 1 / (1 + math.exp(-3 * margin))


STANDARD: dict[str, Assessor] = {
    "language": Language(),
    "phrases": Phrases(),
    "personal data": PersonalData(),
    "sentiment": Sentiment(),
    "verdicts": Verdicts(),
}

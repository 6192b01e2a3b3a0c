"""Which language a voice is in, as ISO 639-1; "" when nobody could tell."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import eldc

LONGEST = 600  # characters; more never changes the answer
SHORT_LETTERS = 24  # below this the detector guesses
# Links, handles, hashtags, RT and CC, numbers. It begins with a set of characters, so that whatever is none of them is skipped fast.
NOISE = re.compile(r"[hw@#RC_\d](?:(?<=h)ttps?://\S+|(?<=w)ww\.\S+|(?<=@)\S+|(?<=#)\w+|(?<=\bR)T\b|(?<=\bC)C\b|(?<=[\d_])[\d_]*)")
# What customer-care desks meet; a smaller choice makes fewer mistakes on short posts.
CHOICE = [
    "ar",
    "bg",
    "ca",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "fa",
    "fi",
    "fr",
    "he",
    "hi",
    "hr",
    "hu",
    "it",
    "ja",
    "ko",
    "lt",
    "lv",
    "nl",
    "no",
    "pl",
    "pt",
    "ro",
    "ru",
    "sk",
    "sl",
    "sr",
    "sv",
    "ta",
    "te",
    "th",
    "tr",
    "uk",
    "ur",
    "vi",
    "zh",
]

SMALL_WORDS = {
    "en": "the you your my is are it this that what where when how hi hello hey thanks thank please help and for not lol same yes ok okay still no why",
    "de": "der die das ich ist nicht und mein meine wo wann wie bitte danke hallo hilfe guten tag ja nein warum noch kein keine euch",
    "fr": "le la les je est pas et mon ma où ou quand comment merci bonjour salut aide oui non pourquoi bonsoir votre vous svp",
    "it": "il lo gli è non e mio mia dove quando come grazie ciao aiuto sì perché per favore buongiorno vostro che",
    "pt": "o os eu é não e meu minha onde quando como obrigado obrigada olá oi ajuda sim por que bom dia vocês muito",
    "es": "el la los yo es no y mi dónde donde cuándo cómo gracias hola ayuda sí por favor qué que buenas buenos días vuestro",
}


class Guess(NamedTuple):
    language: str
    why: str  # detector, network, small words, "" when nothing could tell
    evidence: tuple[str, ...] = ()


def languages_of(texts: Sequence[str], hints: Sequence[str]) -> list[Guess]:
    """The language of each text. `hints` is what the network said; it decides only where the text is too short to."""
    return [_guess(_letters_of(text), hint) for text, hint in zip(texts, hints, strict=True)]


def _letters_of(text: str) -> str:
    return NOISE.sub(" ", text[:LONGEST])


def _guess(text: str, hint: str) -> Guess:
    if len(text) > 2 * SHORT_LETTERS:
        found = _detector().detect(text)
        if found != "und":
            return Guess(found, "detector")
    return _guess_short(text, _code(hint))


def _guess_short(text: str, hint: str) -> Guess:
    """Sure detector, then the network, then small words that fill half of the text, then the unsure detector."""
    words = [w.strip(".,!?¿¡:;()\"'") for w in text.lower().split()]
    if not words:
        return Guess(hint, "network" if hint else "")
    details = _detector().detect_details(text)
    if details.reliable:
        return Guess(details.language, "detector")
    if hint:
        return Guess(hint, "network")
    hits = {language: tuple(w for w in words if w in small) for language, small in _small_words().items()}
    best = max(hits, key=lambda language: (len(hits[language]), language == details.language))
    if 2 * len(hits[best]) >= len(words):
        return Guess(best, "small words", hits[best][:3])
    return Guess(details.language, "detector") if details.language != "und" else Guess("", "")


def _code(hint: str) -> str:
    code = hint.lower().replace("_", "-").split("-")[0]
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


@cache
def _small_words() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in SMALL_WORDS.items()}


@cache
def _detector() -> Any:
    eldc.init()
    detector = eldc.instance()
    detector.set_languages(CHOICE)
    return detector

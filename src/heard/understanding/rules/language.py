"""Which language a voice is in, as ISO 639-1; "" when nobody could tell."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import eldc

LONGEST = 600  # characters; more never changes the answer
SHORT_LETTERS = 48  # characters without handles and links; below this the detector may guess
BETWEEN = "\0"
# Handles and the addresses of links. What a hashtag says is said in a language, mostly the one around it. Each begins with
# something that is written so and not otherwise, which is ten times as fast to look for as one pattern for both.
HANDLE = re.compile(r"@[\w.\-]+")
ADDRESS = re.compile(r"://[^\s\0]+")
SCHEMES = ("https", "http")
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

# Of a short text that could be many things it is one of these, which most of what is posted is written in.
USUAL = [
    "ar",
    "de",
    "el",
    "en",
    "es",
    "fa",
    "fr",
    "he",
    "hi",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "ru",
    "sv",
    "th",
    "tr",
    "uk",
    "vi",
    "zh",
]
# Persian and Urdu have letters that Arabic has not, in nearly every sentence.
WRITTEN_LIKE_ARABIC = frozenset(("fa", "ur"))
BEYOND_ARABIC = re.compile("[پچژگکیےہںٹڈڑ]")
SHAPED_ARABIC = re.compile(
    "[\ufb50-\ufdff\ufe70-\ufeff]"
)  # letters as they were drawn on old devices, one for each place in a word

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
    detect, known = _detector().detect, DETECTED.get
    guesses = []
    for text, hint in zip(_letters_of(texts), hints, strict=True):
        if len(text) > SHORT_LETTERS:
            found = detect(text)
            guesses.append(known(found) or _guess_anew(found, text))
        else:
            guesses.append(_guess_short(text, _code(hint) if hint else ""))
    return guesses


def _letters_of(texts: Sequence[str]) -> list[str]:
    """The texts without what is in no language. All of them at once: a look at each would cost as much as the detector."""
    if texts and max(map(len, texts)) > LONGEST:
        texts = [text[:LONGEST] for text in texts]
    joined = BETWEEN.join(texts)
    if joined.count(BETWEEN) >= max(1, len(texts)):
        joined = BETWEEN.join([text.replace(BETWEEN, " ") for text in texts])
    joined = ADDRESS.sub(" ", HANDLE.sub(" ", joined))
    for scheme in SCHEMES:
        joined = joined.replace(scheme, " ")
    return joined.split(BETWEEN) if texts else []


def _guess_anew(found: str, text: str) -> Guess:
    """Where the detector found nothing, or found a language by letters that are not in the text."""
    if found in WRITTEN_LIKE_ARABIC:
        return Guess(found if BEYOND_ARABIC.search(text) else "ar", "detector")
    return _guess_short(text, "") if not text.isascii() and SHAPED_ARABIC.search(text) else NOBODY_CAN_TELL


def _guess_short(text: str, hint: str) -> Guess:
    """Sure detector, then the network, then small words that fill half of the text, then the likeliest of what is usual."""
    if not text.isascii() and SHAPED_ARABIC.search(text):
        text = unicodedata.normalize("NFKC", text)
    details = _detector().detect_details(text)
    found = details.language
    if details.reliable and found in DETECTED:
        return DETECTED[found]
    if hint and (found == UNKNOWN or not details.reliable):
        return Guess(hint, "network")
    if found in WRITTEN_LIKE_ARABIC:
        return _guess_anew(found, text)
    return _by_small_words(text, found) or (NOBODY_CAN_TELL if found == UNKNOWN else _usual_guess(text))


def _by_small_words(text: str, found: str) -> Guess | None:
    words = [w.strip(".,!?¿¡:;()\"'") for w in text.lower().split()]
    hits = {language: tuple(w for w in words if w in small) for language, small in _small_words().items()}
    best = max(hits, key=lambda language: (len(hits[language]), language == found))
    return Guess(best, "small words", hits[best][:3]) if words and 2 * len(hits[best]) >= len(words) else None


def _usual_guess(text: str) -> Guess:
    found = _usual_detector().detect(text)
    if found in WRITTEN_LIKE_ARABIC and not BEYOND_ARABIC.search(text):
        found = "ar"
    return Guess(found, "detector") if found != UNKNOWN else NOBODY_CAN_TELL


UNKNOWN = "und"
NOBODY_CAN_TELL = Guess("", "")
DETECTED = {language: Guess(language, "detector") for language in CHOICE if language not in WRITTEN_LIKE_ARABIC}


def _code(hint: str) -> str:
    code = hint.lower().replace("_", "-").split("-")[0]
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


@cache
def _small_words() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in SMALL_WORDS.items()}


@cache
def _detector() -> Any:
    return _detector_of(CHOICE)


@cache
def _usual_detector() -> Any:
    return _detector_of(USUAL)


def _detector_of(languages: Sequence[str]) -> Any:
    eldc.init()
    detector = eldc.instance()
    detector.set_languages(list(languages))
    return detector

"""How a post is written, whatever it is about: a base for learning what has to hold in events that nobody has seen yet. Pure.

The words of one flood are not those of the next earthquake. Links, numbers, quotation and "I" and "we" are the same in both: reports have
the former, and those who feel with others the latter. Phrases in English, Spanish, Portuguese, Italian and Tagalog.
"""

import re
from collections.abc import Sequence

import numpy as np

from heard.understanding.learning.linear import Floats

NUMBER = re.compile(r"\d+")
SELF = re.compile(
    r"\b(?:i|i'm|im|i've|ive|my|me|we|our|us|yo|mi|mis|me|nos|nosotros|nuestr\w*|io|mio|mia|noi|eu|meu|minha|nós|ako|ko|naman|kami|tayo)\b",
    re.IGNORECASE,
)
FELT = re.compile(
    r"\b(?:pray\w*|thoughts|condolences|god|bless|hope|stay safe|heart\w*|sad|scar(?:ed|y)|dios|oremos|orar|rezar|fuerza|ánimo|espero|"
    r"miedo|susto|triste|solidari\w*|preghi\w*|speriamo|paura|deus|força|medo|sana|ingat|kawawa)\b",
    re.IGNORECASE,
)
JOKED = re.compile(
    r"\b(?:lol|lmao|haha\w*|jaja\w*|ahah\w*|omg|wtf|xd|damn|shit|fuck\w*|bored|party|song|game|album|movie|mierda|coño)\b",
    re.IGNORECASE,
)
HARM = re.compile(
    r"\b(?:dead|deaths?|died?|kill\w*|injur\w*|missing|victims?|toll|damag\w*|destroy\w*|collaps\w*|rescue\w*|evacu\w*|shelters?|homes|"
    r"houses|roads?|schools?|hospitals?|police|army|officials?|residents|survivors|relief|donat\w*|volunteers?|aid|fires?|wildfires?|"
    r"flood\w*|rain\w*|typhoon|storm|quake|earthquake|tsunami|magnitude|epicent\w*|km|explosion|blast|bomb\w*|crash\w*|alert\w*|warning|"
    r"update|breaking|reports?|confirm\w*|muert\w*|herid\w*|fallecid\w*|desaparecid\w*|víctimas|magnitud|terremoto|sismo|temblor|réplica\w*|"
    r"dañ\w*|rescat\w*|refugio\w*|albergue\w*|damnificad\w*|incendio|explosión|bomberos|inundaci\w*|lluvias|alerta|reporta\w*|confirma\w*|"
    r"morti|feriti|vittime|sfollati|scossa|crolli|danni|mortos|feridos|vítimas|incêndio|enchente|baha|ulan|bagyo|relief goods)\b",
    re.IGNORECASE,
)
FACE = re.compile(r"[:;=]-?[()DPp/]|[\U0001F300-\U0001FAFF]")
LONG = 140  # characters
MANY = 3

NAMES = (
    *(
        "link",
        "passed on",
        "hashtags",
        "handles",
        "number",
        "numbers",
        "exclaims",
        "asks",
        "length",
        "of oneself",
        "often of oneself",
    ),
    *("felt", "joked", "capitals", "face", "colon", "quotation", "trails off", "harm", "much harm"),
)
WEIGHT = 2.0  # next to the words


class Shape:
    """A base for learning/linear.py."""

    classes = NAMES

    def scores(self, texts: Sequence[str]) -> Floats:
        """[texts, NAMES], 0 to WEIGHT."""
        return WEIGHT * np.array([_shape(text) for text in texts], np.float32).reshape(len(texts), len(NAMES))


def _shape(text: str) -> list[float]:
    selves, numbers, harms = (len(what.findall(text)) for what in (SELF, NUMBER, HARM))
    return [
        "http" in text,
        text.startswith("RT "),
        _some(text.count("#")),
        _some(text.count("@")),
        numbers > 0,
        _some(numbers),
        "!" in text,
        "?" in text,
        min(2.0, len(text) / LONG),
        selves > 0,
        _some(selves),
        FELT.search(text) is not None,
        JOKED.search(text) is not None,
        sum(map(str.isupper, text)) / max(1, len(text)),
        FACE.search(text) is not None,
        ":" in text,
        '"' in text or "“" in text,
        "..." in text or "…" in text,
        harms > 0,
        _some(harms),
    ]


def _some(count: int) -> float:
    return min(MANY, count) / MANY

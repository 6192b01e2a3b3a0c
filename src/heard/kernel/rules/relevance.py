"""How well a text answers a question of which it has all the words. Pure; see docs/algorithms/search.md."""

from collections.abc import Sequence

from heard.kernel.rules.words import may_be_beginning

SATURATION, LENGTH_WEIGHT = 1.2, 0.75  # k1 and b of BM25, as everybody takes them
BEGINNING = 0.5  # "broad" finds "broadband", half as well as "broad"
TITLE = 3  # a word in the title counts as much as three in the text
NEARNESS = 1.5  # of all words asked standing side by side, in words found once


def relevance(asked: Sequence[str], title: Sequence[str], text: Sequence[str], *, usual_length: float) -> float:
    """0 when a word is missing; grows with how often the words occur, how near they stand, and how short the text is.

    All words are folded. `usual_length`: words of a usual text. BM25 without the rarity of words: every text that is compared
    has all of them, so rarity would tell them apart only by repetition.
    """
    places = [_places(word, text, begins=n == len(asked) - 1 and may_be_beginning(word)) for n, word in enumerate(asked)]
    short_of = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * (len(title) + len(text)) / max(usual_length, 1))
    score = 0.0
    for n, (word, standing) in enumerate(zip(asked, places, strict=True)):
        titled = _places(word, title, begins=n == len(asked) - 1 and may_be_beginning(word))
        often = sum(standing.values()) + TITLE * sum(titled.values())
        if not often:
            return 0.0
        score += often * (SATURATION + 1) / (often + short_of)
    return score + NEARNESS * _nearness(places)


def _places(word: str, text: Sequence[str], *, begins: bool) -> dict[int, float]:
    """{place in the text: how much the word there counts}."""
    if not begins:
        return {place: 1.0 for place, said in enumerate(text) if said == word}
    return {place: 1.0 if said == word else BEGINNING for place, said in enumerate(text) if said.startswith(word)}


def _nearness(places: Sequence[dict[int, float]]) -> float:
    """1 when all words stand side by side somewhere, 1/2 when they fill half of the shortest stretch that has them all."""
    if len(places) < 2 or not all(places):
        return 0.0
    line = sorted((place, n) for n, standing in enumerate(places) for place in standing)
    shortest, last = len(line) + line[-1][0], dict[int, int]()
    for place, n in line:
        last[n] = place
        if len(last) == len(places):
            shortest = min(shortest, place - min(last.values()) + 1)
    return len(places) / max(shortest, len(places))

"""What a voice is to each role: who sells hears of the phone, who answers hears of the support. Pure.

A cut is what is felt about the targets that concern a role (rules/targets.py). Whose targets are not named has the whole.
"""

from collections.abc import Iterable, Sequence

from heard.understanding.rules.targets import area_of

# By the kind of case that a role works on. A topic of the house's own, which has no area, concerns those who make it and sell it.
AREAS = {"sales": ("product", "price", ""), "product": ("product", ""), "support": ("service",)}
PUTS_RIGHT = "support"  # hears of whatever else somebody dislikes, too, but of the price


def felt_by(kind: str, sentiment: str, targets: Iterable[Sequence[str]], language: str = "") -> str:
    """The sentiment of a voice as those see it who work on that kind. `targets` are (words, sentiment)."""
    areas = AREAS.get(kind, ())
    heard = set()
    for words, felt in targets:
        area = area_of(words, language)
        if area in areas:
            heard.add(felt)
        elif kind == PUTS_RIGHT and felt != "positive" and area != "price":
            heard.add("negative")
    if not heard:
        return sentiment
    return heard.pop() if len(heard) == 1 else "mixed"


def cuts(sentiment: str, targets: Sequence[Sequence[str]], language: str = "") -> tuple[str, ...]:
    """ "sales positive", one for each role to whom the voice is something else than as a whole."""
    if not targets:
        return ()
    felt = ((kind, felt_by(kind, sentiment, targets, language)) for kind in AREAS)
    return tuple(f"{kind} {its}" for kind, its in felt if its != sentiment)

"""The voices that any version has to get right (tests/voices.py), as rows to learn from."""

from heard.understanding.tests.voices import ENGLISH, FRENCH, GERMAN, PLACES, SPANISH, STORIES, Example

WORTH = 6.0  # voices; a teacher's example is not one among many


def rows() -> list[dict]:
    """As train/sets.py has voices, with where they were said and how much each is worth."""
    languages = {"en": [*STORIES, *ENGLISH], "de": GERMAN, "fr": FRENCH, "es": SPANISH}
    return [_row(example, language) for language, examples in languages.items() for example in examples]


def _row(example: Example, language: str) -> dict:
    return {
        **PLACES[example.where],
        "text": example.text,
        "language": language,
        "kinds": example.kinds.split(),
        "sentiment": example.sentiment,
        "urgency": example.urgency,
        "answer_due": example.urgency > 0,
        "operational": "o" in example.verdicts,
        "analytical": "a" in example.verdicts,
        "complexity": "low",
        "worth": WORTH,
    }

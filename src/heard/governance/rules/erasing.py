"""Why somebody is erased, and when that must not be done."""

from enum import Enum


class Reason(Enum):
    ASKED = "asked"
    WITHDREW = "withdrew"
    NOT_NEEDED = "not_needed"
    WRONG = "wrong"

    @property
    def label(self) -> str:
        return {
            Reason.ASKED: "They asked for it",
            Reason.WITHDREW: "They withdrew their consent",
            Reason.NOT_NEEDED: "It is no longer needed",
            Reason.WRONG: "It should never have been kept",
        }[self]


MOST_ROUNDS = 6  # everybody who was asked to keep nothing may still write while it runs


def step_after(step: str, *, found_something: bool) -> str:
    """Voices, then the people themselves, then free text; the whole again until a round finds nothing. Then what the indexes
    still have of removed words, and files."""
    return {"voices": "people", "people": "text", "text": "voices" if found_something else "index"}[step]

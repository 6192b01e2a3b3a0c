"""Personal data and public words: what is held until its author decides, and what does not leave in public at all. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from heard.engagement.rules.warnings import NAMES
from heard.understanding.rules.personal_data import personal_data

HELD = ("card", "iban", "ssn", "phone", "address")
NEVER_IN_PUBLIC = ("card", "ssn", "password")  # in words of ours
IN_PUBLIC = ("public", "followers")
SHORTEST_NAME = 3  # letters; shorter ones stand in any text


@dataclass(frozen=True)
class Hold:
    """Why public words wait: the kinds of personal data that they hold themselves, and those in what they answer."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    faces: tuple[str, ...] = ()  # addresses and names of faces that must not be named beside the one spoken to

    @property
    def is_refused(self) -> bool:
        """Nobody may send this in public, knowingly or not."""
        return bool(self.faces) or any(kind in NEVER_IN_PUBLIC for kind in self.ours)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the author must have been shown to send it all the same."""
        return tuple(sorted({*(f"our-{kind}" for kind in self.ours), *(f"their-{kind}" for kind in self.theirs)}))

    @property
    def sentences(self) -> list[str]:
        ours = f"Everyone can read this, and it holds {listed(self.ours)}." if self.ours else ""
        theirs = f"What they wrote holds {listed(self.theirs)}; an answer in public leads others to it." if self.theirs else ""
        return [words for words in (ours, theirs, linking(self.faces)) if words]


def hold(words: Iterable[str], *, answered: Iterable[Iterable[str]], visibility: str, unnamed: Iterable[str] = ()) -> Hold | None:
    """None when nothing is to be held. `words` of ours, alt texts too; `answered`: kinds in each of their messages that it answers;
    `unnamed`: addresses and names that must not stand in public where they are spoken to."""
    if visibility not in IN_PUBLIC:
        return None
    words = list(words)
    found = {datum.kind for text in words for datum in personal_data(text)}
    ours = tuple(kind for kind in dict.fromkeys((*NEVER_IN_PUBLIC, *HELD)) if kind in found)
    said = {kind for kinds in answered for kind in kinds}
    theirs = tuple(kind for kind in HELD if kind in said)
    named = faces_named(words, unnamed)
    return Hold(ours, theirs, named) if ours or theirs or named else None


def faces_named(words: Iterable[str], unnamed: Iterable[str]) -> tuple[str, ...]:
    """Those of `unnamed` that any of the texts has as a word of its own."""
    words = list(words)
    return tuple(name for name in dict.fromkeys(unnamed) if any(_names(text, name) for text in words))


def linking(faces: Iterable[str]) -> str:
    """Why words that name these must not stand in public; empty for none."""
    named = ", ".join(faces)
    return f"It names {named}: somebody said never to link these faces openly." if named else ""


def _names(text: str, name: str) -> bool:
    """Whether the text has it as a word of its own, with or without an @, in whatever case."""
    bare = name.strip().lstrip("@")
    return len(bare) >= SHORTEST_NAME and re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", text, re.IGNORECASE) is not None


def listed(kinds: Iterable[str]) -> str:
    """ "a card number", "a card number and an IBAN"."""
    names = [NAMES[kind] for kind in kinds]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

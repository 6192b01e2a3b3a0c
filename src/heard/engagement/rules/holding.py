"""Personal data and public words: what is held until its author decides, and what does not leave in public at all. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from heard.engagement.rules.warnings import NAMES
from heard.understanding.rules.personal_data import personal_data

HELD = ("card", "iban", "ssn", "phone", "address")
NEVER_IN_PUBLIC = ("card", "ssn", "password")  # in words of ours
IN_PUBLIC = ("public", "followers")


@dataclass(frozen=True)
class Hold:
    """Why public words wait: the kinds of personal data that they hold themselves, and those in what they answer."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def is_refused(self) -> bool:
        """Nobody may send this in public, knowingly or not."""
        return any(kind in NEVER_IN_PUBLIC for kind in self.ours)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the author must have been shown to send it all the same."""
        return tuple(sorted({*(f"our-{kind}" for kind in self.ours), *(f"their-{kind}" for kind in self.theirs)}))

    @property
    def sentences(self) -> list[str]:
        ours = f"Everyone can read this, and it holds {listed(self.ours)}." if self.ours else ""
        theirs = f"What they wrote holds {listed(self.theirs)}; an answer in public leads others to it." if self.theirs else ""
        return [words for words in (ours, theirs) if words]


def hold(words: Iterable[str], *, answered: Iterable[Iterable[str]], visibility: str) -> Hold | None:
    """None when nothing is to be held. `words` of ours, alt texts too; `answered`: kinds in each of their messages that it answers."""
    if visibility not in IN_PUBLIC:
        return None
    found = {datum.kind for text in words for datum in personal_data(text)}
    ours = tuple(kind for kind in dict.fromkeys((*NEVER_IN_PUBLIC, *HELD)) if kind in found)
    said = {kind for kinds in answered for kind in kinds}
    theirs = tuple(kind for kind in HELD if kind in said)
    return Hold(ours, theirs) if ours or theirs else None


def listed(kinds: Iterable[str]) -> str:
    """ "a card number", "a card number and an IBAN"."""
    names = [NAMES[kind] for kind in kinds]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

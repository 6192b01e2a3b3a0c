"""What is judged in a voice, each for itself, among the assessors. Knows the general words and the topics of the house."""

from collections.abc import Sequence
from functools import lru_cache

from heard.understanding.rules.targets import Names, is_asked_of, key, targets_of
from heard.understanding.slots import Reading, Reason, Text
from heard.understanding.topics import in_use

BECAUSE = "judged by itself"
SHORTEST_NAME = 3  # letters of a topic's name that is looked for


class Targets:
    """Fills in `targets`. Of irony and spam it says nothing. Runs after sentiment, mood and verdicts; most voices cost it a look."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        for text, reading in zip(texts, readings, strict=True):
            if is_asked_of(reading.wording, reading.sentiment) and not reading.ironic and "spam" not in reading.kinds:
                self._note(text, reading)

    def _note(self, text: Text, reading: Reading) -> None:
        for target in targets_of(text.words, reading.wording, reading.language, _own(tuple(in_use.now().names.values()))):
            reading.targets.append((target.words, target.sentiment))  # type: ignore[arg-type]
            evidence = (target.words, *target.evidence)
            reading.reasons.append(Reason("targets", f"{target.words}: {target.sentiment}", BECAUSE, evidence))


@lru_cache(maxsize=4)
def _own(names: Sequence[str]) -> Names:
    own = Names()
    for name in names:
        if len(name) >= SHORTEST_NAME:
            own.add(key(name), name, goes_on=False)
    return own

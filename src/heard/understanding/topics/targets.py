"""What is judged in a voice, each for itself, among the assessors. Knows the general words and the topics of the house."""

from collections.abc import Sequence
from functools import lru_cache

from heard.understanding.rules.targets import Names, Target, is_asked_of, key, targets_of
from heard.understanding.slots import Reading, Reason, Text
from heard.understanding.topics import in_use

BECAUSE = "judged by itself"
SHORTEST_NAME = 3  # letters of a topic's name that is looked for


class Targets:
    """Fills in `targets`, and `sentiment` anew where one is liked and another disliked. Of irony and spam it says nothing. Runs after sentiment, mood and verdicts; most voices cost it a look."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        for text, reading in zip(texts, readings, strict=True):
            if is_asked_of(reading.wording, reading.sentiment) and not reading.ironic and "spam" not in reading.kinds:
                self._note(text, reading)

    def _note(self, text: Text, reading: Reading) -> None:
        own, is_mixed = _own(tuple(in_use.now().names.values())), reading.sentiment == "mixed"
        found = targets_of(text.words, reading.wording, reading.language, own, is_mixed=is_mixed)
        for target in found:
            reading.targets.append((target.words, target.sentiment))  # type: ignore[arg-type]
            evidence = (target.words, *target.evidence)
            reading.reasons.append(Reason("targets", f"{target.words}: {target.sentiment}", BECAUSE, evidence))
        if not is_mixed and {"positive", "negative"} <= {target.sentiment for target in found}:
            self._keep_mixed(reading, found)

    def _keep_mixed(self, reading: Reading, found: Sequence[Target]) -> None:
        """One loud half of a voice must not outshout the other."""
        evidence = tuple(dict.fromkeys(words for target in found for words in target.evidence))[:4]
        reading.sentiment = "mixed"
        reading.reasons = [reason for reason in reading.reasons if reason.field != "sentiment"]
        reading.reasons.append(Reason("sentiment", "mixed", "judges one thing well and another badly", evidence))


@lru_cache(maxsize=4)
def _own(names: Sequence[str]) -> Names:
    own = Names()
    for name in names:
        if len(name) >= SHORTEST_NAME:
            own.add(key(name), name, goes_on=False)
    return own

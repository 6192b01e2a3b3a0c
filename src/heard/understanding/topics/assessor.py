"""Topics among the assessors: sorts voices by what this process knows. Asks no row; the walk refreshes that before it reads."""

from collections.abc import Sequence

from heard.understanding.semantic import embedder
from heard.understanding.slots import Reading, Reason, Text
from heard.understanding.topics import in_use

AS_THEY_COME = 16  # voices at once; in a flood words alone decide, and what they mean is looked at when it is sorted anew
BECAUSE = "it is like the examples of this topic"


class Topics:
    """Fills in `topic` and `topic_id`, or says that it is unsure."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        _, sorter, names = in_use.now()
        if sorter is None:
            return
        embed = embedder() if sorter.knows_meaning and len(texts) <= AS_THEY_COME else None
        for guess, reading in zip(sorter.read([t.words for t in texts], embed), readings, strict=True):
            if guess.topic is not None and guess.topic in names:
                reading.topic, reading.topic_id = names[guess.topic], guess.topic
                reading.reasons.append(Reason("topic", reading.topic, BECAUSE, guess.evidence))
            elif guess.is_near:
                reading.unsure.append("topic")

"""Learning topics from what people said: a fraction of a second for hundreds of examples, in the transaction of the verb."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from heard.governance.permissions import HEARD
from heard.kernel.clock import now
from heard.listening import selectors as listening
from heard.understanding.rules.topics import Example, learn
from heard.understanding.semantic import embedder
from heard.understanding.topics.family import families, roots
from heard.understanding.topics.models import TopicExample, TopicModel

KEPT = 5  # models: to look back at, and to go back to
MOST_FOR_MEANING = 400
MOST_BACKGROUND = 200
LONGEST_BACKGROUND = 140  # letters; a vector of a long text takes long
MOST_EXAMPLES = 4000  # the newest; more would take longer than a person waits


def anew() -> int:
    """Learn from everything that people said by now; the next voice is sorted with it. Returns the id of the model in use."""
    examples = all_examples()
    made = TopicModel.objects.create(
        made_at=now(),
        examples=len(examples),
        digest=digest_of(examples),
        head=learn(examples, background(), embed=embedder() if _are_few(examples) else None).to_bytes(),
    )
    kept = TopicModel.objects.order_by("-id").values_list("id", flat=True)[:KEPT]
    TopicModel.objects.exclude(pk__in=list(kept)).delete()
    return made.pk


def keep_true() -> bool:
    """Learn anew where the examples are no longer those that were learnt from: somebody was erased, took words back or edited them.
    Returns whether that was so."""
    newest = TopicModel.objects.order_by("-id").values_list("digest", flat=True).first()
    if newest is None or newest == digest_of(all_examples()):
        return False
    anew()
    return True


def all_examples() -> list[Example]:
    """What each voice or text that somebody judged is an example of. A handful of queries."""
    known = families()
    standing = {id_ for id_, family in known.items() if family.topic.ended_at is None}
    newest = TopicExample.objects.order_by("-id").values_list("id", "topic_id", "interaction_id", "text", "belongs")
    said = [_Word(*row) for row in newest[:MOST_EXAMPLES]]
    texts = _texts_of({word.interaction_id for word in said if word.interaction_id is not None})
    return list(_examples(reversed(said), texts, {t: r for t, r in roots(known).items() if r in standing}))


def digest_of(examples: Iterable[Example]) -> str:
    return hashlib.sha256(msgspec.json.encode([[e.text, e.topic] for e in examples])).hexdigest()


def _are_few(examples: Collection[Example]) -> bool:
    """With so few examples it pays to look at what they mean; a vector takes some milliseconds."""
    return len(examples) <= MOST_FOR_MEANING


@cache
def background() -> tuple[str, ...]:
    """Voices of many trades that we wrote: what belongs to no topic of this house in particular."""
    folder = files("heard.understanding") / "train" / "voices"
    lines = [
        line for file in sorted(folder.iterdir(), key=lambda f: f.name) if file.name.endswith(".jsonl") for line in _lines(file)
    ]
    short = [text for line in lines if len(text := msgspec.json.decode(line)["text"]) <= LONGEST_BACKGROUND]
    return tuple(short[:: max(1, -(-len(short) // MOST_BACKGROUND))])


def _lines(file: Traversable) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


class _Word(msgspec.Struct, frozen=True):
    id: int
    topic_id: int
    interaction_id: int | None
    text: str
    belongs: bool


def _examples(said: Iterable[_Word], texts: Mapping[int, str], root: Mapping[int, int]) -> Iterable[Example]:
    """One for each voice or text: the topic that it belongs to, or none where somebody only said what it is not."""
    found: dict[str, int | None] = {}
    for word in said:
        text = texts.get(word.interaction_id, "") if word.interaction_id is not None else word.text
        topic = root.get(word.topic_id)
        if not text.strip() or topic is None:
            continue
        if word.belongs:
            found[text] = topic
        else:
            found.setdefault(text, None)
    return (Example(text, topic) for text, topic in found.items())


def _texts_of(interaction_ids: set[int]) -> dict[int, str]:
    """As they read now; what was taken back has no words."""
    return {id_: words_of(voice) for id_, voice in listening.voices(HEARD, interaction_ids).items()}


def words_of(voice: listening.Voice) -> str:
    return f"{voice.subject}.\n{voice.text}" if voice.subject else voice.text

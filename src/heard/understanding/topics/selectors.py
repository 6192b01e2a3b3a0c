"""Questions about topics. Names are the house's; voices, counts and the words of proposals are each viewer's own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from heard.governance.permissions import Viewer
from heard.kernel.counting import Tally, tallies
from heard.listening import pages as listening_pages
from heard.listening import selectors as listening
from heard.understanding.rules.clusters import halves, telling_words
from heard.understanding.topics import in_use
from heard.understanding.topics.family import Family, families, roots
from heard.understanding.topics.learn import words_of
from heard.understanding.topics.models import ProposedVoice as Proposed
from heard.understanding.topics.models import Topic, TopicExample, TopicProposal, VoiceTopic

COUNTED = 999
PAGE = 25
EXAMPLES = 60
SPLIT = 40  # voices that are looked at to find two parts
SHOWN = 5  # voices of a proposal
FEWEST_SEEN = 3  # of its voices, below which a viewer is not told of a proposal
NAMED_BY = 3  # telling words that make the first name


@dataclass(frozen=True)
class TopicRow:
    """A topic in the list. `recognised`: of its examples, how many it would know, of how many; None where nothing was learnt yet."""

    id: int
    name: str
    count: Tally
    examples: int
    recognised: tuple[int, int] | None
    is_ended: bool


class ExampleRow(NamedTuple):
    id: int
    text: str
    belongs: bool
    is_voice: bool


@dataclass(frozen=True)
class TopicPage:
    row: TopicRow
    family: Family
    voices: list[listening_pages.Hit]
    said: frozenset[int]  # voices of which a person said that they belong here
    older: int | None  # the voice before which the next page begins
    examples: list[ExampleRow]
    others: list[tuple[int, str]]  # topics that stand: (id, name)

    @property
    def merged(self) -> tuple[Topic, ...]:
        return self.family.merged

    @property
    def is_ended(self) -> bool:
        return self.family.topic.ended_at is not None


class Half(NamedTuple):
    words: list[str]
    voices: list[listening.Voice]


@dataclass(frozen=True)
class ProposalRow:
    id: int
    made_at: datetime
    count: int
    words: list[str]
    voices: list[listening_pages.Hit]
    voice_ids: list[int]

    @property
    def name(self) -> str:
        return " ".join(self.words[:NAMED_BY]).capitalize()


def topics(viewer: Viewer) -> list[TopicRow]:
    """Those that stand, the fullest first, then those that ended. Six queries for any number."""
    known = families()
    rows = _rows(viewer, known)
    return sorted(rows, key=lambda row: (row.is_ended, -row.count, row.name.lower()))


def topic(viewer: Viewer, topic_id: int, *, before: int | None = None) -> TopicPage:
    """Raises Topic.DoesNotExist; one that was merged away is the one that it counts as."""
    known = families()
    root = roots(known).get(topic_id)
    if root is None:
        raise Topic.DoesNotExist
    family = known[root]
    [row] = _rows(viewer, {root: family})
    asked = _voices_in(viewer, family.ids)
    ids = list(
        (asked.filter(interaction_id__lt=before) if before else asked).values_list("interaction_id", flat=True)[: PAGE + 1]
    )
    shown = ids[:PAGE]
    said = TopicExample.objects.filter(interaction_id__in=shown, topic_id__in=family.ids, belongs=True)
    return TopicPage(
        row,
        family,
        listening_pages.hits(viewer, shown),
        frozenset(said.values_list("interaction_id", flat=True)),
        shown[-1] if len(ids) > PAGE else None,
        _examples(viewer, family.ids),
        [(id_, f.topic.name) for id_, f in known.items() if id_ != root and f.topic.ended_at is None],
    )


def two_parts(viewer: Viewer, topic_id: int) -> tuple[Topic, list[Half]]:
    """How a topic could be split, by what its newest voices say. Raises Topic.DoesNotExist."""
    known = families()
    if topic_id not in known:
        raise Topic.DoesNotExist
    ids = list(_voices_in(viewer, known[topic_id].ids).values_list("interaction_id", flat=True)[:SPLIT])
    voices = list(listening.voices(viewer, ids).values())
    texts = [words_of(voice) for voice in voices]
    parts = [part for part in halves(texts) if part]
    words = telling_words([[texts[n] for n in part] for part in parts])
    return known[topic_id].topic, [Half(its, [voices[n] for n in part]) for its, part in zip(words, parts, strict=True)]


def proposals(viewer: Viewer) -> list[ProposalRow]:
    """What stands open, as far as the viewer sees its voices; what they have in common is read out of these alone."""
    rows = Proposed.objects.filter(proposal__state=TopicProposal.State.OPEN).order_by("proposal_id", "place")
    found: dict[int, list[int]] = {}
    made: dict[int, datetime] = {}
    for id_, at, voice in rows.values_list("proposal_id", "proposal__made_at", "interaction_id"):
        found.setdefault(id_, []).append(voice)
        made[id_] = at
    seen = listening.voices(viewer, [voice for ids in found.values() for voice in ids])
    visible = {id_: [v for v in ids if v in seen and words_of(seen[v])] for id_, ids in found.items()}
    visible = {id_: ids for id_, ids in visible.items() if len(ids) >= FEWEST_SEEN}
    words = telling_words([[words_of(seen[v]) for v in ids] for ids in visible.values()])
    hits = {hit.voice.id: hit for hit in listening_pages.hits(viewer, [v for ids in visible.values() for v in ids[:SHOWN]])}
    shown = [
        ProposalRow(id_, made[id_], len(ids), its, [hits[v] for v in ids[:SHOWN] if v in hits], ids)
        for (id_, ids), its in zip(visible.items(), words, strict=True)
    ]
    return sorted(shown, key=lambda row: (-row.count, row.id))


def proposed_voices(viewer: Viewer, proposal_id: int, most: int) -> list[int]:
    """The most typical voices of a proposal that this viewer sees."""
    ids = list(Proposed.objects.filter(proposal_id=proposal_id).order_by("place").values_list("interaction_id", flat=True))
    seen = set(listening.visible_interactions(viewer).filter(id__in=ids).values_list("id", flat=True))
    return [id_ for id_ in ids if id_ in seen][:most]


def how_many_proposals() -> Tally:
    return tallies({"open": TopicProposal.objects.filter(state=TopicProposal.State.OPEN).values_list("id")})["open"]


def topics_of(interaction_ids: Iterable[int], known: dict[int, Family] | None = None) -> dict[int, tuple[int, str]]:
    """{voice: (id, name) of the topic that it is under}, for rooms that show voices they have asked about. Two queries; one where the
    families are known."""
    found = dict(VoiceTopic.objects.filter(interaction_id__in=list(interaction_ids)).values_list("interaction_id", "topic_id"))
    if not found:
        return {}
    known = known or families()
    root = roots(known)
    return {voice: (root[topic_id], known[root[topic_id]].topic.name) for voice, topic_id in found.items()}


class About(NamedTuple):
    """The topic that a voice is under, None for none, and those that it could be put under: (id, name), by name."""

    topic: tuple[int, str] | None
    others: list[tuple[int, str]]


def about(interaction_id: int) -> About:
    """For rooms that show a voice they have asked about. Two queries; one in a house without topics."""
    known = families()
    if not known:
        return About(None, [])
    topic = topics_of([interaction_id], known).get(interaction_id)
    standing = [(id_, family.topic.name) for id_, family in known.items() if family.topic.ended_at is None]
    return About(topic, [(id_, name) for id_, name in standing if topic is None or id_ != topic[0]])


def _rows(viewer: Viewer, known: dict[int, Family]) -> list[TopicRow]:
    counts = tallies({id_: _voices_in(viewer, f.ids).values_list("interaction_id") for id_, f in known.items()}, most=COUNTED)
    examples = _count_examples(known)
    sorter = in_use.refresh().sorter
    recognised = sorter.recognised if sorter else {}
    return [
        TopicRow(id_, f.topic.name, counts[id_], examples.get(id_, 0), recognised.get(id_), is_ended=f.topic.ended_at is not None)
        for id_, f in known.items()
    ]


def _count_examples(known: dict[int, Family]) -> dict[int, int]:
    root = roots(known)
    counts: dict[int, int] = {}
    for (topic_id,) in TopicExample.objects.filter(belongs=True).values_list("topic_id"):
        if topic_id in root:
            counts[root[topic_id]] = counts.get(root[topic_id], 0) + 1
    return counts


def _voices_in(viewer: Viewer, topic_ids: Collection[int]) -> QuerySet[VoiceTopic]:
    """Newest first."""
    rows = VoiceTopic.objects.filter(topic_id__in=topic_ids)
    if not viewer.sees_every_team:
        rows = rows.filter(Exists(listening.visible_interactions(viewer).filter(pk=OuterRef("interaction_id"))))
    return rows.order_by("-interaction_id")


def _examples(viewer: Viewer, topic_ids: Collection[int]) -> list[ExampleRow]:
    """Newest first; of voices those that the viewer sees."""
    words = TopicExample.objects.filter(topic_id__in=topic_ids).order_by("-id")
    said = list(words.values_list("id", "interaction_id", "text", "belongs")[:EXAMPLES])
    voices = listening.voices(viewer, [voice_id for _, voice_id, _, _ in said if voice_id])
    return [
        ExampleRow(id_, words_of(voices[voice_id]) if voice_id else text, belongs, voice_id is not None)
        for id_, voice_id, text, belongs in said
        if voice_id is None or voice_id in voices
    ]

"""Which topic each voice is under: as it comes, and looked at once more when there is a better model."""

from collections.abc import Collection, Iterable, Mapping
from time import monotonic

from heard.governance.permissions import HEARD
from heard.kernel import bulk
from heard.listening import selectors as listening
from heard.understanding.models import Assessment
from heard.understanding.semantic import embedder
from heard.understanding.topics import in_use
from heard.understanding.topics.learn import words_of
from heard.understanding.topics.models import TopicExample, TopicsSorted, VoiceTopic

SORTED_ANEW = 5000  # of the newest voices, when something was learnt: what a person looks at is among them
AT_ONCE = 250  # voices; walks wait meanwhile
COLUMNS = ["interaction_id", "topic_id"]


def keep(topics: Iterable[tuple[int | None, int | None]]) -> None:
    """(new voice, topic or None) as the assessors say. One statement, none where there is no topic. For the walk."""
    bulk.insert(VoiceTopic, COLUMNS, [[voice, topic] for voice, topic in topics if topic is not None])


def topics_of(voice_ids: Collection[int]) -> dict[int, int]:
    """{voice: topic under which it stands}, merged ones as they were sorted. Asks for no viewer."""
    return dict(VoiceTopic.objects.filter(interaction_id__in=bulk.among(voice_ids)).values_list("interaction_id", "topic_id"))


def put(topics: Mapping[int, int | None]) -> int:
    """These voices are under these topics from now on, None for none. Returns for how many that is news. In a transaction."""
    before = topics_of(topics)
    changed = {voice: topic for voice, topic in topics.items() if before.get(voice) != topic}
    bulk.delete(VoiceTopic, "interaction_id", changed)
    keep((voice, changed[voice]) for voice in sorted(changed))
    return len(changed)


def catch_up(*, seconds: float) -> int:
    """Sort the newest voices with the newest model, a few at a time, until that is done or the time is over. Returns how many
    were looked at."""
    until, looked_at = monotonic() + seconds, 0
    while monotonic() < until and (some := _some()):
        looked_at += some
    return looked_at


def _some() -> int:
    known = in_use.refresh()
    place = _place(known.model_id)
    read = Assessment.objects.filter(interaction_id__lt=place.below, interaction_id__gte=place.stops_at)
    ids = list(read.order_by("-interaction_id").values_list("interaction_id", flat=True).distinct()[:AT_ONCE])
    topics = _topics_of(ids, known)  # takes long, and holds nobody up
    with bulk.one_writer():
        is_still_so = TopicsSorted.objects.filter(pk=place.pk, model_id=place.model_id, below=place.below)
        if is_still_so.update(below=ids[-1] if ids else 0) and topics:
            put_unless_said(topics)
    return len(ids)


def put_unless_said(topics: Mapping[int, int | None]) -> None:
    """`put`, but of no voice of which a colleague said what it is about."""
    said = TopicExample.objects.filter(interaction_id__in=bulk.among(topics)).values_list("interaction_id", flat=True)
    put({voice: topics[voice] for voice in topics.keys() - set(said)})


def _place(model_id: int) -> TopicsSorted:
    """How far it was sorted with this model."""
    place, _ = TopicsSorted.objects.get_or_create(pk=1)
    if place.model_id != model_id:
        newest = Assessment.objects.order_by("-interaction_id").values_list("interaction_id", flat=True).first() or 0
        place.model_id, place.below, place.stops_at = model_id, newest + 1, max(0, newest + 1 - SORTED_ANEW)
        place.save()
    return place


def _topics_of(ids: list[int], known: in_use.InUse) -> dict[int, int | None]:
    """{voice: topic or None} for those that have words."""
    voices = {id_: voice for id_, voice in listening.voices(HEARD, ids).items() if words_of(voice)}
    if known.sorter is None:
        return dict.fromkeys(voices)
    embed = embedder() if known.sorter.knows_meaning else None
    guesses = known.sorter.read([words_of(voice) for voice in voices.values()], embed)
    return {id_: guess.topic for id_, guess in zip(voices, guesses, strict=True)}

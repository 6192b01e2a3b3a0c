"""Themes that nobody named yet, found among the newest voices that are under no topic. A person decides; nothing is made by itself."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef

from heard.governance.permissions import HEARD
from heard.kernel import bulk
from heard.listening import selectors as listening
from heard.understanding.models import Assessment
from heard.understanding.rules.clusters import themes
from heard.understanding.semantic import embedder
from heard.understanding.topics.learn import words_of
from heard.understanding.topics.models import ProposedVoice, TopicExample, TopicProposal, VoiceTopic

LOOKED_AT = 2000  # the newest voices under no topic
FEWEST_WORDS = 3
MOST_PROPOSED = 12
MOST_VOICES = 60  # of a proposal that are kept
THE_SAME = 0.5  # of the voices: then it is the proposal that was there before

State = TopicProposal.State


def look(now: datetime) -> int:
    """What stands open is what is found now; a proposal that is found again keeps its number, and what was dismissed stays so.
    Returns how many stand open."""
    ids, texts = _unsorted()
    embed = embedder()
    found = themes(texts, embed(texts) if embed and texts else None)
    groups = [[ids[place] for place in theme.places] for theme in found]
    with bulk.one_writer():
        known = _known()
        fresh = [group for group in groups if not _is_any_of(group, known, State.DISMISSED)][:MOST_PROPOSED]
        stays = {id_ for group in fresh if (id_ := _before(group, known))}
        TopicProposal.objects.filter(state=State.OPEN).exclude(pk__in=stays).delete()
        for group in fresh:
            _propose(group, _before(group, known), now)
    return len(fresh)


def _unsorted() -> tuple[list[int], list[str]]:
    """(ids, texts) of the newest voices of customers that are under no topic, each thing said once, spam aside."""
    of_it = {"interaction_id": OuterRef("interaction_id")}
    rows = Assessment.objects.filter(
        ~Exists(VoiceTopic.objects.filter(**of_it)), ~Exists(TopicExample.objects.filter(**of_it))
    ).order_by("-interaction_id")
    newest = dict(rows.values_list("interaction_id", "kinds")[:LOOKED_AT])
    ids = [id_ for id_, kinds in newest.items() if "spam" not in kinds]
    said: dict[str, int] = {}
    for id_, voice in sorted(listening.voices(HEARD, ids).items()):
        words = words_of(voice)
        if len(words.split()) >= FEWEST_WORDS:
            said.setdefault(words, id_)
    return list(said.values()), list(said)


def _known() -> dict[int, tuple[str, set[int]]]:
    """{proposal: (state, voices)} of those that stand open or were dismissed."""
    known: dict[int, tuple[str, set[int]]] = {}
    rows = ProposedVoice.objects.filter(proposal__state__in=[State.OPEN, State.DISMISSED])
    for id_, state, voice in rows.values_list("proposal_id", "proposal__state", "interaction_id"):
        known.setdefault(id_, (state, set()))[1].add(voice)
    return known


def _is_any_of(group: Iterable[int], known: dict[int, tuple[str, set[int]]], state: str) -> bool:
    return any(its == state and _is_same(group, voices) for its, voices in known.values())


def _before(group: Iterable[int], known: dict[int, tuple[str, set[int]]]) -> int | None:
    return next((id_ for id_, (state, voices) in known.items() if state == State.OPEN and _is_same(group, voices)), None)


def _is_same(group: Iterable[int], voices: set[int]) -> bool:
    return len(voices.intersection(group)) >= THE_SAME * len(voices)


def _propose(group: list[int], before: int | None, now: datetime) -> None:
    proposal_id = before or TopicProposal.objects.create(made_at=now).pk
    ProposedVoice.objects.filter(proposal_id=proposal_id).delete()
    rows = [[proposal_id, voice, place] for place, voice in enumerate(group[:MOST_VOICES])]
    bulk.insert(ProposedVoice, ["proposal_id", "interaction_id", "place"], rows)

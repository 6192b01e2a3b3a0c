"""What people do with topics: name, teach, merge, split and end them. All of it can be taken back, and all of it is audited."""

from collections.abc import Collection, Iterable

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils.translation import gettext as _

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel import outbox
from heard.kernel.clock import now
from heard.listening.selectors import visible_interactions
from heard.understanding.topics import learn, sorting
from heard.understanding.topics.family import families, roots
from heard.understanding.topics.models import Topic, TopicExample, TopicProposal

ENOUGH = 5  # examples with which a topic begins
ENOUGH_TO_SPLIT = 2
LONGEST_NAME = 80
LONGEST_TEXT = 2000


class BadTopic(ValueError):
    """What was asked makes no sense for this topic; the text says why. Nothing was changed."""


class NoTopic(ObjectDoesNotExist):
    """There is no such topic, voice or proposal for this viewer. Nothing was changed."""


def make_topic(viewer: Viewer, name: str, *, texts: Iterable[str] = (), voice_ids: Collection[int] = ()) -> int:
    """A topic with its first examples: texts that were written down and voices that the viewer sees, five together at least. The
    next voice is sorted with it. Raises BadTopic. Returns its id."""
    viewer.check("topic.manage")
    written = list(dict.fromkeys(text.strip()[:LONGEST_TEXT] for text in texts if text.strip()))
    with transaction.atomic():
        voices = _seen(viewer, voice_ids)
        if len(written) + len(voices) < ENOUGH:
            raise BadTopic(_("A topic begins with %(count)d examples that differ.") % {"count": ENOUGH})
        topic = _made(viewer, name)
        _exemplify(viewer, topic.pk, written)
        _say(viewer, voices, topic.pk)
        learn.anew()
        audit.note(viewer, "topic.make", "topic", topic.pk, name=topic.name, examples=len(written) + len(voices))
        outbox.tell("topic.made", topic_id=topic.pk)
    return topic.pk


def rename_topic(viewer: Viewer, topic_id: int, name: str) -> None:
    """Raises BadTopic where another topic is called so."""
    viewer.check("topic.manage")
    with transaction.atomic():
        topic = _standing(topic_id)
        topic.name = _free_name(name, but=topic_id)
        topic.save(update_fields=["name"])
        learn.anew()  # the walk has the names in memory, and looks for a newer model
        audit.note(viewer, "topic.rename", "topic", topic_id, name=topic.name)


def sort_voices(viewer: Viewer, voice_ids: Collection[int], topic_id: int | None) -> None:
    """These voices belong to this topic, or to none: whatever was sorted, and all that is sorted later learns from it. May be
    repeated; the last word about a voice holds."""
    viewer.check("verdict.correct")
    with transaction.atomic():
        if topic_id is not None:
            _standing(topic_id)
        voices = _seen(viewer, voice_ids)
        if not voices:
            raise BadTopic(_("Choose at least one message."))
        _say(viewer, voices, topic_id)
        learn.anew()
        for voice_id in voices:
            audit.note(viewer, "topic.sort", "interaction", voice_id, topic=topic_id)


def add_example(viewer: Viewer, topic_id: int, text: str) -> None:
    """A text that somebody might say about it. The same again changes nothing."""
    viewer.check("verdict.correct")
    words = text.strip()[:LONGEST_TEXT]
    if not words:
        raise BadTopic(_("Write what somebody might say."))
    with transaction.atomic():
        _standing(topic_id)
        if TopicExample.objects.filter(topic_id=topic_id, text=words, interaction=None).exists():
            return
        _exemplify(viewer, topic_id, [words])
        learn.anew()
        audit.note(viewer, "topic.add_example", "topic", topic_id)


def drop_example(viewer: Viewer, example_id: int) -> None:
    """Nobody's word any more, for or against. The voice itself stays where it is until it is sorted anew."""
    viewer.check("verdict.correct")
    with transaction.atomic():
        example = TopicExample.objects.filter(pk=example_id).first()
        if example is None or (example.interaction_id and not _seen(viewer, [example.interaction_id])):
            raise NoTopic
        example.delete()
        learn.anew()
        audit.note(viewer, "topic.drop_example", "topic", example.topic_id)


def merge_topics(viewer: Viewer, topic_id: int, into_id: int) -> None:
    """All that is under the one counts as the other from now on, the past included. `take_apart` undoes it exactly."""
    viewer.check("topic.manage")
    with transaction.atomic():
        topic = _standing(topic_id)
        _standing(into_id)
        if topic_id == into_id:
            raise BadTopic(_("A topic cannot be merged into itself."))
        topic.into_id = into_id
        topic.save(update_fields=["into"])
        learn.anew()
        audit.note(viewer, "topic.merge", "topic", topic_id, into=into_id)


def take_apart(viewer: Viewer, topic_id: int) -> None:
    """A topic that was merged into another is one of its own again, with the voices and the examples that it had."""
    viewer.check("topic.manage")
    with transaction.atomic():
        topic = Topic.objects.select_for_update().filter(pk=topic_id, into__isnull=False).first()
        if topic is None:
            raise NoTopic
        topic.name = _free_name(topic.name, but=topic_id)
        topic.into = None
        topic.save(update_fields=["into", "name"])
        learn.anew()
        audit.note(viewer, "topic.take_apart", "topic", topic_id)


def split_topic(viewer: Viewer, topic_id: int, name: str, *, voice_ids: Collection[int]) -> int:
    """A new topic of these voices of an old one; what is like them goes there too. Merging it back undoes it. Returns its id."""
    viewer.check("topic.manage")
    with transaction.atomic():
        _standing(topic_id)
        voices = _seen(viewer, voice_ids)
        if len(voices) < ENOUGH_TO_SPLIT:
            raise BadTopic(_("Choose at least %(count)d messages for the new topic.") % {"count": ENOUGH_TO_SPLIT})
        made = _made(viewer, name, split_from_id=topic_id)
        _say(viewer, voices, made.pk)
        learn.anew()
        audit.note(viewer, "topic.split", "topic", made.pk, name=made.name, out_of=topic_id, voices=len(voices))
        outbox.tell("topic.made", topic_id=made.pk)
    return made.pk


def end_topic(viewer: Viewer, topic_id: int) -> None:
    """No voice is sorted to it any more; what was counted stays. `bring_back` undoes it. May be repeated."""
    viewer.check("topic.manage")
    with transaction.atomic():
        _standing(topic_id)
        Topic.objects.filter(pk=topic_id).update(ended_at=now())
        learn.anew()
        audit.note(viewer, "topic.end", "topic", topic_id)


def bring_back(viewer: Viewer, topic_id: int) -> None:
    """Voices are sorted to it again."""
    viewer.check("topic.manage")
    with transaction.atomic():
        topic = Topic.objects.select_for_update().filter(pk=topic_id, into=None, ended_at__isnull=False).first()
        if topic is None:
            raise NoTopic
        topic.name = _free_name(topic.name, but=topic_id)
        topic.ended_at = None
        topic.save(update_fields=["ended_at", "name"])
        learn.anew()
        audit.note(viewer, "topic.bring_back", "topic", topic_id)


def take_proposal(viewer: Viewer, proposal_id: int, name: str, *, voice_ids: Collection[int]) -> int:
    """The theme that was found is a topic from now on, with these voices as its examples. Returns the topic's id."""
    viewer.check("topic.manage")
    with transaction.atomic():
        proposal = _open_proposal(proposal_id)
        topic_id = make_topic(viewer, name, voice_ids=voice_ids)
        _decide(viewer, proposal, TopicProposal.State.TAKEN, topic_id)
        audit.note(viewer, "topic.take_proposal", "topic", topic_id, proposal=proposal_id)
    return topic_id


def dismiss_proposal(viewer: Viewer, proposal_id: int) -> None:
    """It is no topic; voices like these are not proposed again."""
    viewer.check("topic.manage")
    with transaction.atomic():
        _decide(viewer, _open_proposal(proposal_id), TopicProposal.State.DISMISSED, None)
        audit.note(viewer, "topic.dismiss_proposal", "proposal", proposal_id)


def _made(viewer: Viewer, name: str, **more: int) -> Topic:
    return Topic.objects.create(name=_free_name(name), made_at=now(), made_by_id=viewer.member_id, **more)


def _free_name(name: str, *, but: int | None = None) -> str:
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > LONGEST_NAME:
        raise BadTopic(_("A topic needs a name of at most %(count)d letters.") % {"count": LONGEST_NAME})
    standing = Topic.objects.filter(name__iexact=wanted, into=None, ended_at=None)
    if standing.exclude(pk__in=[but] if but else []).exists():
        raise BadTopic(_("There is a topic of this name already."))
    return wanted


def _standing(topic_id: int) -> Topic:
    """Raises NoTopic for one that was merged away, ended, or never was."""
    topic = Topic.objects.select_for_update().filter(pk=topic_id, into=None, ended_at=None).first()
    if topic is None:
        raise NoTopic
    return topic


def _seen(viewer: Viewer, voice_ids: Collection[int]) -> list[int]:
    """The voices of customers among them; raises NoTopic when one is not this viewer's to see."""
    wanted = set(voice_ids)
    seen = visible_interactions(viewer).filter(id__in=wanted, direction="inbound").values_list("id", flat=True)
    found = sorted(seen)
    if len(found) < len(wanted):
        raise NoTopic
    return found


def _exemplify(viewer: Viewer, topic_id: int, texts: Iterable[str]) -> None:
    said = {"topic_id": topic_id, "belongs": True, "member_id": viewer.member_id, "said_at": now()}
    TopicExample.objects.bulk_create([TopicExample(text=text, **said) for text in texts])


def _say(viewer: Viewer, voice_ids: Collection[int], topic_id: int | None) -> None:
    """Each of these voices belongs to this topic, and to none of those under which it stood or was said to belong."""
    if not voice_ids:
        return
    said = {"member_id": viewer.member_id, "said_at": now()}
    root = roots(families())
    stood = sorting.topics_of(voice_ids)
    for voice_id in voice_ids:
        words = TopicExample.objects.filter(interaction_id=voice_id)
        others = words.filter(belongs=True).exclude(topic__in=[topic_id] if topic_id else [])
        others.update(belongs=False, **said)
        before = root.get(stood.get(voice_id, 0))
        if before is not None and before != topic_id:
            _word(before, voice_id, belongs=False, said=said)
        if topic_id is not None:
            _word(topic_id, voice_id, belongs=True, said=said)
    sorting.put(dict.fromkeys(voice_ids, topic_id))


def _word(topic_id: int, voice_id: int, *, belongs: bool, said: dict) -> None:
    TopicExample.objects.update_or_create(topic_id=topic_id, interaction_id=voice_id, defaults={"belongs": belongs, **said})


def _open_proposal(proposal_id: int) -> TopicProposal:
    found = TopicProposal.objects.select_for_update().filter(pk=proposal_id, state=TopicProposal.State.OPEN).first()
    if found is None:
        raise NoTopic
    return found


def _decide(viewer: Viewer, proposal: TopicProposal, state: str, topic_id: int | None) -> None:
    proposal.state, proposal.topic_id, proposal.decided_by_id = state, topic_id, viewer.member_id
    proposal.save(update_fields=["state", "topic", "decided_by"])

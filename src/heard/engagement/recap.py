"""Refresh me: a recap of a conversation for whoever opens it next, made of what was said in it. Nothing is stored."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from heard.engagement import known_facts, promises
from heard.engagement.known_facts import Found
from heard.engagement.models import Utterance
from heard.engagement.rules import recap as rules
from heard.engagement.rules.recap import Chapter, Line, Mood, Quote, Way
from heard.governance.permissions import Viewer
from heard.kernel.prepared import given_ids, prepared
from heard.listening import selectors as listening
from heard.listening.selectors import Voice
from heard.routing import selectors as routing
from heard.routing import story
from heard.routing.rules.standing import WAITING
from heard.routing.slots import Opened
from heard.routing.story import CaseView, way_of
from heard.routing.voices import LIVE_KINDS, happened_live
from heard.understanding import selectors as understanding

MOST_READ = 400  # messages: the newest
NOBODY_THERE = ("dropped", "missed")  # outcomes of a call


@dataclass(frozen=True)
class Recap:
    """`anchors`: {message: its key in the page}. What is in it is what the viewer may read, and no more."""

    name: str
    messages: int
    since: datetime
    ways: tuple[str, ...]  # by which they came, in that order
    came_by: list[Way]
    wants: list[Quote]
    tried: list[Found]
    suggested: list[Quote]
    given: list[Found]
    promised: list[promises.Row]
    moods: list[Mood]
    cases: list[CaseView]  # open ones
    waiting: list[Quote]  # their words that nobody has answered
    asked: list[Quote]  # our questions that they have not answered
    before: list[Chapter]  # newest first
    anchors: dict[int, str]


def recap_of(viewer: Viewer, conversation_id: int) -> Recap | None:
    """None where there is nothing that the viewer may read. A constant number of queries.

    Raises Conversation.DoesNotExist for one that the viewer does not see.
    """
    talk = story.talk(viewer, conversation_id)
    person = story.person(talk, story.look_at(viewer, talk))
    lines = _lines(viewer, conversation_id)
    if not lines:
        return None
    *before, now = rules.chapters(lines)
    facts = known_facts.of_conversation(viewer, conversation_id)
    return Recap(
        name=person.name,
        messages=len(lines),
        since=lines[0].at,
        ways=tuple(dict.fromkeys(line.way for line in lines if not line.is_ours)),
        came_by=rules.ways_before(now),
        wants=rules.wanted(now),
        tried=[f for f in facts if f.given.kind == "tried"],
        suggested=rules.suggested(now),
        given=[f for f in facts if f.given.kind != "tried"],
        promised=promises.of_conversation(conversation_id),
        moods=rules.moods(now),
        cases=[c for c in story.cases_in(conversation_id) if c.is_open],
        waiting=rules.waiting(now),
        asked=rules.asked_by_us(now),
        before=[rules.told_shortly(chapter) for chapter in reversed(before)],
        anchors=_anchors(lines),
    )


def above(request: HttpRequest, opened: Opened) -> SafeString:
    """The way to it, above the story; it is made when somebody asks for it."""
    return mark_safe(render_to_string("engagement/refresh_me.html", {"conversation_id": opened.conversation_id}, request=request))


def _lines(viewer: Viewer, conversation_id: int) -> list[Line]:
    """What was said, oldest first, as the viewer may read it."""
    ids = routing.messages_of(conversation_id)[-MOST_READ:]
    voices = listening.voices(viewer, ids)
    verdicts = understanding.verdicts_on(voices)
    settled = routing.settled_of(voices)
    lines: list[Line] = []
    for voice in (voices[id_] for id_ in ids if id_ in voices and not voices[id_].is_withdrawn):
        verdict, end = verdicts.get(voice.id), settled.get(voice.id)
        lines.append(
            Line(
                id=voice.id,
                at=voice.occurred_at,
                way=way_of(voice),
                is_ours=voice.is_ours,
                by=voice.author_name or voice.author_handle,
                text=f"{voice.subject}.\n{voice.text}" if voice.subject and not lines else voice.text,
                language=verdict.language if verdict else "",
                sentiment=verdict.sentiment if verdict else "",
                waits=end is not None and end.outcome == WAITING,
                **_how_it_went(voice),
            )
        )
    return lines


def _how_it_went(voice: Voice) -> dict[str, bool]:
    outcome, record = voice.extra.get("outcome"), voice.extra.get("record") is True
    live = voice.kind in LIVE_KINDS
    is_step = record and len(voice.extra) > 1  # of a phone menu: which key, how it ended; its beginning has nothing to say
    return {
        "is_record": record,
        "failed": live and (outcome in NOBODY_THERE or bool(voice.extra.get("failure"))),
        "begins": live and not is_step,
        "reached": live and happened_live(voice.kind, outcome, record=record),
    }


def _anchors(lines: list[Line]) -> dict[int, str]:
    """Our own words stand in the page as what we wrote, not as what came of it."""
    ours = dict(_written(ids=[line.id for line in lines if line.is_ours]))
    return {line.id: f"said-{ours[line.id]}" if line.id in ours else f"voice-{line.id}" for line in lines}


@prepared
def _written() -> QuerySet:
    return Utterance.objects.filter(interaction_id__in=given_ids("ids")).values_list("interaction_id", "id")

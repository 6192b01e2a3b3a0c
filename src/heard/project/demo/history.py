"""Three weeks of Acme Media: when each written voice was heard, answered and thanked for. Pure; the same `now`, the same weeks.

What goes out of here are deliveries of the simulated networks, which then pass the same walk as any other.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import Struct

from heard.listening.channels.contract import Account, Author, RawEvent
from heard.listening.channels.simulated import script, wire
from heard.listening.channels.simulated.adapter import Adapter
from heard.listening.channels.simulated.script import Character, Voice
from heard.listening.channels.simulated_mail.adapter import Adapter as Mail
from heard.listening.channels.simulated_phone.adapter import Adapter as Phone
from heard.listening.channels.simulated_web.adapter import Adapter as Web

MATERIAL = "heard.project.demo.material"
NETWORKS: dict[str, Adapter] = {"social": Adapter(), "mail": Mail(), "phone": Phone(), "web": Web()}
AGENTS = ("Alice Moreau", "Tomasz Zielinski", "Alice Moreau", "Bob Okafor")
STILL_FRESH = timedelta(hours=9)  # what came before has been dealt with, apart from the stories
TODAY = timedelta(hours=5)
TODAY_IS_SLOWER = 15
JUST_NOW = timedelta(minutes=4)  # from here on the live stream itself speaks
FRESH = {"social": 5, "mail": 3, "web": 1, "phone": 2}  # unanswered voices of the weeks that came just now
OUTAGE_DAYS_AGO = 9
OUTAGE_ANSWER = (
    "Back since half past nine. A power supply in the Northmere exchange failed, the spare did too. Everyone affected gets a week's "
    "credit without asking. The tip with the 3G setting was right, and calls for help always worked."
)


class Beat(Struct, frozen=True, kw_only=True):
    """One moment of a story: `ago` is hours and minutes before now. `by` a colleague makes it words of ours."""

    story: str
    who: str
    on: str
    ago: str
    text: str
    title: str = ""
    kind: str = ""
    by: str = ""
    by_note: str = ""
    minutes: int = 0
    seconds: int = 0
    outcome: str = ""
    page: str = ""
    to_us: bool = True


@dataclass(frozen=True)
class Heard:
    """A delivery and the network that brings it."""

    on: str
    at: datetime
    raw: RawEvent


def stories() -> list[Beat]:
    return script.lines(MATERIAL, "stories", Beat)


def happened_at(beat: Beat, now: datetime) -> datetime:
    hours, minutes = beat.ago.split(":")
    return now - timedelta(hours=int(hours), minutes=int(minutes))


def told(now: datetime, accounts: dict[str, int]) -> list[Heard]:
    """Everything that was heard until now, oldest first. `accounts` are the ids of our accounts by network."""
    company = _Company(accounts)
    heard = [*_weeks(now, company), *_outage(now, company), *_today(now, company), *_story_deliveries(now, company)]
    return sorted(heard, key=lambda h: h.at)


def character(key: str) -> Character:
    return next(c for c in script.characters(MATERIAL) if c.key == key)


def author(key: str, on: str) -> Author:
    """Somebody of the cast as a network knows them."""
    return wire.author_of(NETWORKS[on].person(character(key)))


# ── The weeks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _weeks(now: datetime, company: "_Company") -> Iterator[Heard]:
    speakers = _Speakers()
    for on in NETWORKS:
        voices = script.voices(MATERIAL, f"history-{on}")
        for number, (voice, at) in enumerate(_dated(voices, on, now)):
            yield from _exchange(company, on, voice, f"{on}-{number}", at, speakers.next(voice.lang), now)
    for number, (voice, at) in enumerate(_dated(script.voices(MATERIAL, "history-review"), "review", now)):
        yield from _exchange(company, "web", voice, f"review-{number}", at, speakers.next(voice.lang), now)


class _Speakers:
    """Who speaks next, so that everybody of the cast is heard before anyone is heard again. People of the stories keep to them."""

    def __init__(self) -> None:
        self._free = [c for c in script.characters(MATERIAL) if not c.in_story and not c.speaks_on]
        random.Random("who speaks").shuffle(self._free)
        self._turn: dict[str, int] = {}

    def next(self, lang: str) -> Character:
        speakers = [c for c in self._free if c.lang == lang]
        self._turn[lang] = self._turn.get(lang, -1) + 1
        return speakers[self._turn[lang] % len(speakers)]


def _dated(voices: tuple[Voice, ...], on: str, now: datetime) -> Iterator[tuple[Voice, datetime]]:
    """Each voice with its moment. Most are spread over three weeks of waking hours; a few nobody has answered came just now."""
    dice = random.Random(f"when {on}")
    unanswered = [v for v in voices if not v.reply and not v.spam]
    fresh = set(map(id, dice.sample(unanswered, min(FRESH.get(on, 0), len(unanswered)))))
    for voice in voices:
        if id(voice) in fresh:
            yield voice, now - timedelta(minutes=dice.uniform(4, STILL_FRESH.total_seconds() / 60 - 30))
        else:
            yield voice, _waking(now - timedelta(days=dice.uniform(0.6, 20.5)), dice)


def _waking(at: datetime, dice: random.Random) -> datetime:
    """The same day at an hour when people write; never later than it was."""
    hour = dice.choice((7, 8, 9, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21))
    moved = at.replace(hour=hour, minute=dice.randrange(60), second=dice.randrange(60))
    return moved if moved <= at else moved - timedelta(days=1)


def _exchange(
    company: "_Company", on: str, voice: Voice, id_: str, at: datetime, who: Character, now: datetime
) -> Iterator[Heard]:
    """A voice, our answer, and what the customer said to that."""
    dice = random.Random(id_)
    yield company.hears(on, voice, id_, at, who)
    if not voice.reply:
        return
    pause = {"mail": (35, 240), "social": (6, 75), "web": (1, 6), "phone": (5, 30)}[on]
    at += timedelta(minutes=dice.uniform(*pause))
    yield company.says(on, voice.reply, f"{id_}-reply", at, who, by=AGENTS[dice.randrange(len(AGENTS))], answers=id_, voice=voice)
    for part, text in enumerate(voice.then):
        at += timedelta(minutes=dice.uniform(3, 90 if on != "web" else 8))
        if at < now:
            yield company.hears(
                on,
                Voice(text=text, lang=voice.lang, title=voice.title),
                f"{id_}-then-{part}",
                at,
                who,
                answers=f"{id_}-reply",
                quoted=voice.reply,
            )


def _outage(now: datetime, company: "_Company") -> Iterator[Heard]:
    """A morning nine days ago without a line in Northmere and Wexbridge, and our answer to everyone once it was over."""
    day = (now - timedelta(days=OUTAGE_DAYS_AGO)).date()
    there = [
        c for c in script.characters(MATERIAL) if c.town in ("Northmere", "Wexbridge") and not c.in_story and not c.speaks_on
    ]
    for number, voice in enumerate(script.voices(MATERIAL, "history-outage")):
        at = datetime.fromisoformat(f"{day} {voice.at}+00:00")
        who, id_ = there[number * 7 % len(there)], f"outage-{number}"
        yield company.hears("social", voice, id_, at, who)
        if "@acmemedia" in voice.text:
            answered = datetime.fromisoformat(f"{day} 10:15+00:00") + timedelta(minutes=number)
            yield company.says("social", OUTAGE_ANSWER, f"{id_}-reply", answered, who, by="Bob Okafor", answers=id_, voice=voice)


def _today(now: datetime, company: "_Company") -> Iterator[Heard]:
    """The hours before somebody looks, as the live stream has them, only slower."""
    for on, network in NETWORKS.items():
        start, pace = now - TODAY, network.seconds_between_voices * TODAY_IS_SLOWER
        for coming in network.played(company.account(on), after=start, until=now - JUST_NOW, since=start, pace=pace):
            raw = RawEvent(key=coming.key, body=wire.encoded(coming.line), content_type="application/json", received_at=coming.at)
            yield Heard(on, coming.at, raw)


def _story_deliveries(now: datetime, company: "_Company") -> Iterator[Heard]:
    for number, beat in enumerate(stories()):
        if beat.on != "log":
            yield company.tells(beat, f"story-{number}", happened_at(beat, now))


# ── What the networks bring ─────────────────────────────────────────────────────────────────────────────────────────


class _Company:
    """Acme Media as its networks see it: makes the deliveries for what was said to it and by it."""

    def __init__(self, accounts: dict[str, int]) -> None:
        self._accounts = accounts

    def hears(
        self, on: str, voice: Voice, id_: str, at: datetime, who: Character, *, answers: str = "", quoted: str = ""
    ) -> Heard:
        manners = NETWORKS[on].manners(voice.text, minutes=voice.minutes)
        if answers:
            manners |= {"to_us": True, "found_by": ()} if on == "social" else {}
        if voice.stars:
            manners = {"kind": "review", "seen_by": "public", "details": {"rating": voice.stars}}
        word = wire.Word(
            id=id_,
            at=at,
            by=NETWORKS[on].person(who),
            text=voice.text,
            title=f"Re: {voice.title}" if answers and voice.title else voice.title,
            quoted="\n".join(f"> {line}" for line in quoted.splitlines()) if on == "mail" else "",
            thread=id_.split("-then")[0],
            answers=answers,
            **manners,
        )
        return _heard(on, word)

    def says(self, on: str, text: str, id_: str, at: datetime, who: Character, *, by: str, answers: str, voice: Voice) -> Heard:
        person = NETWORKS[on].person(who)
        title = f"Re: {voice.title}" if voice.title else ""
        seen_by = NETWORKS[on].manners(voice.text).get("seen_by", "public" if voice.stars else "private")
        word = wire.Word(
            id=id_,
            at=at,
            by=self._us(on),
            text=text,
            title=title,
            ours=True,
            to=(person,),
            thread=answers,
            answers=answers,
            seen_by=seen_by,
            details={"author_name": by},
        )
        return _heard(on, word)

    def tells(self, beat: Beat, id_: str, at: datetime) -> Heard:
        """A beat of a story; each channel of it is a thread of its own, which the customer and the matter hold together."""
        who = character(beat.who)
        person = NETWORKS[beat.on].person(who)
        if beat.kind == "article":
            person = wire.Person(on="blog", id=beat.page.split("/")[2], name=who.name, page=beat.page)
        manners = NETWORKS[beat.on].manners(beat.text)
        details = {"duration_seconds": beat.seconds or beat.minutes * 60, "outcome": beat.outcome} if beat.kind == "call" else {}
        details |= {"author_name": beat.by} if beat.by else {"logged_by": beat.by_note} if beat.by_note else {}
        manners |= {"to_us": beat.to_us, "found_by": ("#acmemedia",) if "#acmemedia" in beat.text else (), "details": details}
        if beat.kind:
            manners |= {"kind": beat.kind}
        if beat.kind == "article":
            manners |= {"seen_by": "public"}
        word = wire.Word(
            id=id_,
            at=at,
            by=self._us(beat.on) if beat.by else person,
            to=(person,) if beat.by else (),
            ours=bool(beat.by),
            text=beat.text,
            title=beat.title,
            page=beat.page,
            **manners,
        )
        return _heard(beat.on, word)

    def account(self, on: str) -> Account:
        return Account(id=self._accounts[on], kind=NETWORKS[on].kind, name=NAMES[on], address=ADDRESSES[on])

    def _us(self, on: str) -> wire.Person:
        return NETWORKS[on].us(self.account(on))


NAMES = {
    "social": "@acmemedia on social",
    "mail": "Customer care mail",
    "phone": "Care line 0808 157 0100",
    "web": "Chat on acmemedia.example",
    "log": "Shops and visits",
}
ADDRESSES = {
    "social": "@acmemedia",
    "mail": "help@acmemedia.example",
    "phone": "+448081570100",
    "web": "acmemedia.example",
    "log": "",
}


def _heard(on: str, word: wire.Word) -> Heard:
    raw = RawEvent(key=f"history {word.id}", body=wire.encoded(word), content_type="application/json", received_at=word.at)
    return Heard(on, word.at, raw)

"""The script of a simulated network: who lives there, what they say and when. Pure; the same moment gives the same words.

Time is cut into slots of `pace` seconds, counted from 1970, and one voice speaks in each, at a moment inside the slot
that only the slot's number decides. So a network needs no memory: what was said between two moments can be worked out.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

PACKAGED = re.compile(r"heard(\.\w+)+")
LONGEST_THOUGHT = timedelta(minutes=5)  # between a voice and the last thing that follows it


class NoScript(Exception):
    """There is no script of this name in this installation."""


class Character(Struct, frozen=True, kw_only=True):
    """Somebody who lives on the network. `key` never changes."""

    key: str
    name: str
    handle: str
    town: str
    email: str
    phone: str
    lang: str = "en"
    followers: int = 0
    speaks_on: str = ""  # the network where they are heard by chance; empty for any
    in_story: bool = False  # says only what is written for them, never anything by chance


class Voice(Struct, frozen=True, kw_only=True):
    """Something a character says, with gaps like {town}. `then` is what the same person says a little later."""

    text: str
    lang: str = "en"
    title: str = ""
    reply: str = ""  # what a colleague answered
    by: str = ""  # the colleague, in live scripts
    then: tuple[str, ...] = ()
    who: str = ""  # key of the character; empty for anyone who speaks the language
    at: str = ""  # a time of day; in histories
    minutes: int = 0  # length of a call
    stars: int = 0  # of a review
    spam: bool = False


class Spoken(Struct, frozen=True, kw_only=True):
    """One thing said in the live stream. `number` is unique on this network; `part` counts what follows it, from 0.

    `by` a colleague makes it our answer to `who`. `begun_at` is when the slot's first word was said.
    """

    number: int
    part: int
    by: str = ""
    begun_at: datetime
    at: datetime
    who: Character
    text: str
    title: str
    voice: Voice


@cache
def characters(package: str) -> tuple[Character, ...]:
    """Raises NoScript."""
    return tuple(lines(package, "cast", Character))


@cache
def voices(package: str, name: str) -> tuple[Voice, ...]:
    """Raises NoScript."""
    return tuple(lines(package, name, Voice))


def lines(package: str, name: str, type_: type) -> list:
    """The objects of a packaged JSONL file. Only scripts that ship inside Heard can be played, never a path. Raises NoScript."""
    if not PACKAGED.fullmatch(package) or not re.fullmatch(r"[a-z-]+", name):
        raise NoScript(f"{package!r} is no packaged script")
    try:
        text = files(package).joinpath(f"{name}.jsonl").read_text(encoding="utf-8")
    except (FileNotFoundError, ModuleNotFoundError) as error:
        raise NoScript(f"there is no script {name!r} in {package}") from error
    return [msgspec.json.decode(line, type=type_) for line in text.splitlines()]


def between(package: str, name: str, *, after: datetime, until: datetime, pace: float) -> list[Spoken]:
    """What is said later than `after` and not later than `until`, in order."""
    first = int((after - LONGEST_THOUGHT).timestamp() // pace) - 1
    last = int(until.timestamp() // pace)
    said = [spoken for number in range(first, last + 1) for spoken in _slot(package, name, number, pace)]
    return sorted((s for s in said if after < s.at <= until), key=lambda s: (s.at, s.number, s.part))


def _slot(package: str, name: str, number: int, pace: float) -> Iterator[Spoken]:
    script = voices(package, name)
    voice = script[place_in_script(number, len(script))]
    who = _speaker(package, name, voice, number)
    at = datetime.fromtimestamp((number + 0.9 * dice(name, number, "moment")) * pace, UTC)
    seed = f"{name} {number}"
    title = filled_in(voice.title, who=who, seed=seed)
    for part, (text, by, after) in enumerate(_course(voice, name, number)):
        said = filled_in(text, who=who, seed=seed)
        yield Spoken(
            number=number,
            part=part,
            by=by,
            begun_at=at,
            at=at + after,
            who=who,
            text=said,
            title=f"Re: {title}" if part and title else title,
            voice=voice,
        )


def _course(voice: Voice, name: str, number: int) -> Iterator[tuple[str, str, timedelta]]:
    """What is said in one slot: (text, colleague or nobody, how long after the first word)."""
    yield voice.text, "", timedelta(0)
    step = LONGEST_THOUGHT / (2 + len(voice.then))
    for n, text in enumerate(voice.then, start=1):
        yield text, "", step * (n - 0.5 + 0.4 * dice(name, number, f"pause {n}"))
    if voice.reply:
        yield voice.reply, voice.by, LONGEST_THOUGHT * (0.6 + 0.39 * dice(name, number, "answered"))


def place_in_script(number: int, length: int) -> int:
    """Every voice once before any comes again, each round in another order."""
    round_, place = divmod(number, length)
    steps = [s for s in range(1, length + 1) if _coprime(s, length)]
    step = steps[round_ * 7 % len(steps)]
    return (place * step + round_ * 31) % length


def _coprime(a: int, b: int) -> bool:
    while b:
        a, b = b, a % b
    return a == 1


def _speaker(package: str, name: str, voice: Voice, number: int) -> Character:
    cast = characters(package)
    if voice.who:
        return next(c for c in cast if c.key == voice.who)
    speakers = _speakers(package, name, voice.lang)
    return speakers[number * 37 % len(speakers)]


@cache
def _speakers(package: str, name: str, lang: str) -> tuple[Character, ...]:
    """Those who speak the language, people of this network before others."""
    fluent = tuple(c for c in characters(package) if c.lang == lang and not c.in_story)
    return tuple(c for c in fluent if f"live-{c.speaks_on}" == name) or fluent


STREETS = (
    "Tannery Lane",
    "Mill Rise",
    "Dyehouse Road",
    "Chandler Street",
    "Quarry Bank",
    "Orchard Close",
    "Station Parade",
    "Weaver's Row",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def filled_in(text: str, *, who: Character, seed: str) -> str:
    """The text with its gaps filled in, the same way for the same seed."""
    if "{" not in text:
        return text
    gaps = {
        "town": who.town,
        "street": STREETS[int(dice(seed, 0, "street") * len(STREETS))],
        "day": DAYS[int(dice(seed, 0, "day") * len(DAYS))],
        "order": f"AM-{520_000 + int(dice(seed, 0, 'order') * 79_000)}",
        "min": str(12 + int(dice(seed, 0, "min") * 80)),
        "days": str(11 + int(dice(seed, 0, "days") * 20)),
        "mb": f"{1 + dice(seed, 0, 'mb') * 38:.1f}",
        "amount": f"£{4 + int(dice(seed, 0, 'amount') * 60)}.{int(dice(seed, 0, 'pence') * 10)}0",
        "hour": f"{6 + int(dice(seed, 0, 'hour') * 14)}:{int(dice(seed, 0, 'quarter') * 4) * 15:02d}",
    }
    return re.sub(r"\{(\w+)\}", lambda gap: gaps[gap[1]], text)


def dice(name: str, number: int, what: str) -> float:
    """A number in 0..1 that only its arguments decide."""
    digest = hashlib.blake2b(f"{name}/{number}/{what}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64

"""What an administrator set for one chat, read from the account. Pure; says in words what cannot be used."""

import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from msgspec import Struct

from heard.listening.channels.contract import Account
from heard.listening.channels.webchat.hours import Hours, hours_of
from heard.listening.channels.webchat.origins import NoOrigin, origin_of
from heard.listening.channels.webchat.texts import BUILT_IN
from heard.listening.rules.colour import ink_on, is_colour

COLOUR = "#2c5282"
ADDRESSES = "e-mail addresses that the site has proved"
TEXT = re.compile(r"(?:(en|de)\.)?([a-z_]{2,20})\s*=\s*(.{1,300})")


class Settings(Struct, frozen=True, kw_only=True):
    origins: frozenset[str]
    colour: str
    ink: str
    title: str
    texts: Mapping[str, Mapping[str, str]]  # by language, then name
    hours: Hours
    needs_colleague: bool
    takes_files: bool
    ids_are_addresses: bool
    generation: int
    problems: tuple[str, ...]


def settings_of(account: Account) -> Settings:
    """Never fails: a line that cannot be used is left out, and named in `problems`."""
    config, problems = account.config, []
    origins = set()
    for line in _lines(config.get("origins")):
        try:
            origins.add(origin_of(line))
        except NoOrigin as error:
            problems.append(str(error))
    if not origins:
        problems.append("No site is allowed yet: enter the address of yours, such as https://www.example.com.")
    colour = str(config.get("colour") or COLOUR)
    if not is_colour(colour):
        problems.append(f"{colour!r} is not a colour such as {COLOUR}.")
        colour = COLOUR
    texts, bad = _texts(_lines(config.get("texts")), greeting=str(config.get("greeting") or ""))
    zone, wrong_zone = _zone(str(config.get("time_zone") or "UTC"))
    hours, bad_hours = hours_of(_lines(config.get("opening_hours")), zone)
    generation = str(config.get("generation") or "1")
    return Settings(
        origins=frozenset(origins),
        colour=colour,
        ink=ink_on(colour),
        title=str(config.get("title") or ""),
        texts=texts,
        hours=hours,
        needs_colleague=_is_yes(config.get("needs_colleague"), default=False),
        takes_files=_is_yes(config.get("takes_files"), default=True),
        ids_are_addresses=config.get("ids_are") == ADDRESSES,
        generation=int(generation) if generation.isdecimal() else 1,
        problems=(*problems, *bad, *wrong_zone, *bad_hours),
    )


def _lines(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(line).strip() for line in value if str(line).strip()]
    return [line.strip() for line in str(value or "").splitlines() if line.strip()]


def _texts(lines: list[str], *, greeting: str) -> tuple[dict[str, dict[str, str]], list[str]]:
    """`greeting = Hello` for every language, `de.greeting = Hallo` for one."""
    found = {language: built_in | ({"greeting": greeting} if greeting else {}) for language, built_in in BUILT_IN.items()}
    bad = []
    for line in lines:
        match = TEXT.fullmatch(line)
        if match is None or match[2] not in BUILT_IN["en"]:
            bad.append(f"The text {line[:60]!r} is not of the form “de.greeting = Guten Tag”, or there is no text of this name.")
            continue
        for language in [match[1]] if match[1] else BUILT_IN:
            found[language][match[2]] = match[3].strip()
    return found, bad


def _zone(name: str) -> tuple[ZoneInfo, list[str]]:
    try:
        return ZoneInfo(name), []
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC"), [f"{name[:60]!r} is not a time zone such as Europe/Vienna."]


def _is_yes(value: object, *, default: bool) -> bool:
    return default if value in (None, "") else str(value).lower() in ("true", "1", "yes", "on")

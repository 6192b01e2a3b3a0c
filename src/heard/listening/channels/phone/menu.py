"""The menu that a caller hears, as an administrator writes it: one line for each key. Pure.

1 Fault in Leeds: say We know of it; it ends at 17:00.
2 Bills: person +44 20 7946 0958
8 To be called back: call back
9 To leave a message: voicemail
"""

import re
from typing import Literal

from msgspec import Struct, field

from heard.listening.channels.contract import JSON, Account
from heard.listening.channels.twilio.numbers import e164, shown

Act = Literal["say", "person", "call back", "voicemail"]
LINE = re.compile(r"([0-9*#])[ .):=-]+([^:]{1,80}):\s*(say|person|call ?back|voicemail)\b[ :]*(.*)", re.IGNORECASE | re.DOTALL)
SHAPE = "A line is a key, what it is for, a colon and what happens, for example “2 Bills: person +44 20 7946 0958”"
ACTS = "what happens is one of: say WORDS, person NUMBER, call back, voicemail"
MOST_WORDS = 1000
LANGUAGES = (
    "en-GB", "en-US", "en-AU", "en-CA", "en-IN", "de-DE", "fr-FR", "fr-CA", "es-ES", "es-MX", "it-IT", "nl-NL", "pt-PT", "pt-BR",
    "da-DK", "nb-NO", "sv-SE", "fi-FI", "pl-PL", "ru-RU", "ca-ES", "ja-JP", "ko-KR", "zh-CN", "zh-HK", "zh-TW",
)  # fmt: skip


class Entry(Struct, frozen=True):
    key: str
    label: str
    act: Act
    what: str = ""  # the words that are said, or the number of the person


class Menu(Struct, frozen=True):
    """All that a caller may hear, in its order."""

    notices: tuple[str, ...] = ()
    greeting: str = ""
    entries: tuple[Entry, ...] = ()
    language: str = "en-GB"
    ring_seconds: int = 20
    country: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    def entry(self, key: str) -> Entry | None:
        """0 leads to a person also where nobody wrote it down."""
        found = next((entry for entry in self.entries if entry.key == key), None)
        return self.person if found is None and key == "0" else found

    @property
    def person(self) -> Entry | None:
        """Whom somebody is put through to who finds nothing else."""
        return next((entry for entry in self.entries if entry.act == "person"), None)


def menu_of(account: Account) -> Menu:
    """What can be read of it; a caller is never let down by a wrong line. `problems` says what cannot."""
    return read(account.config)


def read(config: JSON) -> Menu:
    country = str(config.get("country") or "")
    problems: dict[str, str] = {}
    notices, wrong = lines_of(config, "notices"), ""
    entries = []
    for line in lines_of(config, "menu"):
        try:
            entries.append(entry_of(line, country))
        except ValueError as error:
            wrong = wrong or f"“{line[:60]}”: {error}."
    twice = {entry.key for entry in entries if [other.key for other in entries].count(entry.key) > 1}
    if not wrong and twice:
        wrong = f"Key {' and '.join(sorted(twice))} stands there twice."
    if not wrong and entries and all(entry.act == "say" for entry in entries):
        wrong = "No key leads to a person. Add one with person, call back or voicemail."
    if wrong:
        problems["menu"] = wrong
    if any(len(notice) > MOST_WORDS for notice in notices):
        problems["notices"] = f"A notice is at most {MOST_WORDS} characters; callers do not listen longer."
    greeting = str(config.get("greeting") or "").strip()
    if len(greeting) > MOST_WORDS:
        problems["greeting"] = f"At most {MOST_WORDS} characters."
    if not 5 <= (ring_seconds := number_of(config.get("ring_seconds"))) <= 600:
        problems["ring_seconds"] = "Between 5 and 600 seconds."
        ring_seconds = 20
    language = str(config.get("language") or LANGUAGES[0])
    return Menu(
        notices=tuple(notices),
        greeting=greeting,
        entries=tuple({entry.key: entry for entry in reversed(entries)}.values())[::-1],
        language=language if language in LANGUAGES else LANGUAGES[0],
        ring_seconds=ring_seconds,
        country=country,
        problems=problems,
    )


def entry_of(line: str, country: str) -> Entry:
    """Raises ValueError with words for who wrote the line."""
    if not re.match(r"[0-9*#](?![0-9])", line):
        raise ValueError("it must begin with one key: a digit, * or #")
    found = LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"{SHAPE}; {ACTS}")
    key, label, act, what = found[1], found[2].strip(), found[3].lower().replace("callback", "call back"), found[4].strip()
    if act == "say" and not what:
        raise ValueError("there are no words to say")
    if len(what) > MOST_WORDS:
        raise ValueError(f"at most {MOST_WORDS} characters")
    if act == "person":
        number = e164(what, country)
        if not number:
            raise ValueError(f"“{what}” is no telephone number; write it like +44 20 7946 0958")
        return Entry(key, label, "person", number)
    if act != "say" and what:
        raise ValueError(f"nothing follows “{act}”")
    return Entry(key, label, act, what)  # type: ignore[arg-type]  # the pattern knows no others


def in_words(menu: Menu) -> list[tuple[str, str]]:
    """What a caller hears and what each key does, for who looks after it."""
    told = [("First", f"“{notice}”") for notice in menu.notices]
    told += [("Greeting", f"“{menu.greeting}”")] if menu.greeting else []
    told += [(f"Key {entry.key}", f"{entry.label}: {happens(entry, menu)}") for entry in menu.entries]
    if menu.entry("0") and not any(entry.key == "0" for entry in menu.entries):
        told.append(("Key 0", f"A person, though the menu does not say so: {happens(menu.person, menu)}"))  # type: ignore[arg-type]
    if menu.person:
        told.append(("Any other key, or none", "is said to lead nowhere; at the second time they are put through to a person"))
    else:
        told.append(("Any other key, or none", "is said to lead nowhere; at the second time they may ask to be called back"))
    return told


def happens(entry: Entry, menu: Menu) -> str:
    if entry.act == "say":
        return f"hears “{entry.what}”, then the menu again"
    if entry.act == "person":
        otherwise = "if nobody answers, they may ask to be called back or leave a message"
        return f"is put through to {shown(entry.what)} for {menu.ring_seconds} seconds; {otherwise}"
    return "gives a number and is called back" if entry.act == "call back" else "leaves a message of up to three minutes"


def lines_of(config: JSON, name: str) -> list[str]:
    given = config.get(name)
    return [line.strip() for line in given if isinstance(line, str) and line.strip()] if isinstance(given, list) else []


def number_of(given: object) -> int:
    text = str(given or 20)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0

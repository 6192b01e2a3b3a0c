"""Where in the menu a caller is. The address of each step says it, and Twilio signs the address. Pure.

`n` counts the steps of a call, so that each is told once and their order is known; `tries` how often nothing fitted.
"""

import re
from typing import Literal

from msgspec import Struct

from heard.listening.channels.contract import RawEvent, Request
from heard.listening.channels.twilio.webhook import Fields

Place = Literal["", "menu", "number", "dialled", "voicemail", "status"]
PLACES = r"(menu|number|dialled|voicemail|status)?"
MOST_STEPS = 999
MOST_TRIES = 2


class Step(Struct, frozen=True):
    place: str = ""
    n: int = 0
    tries: int = 0

    def then(self, place: Place, *, tries: int = 0) -> str:
        """The address of the step that follows, beside the one of this."""
        return f"{place}?n={min(self.n + 1, MOST_STEPS)}&tries={tries}"


def step_of(request: Request) -> Step:
    return made(request.below, request.query)


def told_of(raw: RawEvent) -> Step:
    return made(raw.headers.get("place", ""), raw.headers)


def made(place: str, given: dict[str, str]) -> Step:
    return Step(place if re.fullmatch(PLACES, place) else "", small(given.get("n", "")), small(given.get("tries", "")))


def small(given: str) -> int:
    return int(given) if re.fullmatch(r"[0-9]{1,3}", given) else 0


def pressed(fields: Fields) -> str:
    """Empty when nothing was; the telephone of somebody who hung up presses nothing."""
    digits = fields.get("Digits", "").strip()
    return digits if re.fullmatch(r"[0-9*#]{1,30}", digits) else ""

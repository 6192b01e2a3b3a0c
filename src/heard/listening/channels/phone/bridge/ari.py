"""Asterisk's REST interface, as far as a call needs it: https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/Asterisk_REST_Interface/"""

from typing import Any

import httpx
import msgspec
from msgspec import Struct, field

JSON = dict[str, Any]
APP = "heard"


class Gone(Exception):
    """The channel is not there any more: somebody hung up."""


class Party(Struct, frozen=True):
    number: str = ""
    name: str = ""


class Place(Struct, frozen=True):
    exten: str = ""


class Channel(Struct, frozen=True):
    id: str = ""
    caller: Party = field(default_factory=Party)
    dialplan: Place = field(default_factory=Place)


class Playback(Struct, frozen=True):
    id: str = ""


class Recording(Struct, frozen=True):
    name: str = ""
    duration: int = 0
    talking_duration: int | None = None  # seconds; told where silence ends a recording

    @property
    def says_something(self) -> bool:
        return self.duration > 0 and self.talking_duration != 0


class Event(Struct, frozen=True):
    type: str = ""
    channel: Channel = field(default_factory=Channel)
    playback: Playback = field(default_factory=Playback)
    recording: Recording = field(default_factory=Recording)
    args: list[str] = field(default_factory=list)
    digit: str = ""
    cause: int = 0


decode = msgspec.json.Decoder(Event).decode


class Ari:
    def __init__(self, http: httpx.Client, url: str) -> None:
        self.http, self.url = http, url.rstrip("/")

    def do(self, method: str, path: str, **params: str | int) -> JSON:
        """Raises Gone where there is nothing of the kind, and httpx.HTTPError."""
        answer = self.http.request(method, f"{self.url}{path}", params=params)
        if answer.status_code in (404, 409, 412):
            raise Gone(path)
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def file(self, recording: str) -> bytes:
        answer = self.http.get(f"{self.url}/recordings/stored/{recording}/file")
        if answer.status_code == 404:
            raise Gone(recording)
        return answer.raise_for_status().content

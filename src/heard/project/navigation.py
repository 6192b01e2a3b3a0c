"""The places of the desk, in the order of the rail."""

from dataclasses import dataclass
from functools import lru_cache

from django.urls import NoReverseMatch, reverse

from heard.governance.permissions import Viewer


@dataclass(frozen=True)
class Place:
    key: str  # templates say {% block section %}key{% endblock %} to light it up
    name: str
    icon: str
    url_name: str
    letter: str  # g, then this letter
    verb: str = "conversation.read"  # who may go there
    on_phone: bool = False

    @property
    def url(self) -> str:
        return _address(self.url_name)


PLACES = (
    Place("inbox", "Inbox", "inbox", "routing:inbox", "i", on_phone=True),
    Place("unattended", "Unattended", "siren", "routing:unattended", "u", on_phone=True),
    Place("customers", "Customers", "users", "identity:customers", "c", on_phone=True),
    Place("search", "Search", "search", "listening:search", "s", on_phone=True),
    Place("log", "Log a call", "phone-call", "listening:log", "l", verb="interaction.log"),
    Place("channels", "Channels", "radio-tower", "listening:channels", "h"),
    Place("quarantine", "Quarantine", "shield-alert", "listening:quarantine", "q", verb="quarantine.replay"),
    Place("settings", "Settings", "settings", "governance:settings", "t"),
)


def places(viewer: Viewer) -> list[Place]:
    return [place for place in PLACES if viewer.may(place.verb) and place.url]


@lru_cache(maxsize=100)
def _address(url_name: str) -> str:
    """Empty when the room of the place is left out."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""

"""The places of the desk, in the order of the rail."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.urls import NoReverseMatch, reverse

from heard.governance.permissions import Viewer
from heard.governance.rules import roles
from heard.governance.rules.roles import Role


@dataclass(frozen=True)
class Place:
    key: str  # templates say {% block section %}key{% endblock %} to light it up
    name: str
    icon: str
    url_name: str
    letter: str  # g, then this letter
    verb: str = "conversation.read"  # who may go there
    on_phone: bool = False
    count_url_name: str = ""  # what waits there, asked for when the page is there
    count_verb: str = ""  # who may know that

    @cached_property
    def url(self) -> str:
        """Empty when the room of the place is left out."""
        try:
            return reverse(self.url_name)
        except NoReverseMatch:
            return ""

    @cached_property
    def count_url(self) -> str:
        return reverse(self.count_url_name) if self.count_url_name else ""

    def counts_for(self, viewer: Viewer) -> bool:
        return bool(self.count_url_name) and viewer.may(self.count_verb)


PLACES = (
    Place("inbox", "Inbox", "inbox", "routing:inbox", "i", on_phone=True),
    Place("unattended", "Unattended", "siren", "routing:unattended", "u", on_phone=True),
    Place("promises", "Promises", "calendar-clock", "engagement:promises", "o"),
    Place(
        "customers",
        "Customers",
        "users",
        "identity:customers",
        "c",
        on_phone=True,
        count_url_name="identity:count_to_judge",
        count_verb="customer.link",
    ),
    Place("topics", "Topics", "tag", "topics:topics", "p"),
    Place("understanding", "Understanding", "chart-line", "understanding:quality", "y", verb="verdict.correct"),
    Place("fairness", "Fairness", "scale", "insight:fairness", "f"),
    Place("search", "Search", "search", "listening:search", "s", on_phone=True),
    Place("log", "Log a call", "phone-call", "listening:log", "l", verb="interaction.log"),
    Place("channels", "Channels", "radio-tower", "listening:channels", "h"),
    Place("quarantine", "Quarantine", "shield-alert", "listening:quarantine", "q", verb="quarantine.replay"),
    Place("settings", "Settings", "settings", "governance:settings", "t"),
)


def places(viewer: Viewer) -> tuple[Place, ...]:
    return _places(viewer.role)


@lru_cache(maxsize=20)
def _places(role: Role) -> tuple[Place, ...]:
    return tuple(place for place in PLACES if roles.may(role, place.verb) and place.url)

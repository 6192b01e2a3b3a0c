"""What a customer's words point to, as the story shows it: where it is, its title and first lines, or why there are none."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from msgspec import Struct

from heard.listening.selectors import Voice
from heard.listening.sources import Source, sources_of

LINES = 240  # characters; the page cuts them to two lines
NOT_YET = "is being fetched"


class Linked(Struct, frozen=True):
    source: Source

    @property
    def host(self) -> str:
        return urlsplit(self.source.url).hostname or self.source.url

    @property
    def title(self) -> str:
        return self.source.title or self.host

    @property
    def site(self) -> str:
        """Empty where it says no more than the host."""
        return "" if self.source.site.lower() == self.host.lower() else self.source.site

    @property
    def lines(self) -> str:
        return " ".join(self.source.text[:LINES].split())

    @property
    def why_not(self) -> str:
        """Why there are no words of it; empty where there are."""
        if self.source.text:
            return ""
        return NOT_YET if self.source.state == "waiting" else f"Not fetched: {self.source.why or 'it says nothing'}"


def linked_from(voices: Mapping[int, Voice]) -> Mapping[int, Sequence[Linked]]:
    """One query, and none where nobody wrote a link. Who withdrew their words withdrew what they point to."""
    linking = [id_ for id_, voice in voices.items() if "http" in voice.text and not voice.is_ours]
    found = sources_of(linking) if linking else {}
    return {id_: [Linked(source) for source in sources] for id_, sources in found.items()}

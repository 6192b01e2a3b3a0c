"""The fixed stream: what the public says about a brand, made the same way every time, so that figures mean the same next year.

Posts are JSON of about 1.9 KB as a network sends them. Of each hundred, about

    10 are addressed to the brand and due an answer          5 are doubles of an earlier post
     3 go on with an open conversation                       2 edit or withdraw an earlier post
    80 are chatter that ends in a recorded disposition      60 come from authors who have spoken before

in five languages. Nothing here is random between runs: a post follows from its number.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from heard.listening.channels.contract import RawEvent

BEGIN = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
POST_BYTES = 1900

ASKED = (
    "@acmemedia my {thing} has been down since {when}, order {n}, can you please help me?",
    "@acmemedia mein {thing} geht seit {when} nicht mehr, Auftrag {n}, können Sie bitte helfen?",
    "@acmemedia ma {thing} ne marche plus depuis {when}, commande {n}, pouvez-vous m'aider ?",
    "@acmemedia mi {thing} no funciona desde {when}, pedido {n}, ¿me podéis ayudar?",
    "@acmemedia il mio {thing} non funziona da {when}, ordine {n}, potete aiutarmi?",
)
WENT_ON = (
    "@acmemedia it is still not working, number {n}. Any news?",
    "@acmemedia es geht immer noch nicht, Nummer {n}. Gibt es etwas Neues?",
    "@acmemedia ça ne marche toujours pas, numéro {n}. Des nouvelles ?",
    "@acmemedia sigue sin funcionar, número {n}. ¿Hay noticias?",
    "@acmemedia non funziona ancora, numero {n}. Novità?",
)
CHATTER = (
    "watching the match with a coffee, what a goal in minute {n} lol",
    "heute Sonne in Wien, {n} Schritte am Fluss, herrlich",
    "ce soir cinéma avec les copains, film numéro {n} de l'année",
    "hoy paella con la familia, somos {n} en la mesa",
    "stasera pizza con gli amici, la numero {n} del mese",
)
THINGS = ("broadband", "router", "phone line", "TV box", "mobile data")
WHENS = ("yesterday", "Monday", "this morning", "8 pm", "Friday")
PAD = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua "


class Stream:
    """Posts in order. `start` lets a second run go on where a preload ended, with the authors it left behind."""

    def __init__(self, *, start: int = 0) -> None:
        self.n = start
        self.chance = random.Random(start + 2013)
        self.authors = max(1, int(start * 0.4))
        self.recent: list[tuple[str, int, bool]] = []  # (post id, author, due an answer) of the last few thousand

    def posts(self, count: int) -> Iterator[RawEvent]:
        for _ in range(count):
            yield self._next()

    def _next(self) -> RawEvent:
        self.n += 1
        kind = self.chance.random()
        if self.recent and kind < 0.05:
            return self._double()
        if self.recent and kind < 0.07:
            return self._revision()
        if kind < 0.10 and (asked := self._somebody_waiting()):
            post_id, author = asked
            return self._post(author, WENT_ON, answers=post_id)
        author = self.chance.randrange(self.authors) if self.chance.random() < 0.6 else self._newcomer()
        return self._post(author, ASKED if kind < 0.20 else CHATTER, due=kind < 0.20)

    def _newcomer(self) -> int:
        self.authors += 1
        return self.authors - 1

    def _somebody_waiting(self) -> tuple[str, int] | None:
        waiting = [(post_id, author) for post_id, author, due in self.recent[-200:] if due]
        return self.chance.choice(waiting) if waiting else None

    def _post(self, author: int, words: tuple[str, ...], *, answers: str = "", due: bool = False) -> RawEvent:
        id_, language = f"post-{self.n}", author % 5
        text = words[language].format(n=self.n, thing=self.chance.choice(THINGS), when=self.chance.choice(WHENS))
        voice = {
            "external_id": id_,
            "author": {
                "id": f"author-{author}",
                "network": "bench",
                "handle": f"@author{author}",
                "name": f"Author {author}",
                "followers": author % 5000,
            },
            "occurred_at": (BEGIN + timedelta(seconds=self.n * 0.175)).isoformat(),
            "text": text,
            "kind": "post",
            "visibility": "public",
            "addressed": "@acmemedia" in text,
            "parent_ref": answers,
            "permalink": f"https://social.example/{id_}",
            "extra": {"client": "web", "raw": ""},
        }
        voice["extra"]["raw"] = (PAD * 16)[: max(0, POST_BYTES - len(msgspec.json.encode(voice)))]
        self.recent.append((id_, author, due))
        del self.recent[:-4000]
        return RawEvent(key=id_, body=msgspec.json.encode(voice), content_type="application/json")

    def _double(self) -> RawEvent:
        """The same post under another delivery key, as a network sends what it is not sure we got."""
        id_, author, _ = self.chance.choice(self.recent)
        voice = {
            "external_id": id_,
            "author": {"id": f"author-{author}", "network": "bench"},
            "occurred_at": BEGIN.isoformat(),
            "text": "again " + PAD * 12,
            "visibility": "public",
        }
        return RawEvent(key=f"double-{self.n}", body=msgspec.json.encode(voice), content_type="application/json")

    def _revision(self) -> RawEvent:
        id_, _, _ = self.chance.choice(self.recent)
        at = (BEGIN + timedelta(seconds=self.n * 0.175)).isoformat()
        edited = {"type": "edited", "external_id": id_, "version": at, "occurred_at": at, "text": f"corrected in {self.n} " + PAD}
        withdrawn = {"type": "withdrawn", "external_id": id_, "occurred_at": at}
        return RawEvent(
            key=f"revision-{self.n}",
            body=msgspec.json.encode(edited if self.n % 2 else withdrawn),
            content_type="application/json",
        )

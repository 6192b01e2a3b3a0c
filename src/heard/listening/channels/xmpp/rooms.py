"""What one must remember of a room to believe what is said in it: who has which name, and who said what.

A correction names the sender's own id, a retraction and an answer the room's id, and nobody but us checks that they come from
who said it. All of it is learnt anew from the room's history each time we enter, so nothing here outlives a connection.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from heard.listening.channels.contract import Account
from heard.listening.channels.xmpp.jid import EVERYBODY, bare, nick, own, ref, resource
from heard.listening.channels.xmpp.read import attribute, retracted_in, room_id
from heard.listening.channels.xmpp.spaces import CORRECT, MUC_USER, OCCUPANT, REACTIONS, REPLY

MOST_REMEMBERED = 1000


@dataclass
class Spoken:
    """One message: what we call it, and who said it."""

    reference: str
    by: str


@dataclass
class Room:
    entered_at: float = field(default_factory=time.monotonic)
    real: dict[str, str] = field(default_factory=dict)  # name: address, where the room shows it
    by_room_id: OrderedDict[str, Spoken] = field(default_factory=OrderedDict)
    by_own_id: OrderedDict[tuple[str, str], Spoken] = field(default_factory=OrderedDict)  # (who, id)

    def presence(self, stanza: Element) -> None:
        name, item = resource(stanza.get("from", "")), stanza.find(f"{{{MUC_USER}}}x/{{{MUC_USER}}}item")
        address = item.get("jid", "") if item is not None else ""
        if stanza.get("type") == "unavailable":
            self.real.pop(name, None)
        elif address:
            self.real[name] = bare(address).lower()

    def who(self, stanza: Element) -> dict[str, str]:
        known = self.real.get(resource(stanza.get("from", "")), "")
        return {"author": known} if known else {}

    def headers(self, stanza: Element, account: Account) -> dict[str, str]:
        """What normalise cannot know of a message, and remembers it for those that come."""
        room, name, id_ = bare(stanza.get("from", "")).lower(), resource(stanza.get("from", "")), stanza.get("id", "")
        who = attribute(stanza, f"{{{OCCUPANT}}}occupant-id", "id") or f"/{name}"
        known = {"room": room, "author": self.real.get(name, ""), **self._about(stanza, who)}
        given = room_id(stanza, room)
        if name == nick(account):
            reference = ref(own(account), room, id_)
        elif given:
            reference = ref(room, EVERYBODY, given)
        else:
            reference = ref(f"{room}/{name}", EVERYBODY, id_)
        spoken = Spoken(reference, who)
        if given:
            _remember(self.by_room_id, given, spoken)
        if id_ and not known.get("target"):
            _remember(self.by_own_id, (who, id_), spoken)
        return {key: value for key, value in known.items() if value}

    def _about(self, stanza: Element, who: str) -> dict[str, str]:
        replaced = self.by_own_id.get((who, attribute(stanza, f"{{{CORRECT}}}replace", "id")))
        retracted = self.by_room_id.get(retracted_in(stanza)) or self.by_own_id.get((who, retracted_in(stanza)))
        liked = self.by_room_id.get(attribute(stanza, f"{{{REACTIONS}}}reactions", "id"))
        answered = self.by_room_id.get(attribute(stanza, f"{{{REPLY}}}reply", "id"))
        target = replaced or (retracted if retracted and retracted.by == who else None) or liked
        return {"target": target.reference if target else "", "parent": answered.reference if answered else ""}


def _remember(book: OrderedDict, key: object, spoken: Spoken) -> None:
    """The first who said it stays: a name that changed hands does not change what was said under it."""
    book.setdefault(key, spoken)
    if len(book) > MOST_REMEMBERED:
        book.popitem(last=False)

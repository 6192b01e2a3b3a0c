"""Facts already given: read out of the last things somebody said, when they are asked for. Nothing is stored.

The walk's time is tight, most facts are never looked at, and what is read anew each time follows every edit, withdrawal,
masking and erasure by itself.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from heard.governance.permissions import Viewer
from heard.identity import selectors as identity
from heard.identity.numbers import numbers_seen
from heard.kernel.prepared import given_ids, prepared
from heard.listening import selectors as listening
from heard.understanding.assess import well_formed_words
from heard.understanding.rules.asking import Asked, asked_again, asked_for
from heard.understanding.rules.facts import KINDS, Fact, facts_in

VOICES = 150  # the newest that are read
BY_RECORD = {"customer_number": "customer", "phone": "phone", "email": "email", "postcode": "postcode", "street": "address"}
LIVE = ("call", "meeting", "visit", "letter")  # kinds of voices that say more of the way than the account does
NETWORKS = {"email": "email", "phone": "phone", "sms": "phone", "whatsapp": "phone"}  # whose identities are facts themselves


@dataclass(frozen=True)
class Given:
    """A fact with where it was given last: a voice, or, without one, what is on record and since when."""

    fact: Fact
    at: datetime
    way: str  # channel kind, "call" and the like for what happened live, or who keeps the record
    interaction_id: int | None = None
    is_private: bool = True  # said where only we read it
    times: int = 1  # how often they gave it

    @property
    def kind(self) -> str:
        return self.fact.kind

    @property
    def value(self) -> str:
        return self.fact.value

    @property
    def heading(self) -> str:
        return KINDS[self.kind][1]


def facts_given(viewer: Viewer, identity_ids: Collection[int]) -> list[Given]:
    """What these identities gave, by kind, the newest first. A constant number of queries; reads the last VOICES voices."""
    found: dict[tuple[str, str], Given] = {}
    for given in [*_said(viewer, identity_ids), *_on_record(viewer, identity_ids)]:
        before = found.get(given.fact.key)
        found[given.fact.key] = _with_one_more(before) if before else given
    order = list(KINDS)
    newest_first = sorted(found.values(), key=lambda g: g.at, reverse=True)
    return sorted(newest_first, key=lambda g: order.index(g.kind))


def asked_although_given(viewer: Viewer, identity_ids: Collection[int], draft: str) -> list[tuple[Asked, list[Given]]]:
    """Each thing that the draft asks for and these identities gave, with the answers on file, the newest first.

    No query for a draft that asks for nothing that could be on file.
    """
    if not asked_for(draft):
        return []
    by_key = {given.fact: given for given in facts_given(viewer, identity_ids)}
    again: dict[Asked, list[Given]] = {}
    for asked, fact in asked_again(draft, by_key):
        again.setdefault(asked, []).append(by_key[fact])
    return list(again.items())


def _with_one_more(given: Given) -> Given:
    return Given(given.fact, given.at, given.way, given.interaction_id, given.is_private, given.times + 1)


def _said(viewer: Viewer, identity_ids: Collection[int]) -> Iterable[Given]:
    """Newest first, as it reads now. A call or a visit is told in the words of the colleague who logged it."""
    ids = [id_ for (id_,) in _newest_words(viewer, identities=identity_ids)]
    voices = listening.voices(viewer, ids)
    for voice in (voices[id_] for id_ in ids if id_ in voices):
        words = f"{voice.subject}.\n{voice.text}" if voice.subject else voice.text
        way = voice.kind if voice.kind in LIVE else voice.account_kind
        for fact in facts_in(well_formed_words(words)):
            yield Given(fact, voice.occurred_at, way, voice.id, voice.visibility == "private")


@prepared
def _newest_words(viewer: Viewer) -> QuerySet:
    theirs = listening.visible_interactions(viewer).filter(identity_id__in=given_ids("identities"), direction="inbound")
    return theirs.order_by("-occurred_at", "-id").values_list("id")[:VOICES]


def _on_record(viewer: Viewer, identity_ids: Collection[int]) -> Iterable[Given]:
    """What a record of ours or a profile says, and the addresses by which they are known."""
    for told in [*identity.traits_seen(viewer, identity_ids), *numbers_seen(viewer, identity_ids)]:
        kind = BY_RECORD.get(told.field, told.field)
        if kind in KINDS and kind != "name":
            yield Given(Fact(kind, told.value, 0, len(told.value)), told.seen_at, told.source)
    for face in identity.known_with(viewer, identity_ids):
        kind, address = NETWORKS.get(face.network, ""), face.external_id
        if kind and (kind == "email") == ("@" in address):
            yield Given(Fact(kind, address, 0, len(address)), face.first_seen_at, face.network)

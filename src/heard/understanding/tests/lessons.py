"""Voices of a trade whose words for trouble no public set knows, and colleagues who say what is true of them."""

from collections.abc import Sequence

from heard.identity.recognise import recognise
from heard.kernel.bulk import one_writer
from heard.kernel.clock import now
from heard.listening.channels.contract import Event
from heard.listening.normalise import Spoken, target_of
from heard.listening.write_down import write_down
from heard.understanding.assess import Understood, assess, read
from heard.understanding.models import Correction
from tests.support.wire import at, person, said

THINGS = ("spindle", "gasket", "loom", "bobbin", "shuttle", "treadle", "heddle", "reed")
BAD = ("rattles", "weeps", "galls", "chatters")
GOOD = ("glides", "sings", "purrs", "hums")
PLACES = ("in the shed", "since the refit", "on the second shift", "near the window")


def trade_talk(count: int) -> list[tuple[str, str]]:
    """(words, sentiment), in turn bad and good; all of them differ."""
    found = []
    for n in range(count):
        how, what = ((BAD, "negative"), (GOOD, "positive"))[n % 2]
        thing, place = THINGS[n // 2 % 8], PLACES[n // 16 % 4]
        found.append((f"The {thing} no {n} {how[n // 3 % 4]} {place}.", what))
    return found


def spoken(account_id: int, *events: Event) -> list[Spoken]:
    """Events as they come out of the first step of the walk."""
    return [
        Spoken(
            n=n,
            delivery_id=None,
            account_id=account_id,
            account_kind="wire",
            received_at=at(n),
            event=event,
            target=target_of(account_id, event),
        )
        for n, event in enumerate(events)
    ]


def understood(account_id: int, *events: Event) -> list[Understood]:
    """Written down and assessed as the walk does it."""
    batch = spoken(account_id, *events)
    readings = read(batch)
    with one_writer():
        return assess(recognise(write_down(batch)), readings)


def heard(account_id: int, texts: Sequence[str], *, first: int = 0) -> list[int]:
    """Interaction ids of these voices, written down and assessed as the walk does it."""
    events = [said(f"v{first + n}", person(f"Weaver {n}"), text, minute=first + n) for n, text in enumerate(texts)]
    return [u.recognised.heard.interaction_id or 0 for u in understood(account_id, *events)]


def corrected(member, ids: Sequence[int], field: str, values: Sequence[object]) -> None:
    """The colleague said so, one voice after the other."""
    moment = now()
    Correction.objects.bulk_create(
        Correction(interaction_id=id_, field=field, value=value, member=member, made_at=moment)
        for id_, value in zip(ids, values, strict=True)
    )

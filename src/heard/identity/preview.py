"""What will change when two customers become one, before anybody says so. Reads, and changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from heard.governance.permissions import Viewer
from heard.identity.people import Component
from heard.identity.rules.partition import SAID_DIFFERENT, Reason
from heard.identity.selectors import identities_seen, names_of
from heard.identity.slots import Change, merge_previews
from heard.listening import consent
from heard.listening import selectors as listening


@dataclass(frozen=True)
class Preview:
    """`refusal`: why the two cannot become one; empty when they can. `name`: how the customer will be called."""

    refusal: str
    name: str
    changes: tuple[Change, ...]


Customers = Mapping[int, int]  # {identity: customer}
Seen = Mapping[int, Sequence[int]]  # {customer: those of their identities that the viewer may know of}
REFUSAL = "A colleague said that these are different people, or somebody known to be one of them. Take that back first."


def of_joining(viewer: Viewer, identity_id: int, other_id: int) -> Preview:
    """The viewer sees both; callers have asked. Counts what the viewer may know and nothing else."""
    left, right = sorted((identity_id, other_id))
    component = Component([left, right])
    told_apart = [r.id for r in component.reasons.values() if (r.left, r.right, r.kind) == (left, right, SAID_DIFFERENT)]
    wanted = Reason(2**62, left, right, "said_same")
    after = component.customers(without=told_apart, also=[wanted])
    if after[left] != after[right]:
        return Preview(REFUSAL, "", ())
    both = {component.before[identity_id], component.before[other_id]}
    seen = identities_seen(viewer, both)
    sides = [seen.get(component.before[i], []) for i in (identity_id, other_id)]
    if len(both) == 1:
        sides[1] = []
    name = names_of([after[left]])[after[left]]
    told = [
        _addresses(component, after, after[left], seen),
        *_leaving(component, after, after[left], seen),
        _name(name, both, after[left]),
        *_consent(sides),
    ]
    for speak in merge_previews:
        told.extend(speak(viewer, *sides))
    return Preview("", name, tuple(told))


def _addresses(component: Component, after: Customers, survivor: int, seen: Seen) -> Change:
    together = [i for i, c in after.items() if c == survivor]
    shown = [i for i in together if i in seen.get(component.before[i], [])]
    more = [i for i in together if component.before[i] not in seen]  # of a third customer, who is one with them by that
    hidden = len(together) - len(shown) - len(more)
    words = f"{len(shown)} addresses and handles stand on one page."
    if hidden:
        words += f" {hidden} more {'is' if hidden == 1 else 'are'} known to other teams only."
    if more:
        words += f" {len(more)} of somebody further come{'s' if len(more) == 1 else ''} along, who is one with them by that."
    return Change("Addresses", words)


def _leaving(component: Component, after: Customers, survivor: int, seen: Seen) -> list[Change]:
    """Who is with one of them now and cannot stay, because somebody told them apart from the other."""
    gone = [i for i, c in component.before.items() if c in seen and after[i] != survivor]
    if not gone:
        return []
    known = listening.identities(i for i in gone if i in seen[component.before[i]])
    names = [face.handle or face.external_id for face in known.values()]
    words = f"{', '.join(names) or 'An address that other teams know'} goes: a colleague said that this is somebody else."
    return [Change("Leaves", words, is_warning=True)]


def _name(name: str, customers: Iterable[int], survivor: int) -> Change:
    given_up = [other for id_, other in names_of(customers).items() if id_ != survivor and other and other != name]
    kept = f" “{given_up[0]}” is kept, and back as soon as this is taken back." if given_up else ""
    return Change("Name", f"The customer is called {name or 'by an address, as nobody gave a name'}.{kept}")


def _consent(sides: Sequence[Sequence[int]]) -> list[Change]:
    """Nothing of it moves; who decides sees what each address allows."""
    ids = [i for side in sides for i in side]
    told = list(consent.standing_of(ids).values())
    if not told:
        return [Change("Consent", "Nobody said anything about it, and this gives none.")]
    yes, no = sum(word.is_given for word in told), sum(not word.is_given for word in told)
    differ = yes and no
    words = f"Nothing moves: each address keeps its own ({yes} yes, {no} no)."
    return [Change("Consent", words + (" What one allows, another does not get." if differ else ""), is_warning=bool(differ))]

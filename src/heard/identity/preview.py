"""What will change when two customers become one, before anybody says so. Reads, and changes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from heard.governance.permissions import Viewer
from heard.identity import pages
from heard.identity.people import Component
from heard.identity.rules.partition import SAID_DIFFERENT, Reason
from heard.identity.selectors import identities_seen, names_of
from heard.identity.slots import Change, merge_previews
from heard.listening import consent


@dataclass(frozen=True)
class Preview:
    """`refusal`: why the two cannot become one; empty when they can. `name`: how the customer will be called."""

    refusal: str
    name: str
    changes: tuple[Change, ...]


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
    ours, theirs = component.before[identity_id], component.before[other_id]
    seen = identities_seen(viewer, {ours, theirs})
    sides = seen.get(ours, []), seen.get(theirs, []) if theirs != ours else []
    name = names_of([after[left]])[after[left]]
    told = [_identities(component, after, after[left], sides), _name(name, {ours, theirs}, after[left]), *_consent(sides)]
    for speak in merge_previews:
        told.extend(speak(viewer, *sides))
    return Preview("", name, tuple(change for change in told if change))


def _identities(component: Component, after: dict[int, int], survivor: int, sides: Sequence[Sequence[int]]) -> Change:
    together = sum(len(side) for side in sides)
    hidden = sum(1 for c in after.values() if c == survivor) - together
    words = f"{together} addresses and handles stand on one page." + (
        f" {hidden} more are known to other teams only." if hidden > 0 else ""
    )
    others = [i for i, c in component.before.items() if after[i] != c and i not in {m for side in sides for m in side}]
    if others and hidden <= 0:
        words += f" {len(others)} further of theirs come along."
    return Change("Addresses", words)


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


def sides_of(viewer: Viewer, identity_id: int, other_id: int) -> tuple[pages.Person, pages.Person]:
    """The two people as they are now. Raises Customer.DoesNotExist for one whom the viewer may not know."""
    component = Component([identity_id, other_id])
    return pages.person(viewer, component.before[identity_id]), pages.person(viewer, component.before[other_id])

"""Who is speaking: the third step of the walk. Every identity gets a customer, certain evidence joins them at once."""

from collections.abc import Sequence

from msgspec import Struct

from heard.identity.models import Customer, Face, IdentityLink
from heard.identity.people import regroup
from heard.identity.rules.certain import certain_key
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening import selectors as listening
from heard.listening.write_down import Heard


class Recognised(Struct, frozen=True, kw_only=True, gc=False):
    """A heard event with the customer behind it. For an outbound voice that is whom we spoke to, when we know."""

    heard: Heard
    customer_id: int | None = None


def recognise(heard: Sequence[Heard]) -> list[Recognised]:
    """One `Recognised` for each of `heard`, in order. Unknown identities become customers of their own."""
    spoken = {h.identity_id for h in heard if h.identity_id} | {r for h in heard for r in h.recipient_ids}
    customers = _customers_of(spoken)
    return [Recognised(heard=h, customer_id=_whose(h, customers)) for h in heard]


def _whose(h: Heard, customers: dict[int, int]) -> int | None:
    if h.identity_id is None:
        return None
    if h.spoken.event.direction == "outbound":
        return next((customers[r] for r in h.recipient_ids if r in customers), None)
    return customers.get(h.identity_id)


def _customers_of(identity_ids: set[int]) -> dict[int, int]:
    """{identity: customer}, making faces for identities met for the first time. Our own identities have none."""
    known = {
        key[0]: row
        for key, row in bulk.existing(Face, ["identity_id"], [(i,) for i in identity_ids], ["customer_id", "certain_key"]).items()
    }
    identities = {i: found for i, found in listening.speakers(identity_ids).items() if not found.is_ours}
    keys = {i: certain_key(network=f.network, external_id=f.external_id, verified=f.verified) for i, f in identities.items()}
    missing = sorted(i for i in identities if i not in known)
    customers = {i: row[0] for i, row in known.items() if i in identities}
    moment = now()
    new_ids = bulk.reserve_ids(Customer, len(missing))
    bulk.insert(
        Customer,
        ["id", "name", "created_at"],
        [[c, identities[i].name or identities[i].handle, moment] for c, i in zip(new_ids, missing, strict=True)],
    )
    bulk.insert(
        Face,
        ["identity_id", "customer_id", "home_id", "certain_key"],
        [[i, c, c, keys[i]] for c, i in zip(new_ids, missing, strict=True)],
    )
    customers |= dict(zip(missing, new_ids, strict=True))
    vouched = [i for i, row in known.items() if i in keys and keys[i] and not row[1]]
    bulk.update(Face, "identity_id", ["certain_key"], [[i, keys[i]] for i in vouched])
    joined = _join_certain({i: keys[i] for i in [*missing, *vouched] if keys[i]})
    return customers | {i: c for i, c in joined.items() if i in customers}


def _join_certain(keys: dict[int, str]) -> dict[int, int]:
    """Link identities to others with the same verified address. Returns the customers that changed by it."""
    sharers: dict[str, list[int]] = {}
    for key, identity_id in bulk.select(Face, ["certain_key"], [(k,) for k in keys.values()], ["identity_id"]):
        sharers.setdefault(key, []).append(identity_id)
    pairs = sorted({(min(i, s), max(i, s), key) for i, key in keys.items() for s in sharers.get(key, ()) if s != i})
    if not pairs:
        return {}
    moment = now()
    rows = [
        [left, right, IdentityLink.Kind.SAME_ADDRESS.value, 0.0, f"Both are {key.split(':', 1)[1]}, verified.", None, moment]
        for left, right, key in pairs
    ]
    fields = ["left_id", "right_id", "kind", "weight", "why", "author_id", "made_at"]
    bulk.insert(IdentityLink, fields, rows, ignore_conflicts=True)
    return regroup({i for pair in pairs for i in pair[:2]})

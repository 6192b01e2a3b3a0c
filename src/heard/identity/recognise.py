"""Who is speaking: the third step of the walk. Every identity gets a customer, certain evidence joins them at once."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from heard.identity import finding, matching
from heard.identity.models import Customer, Face, IdentityLink
from heard.identity.people import regroup
from heard.identity.rules.certain import certain_key
from heard.identity.rules.matching.keys import keys_at_first_sight
from heard.identity.rules.said import said_by
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening.write_down import Heard, Speaker


class Recognised(Struct, frozen=True, kw_only=True, gc=False):
    """A heard event with the customer behind it. For an outbound voice that is whom we spoke to, when we know."""

    heard: Heard
    customer_id: int | None = None
    is_stranger: bool = False  # nothing of theirs can be anywhere: met just now, and like nobody we know
    is_joined: bool = False  # evidence that came with this voice made two of theirs one customer


def recognise(heard: Sequence[Heard]) -> list[Recognised]:
    """One `Recognised` for each of `heard`, in order. Unknown identities become customers of their own."""
    speakers = {h.speaker.id: h.speaker for h in heard if h.speaker} | {r.id: r for h in heard for r in h.recipients}
    customers, strangers, joined = _customers_of({i: s for i, s in speakers.items() if not s.is_ours}, _said(heard))
    found = []
    for h in heard:
        whose = _who_matters(h, customers)
        customer_id = customers.get(whose) if whose else None
        found.append(Recognised(heard=h, customer_id=customer_id, is_stranger=whose in strangers, is_joined=whose in joined))
    return found


def _who_matters(h: Heard, customers: dict[int, int]) -> int | None:
    """The identity whose customer it is about: who spoke, or of those we spoke to the first that is a customer."""
    if h.recipients:
        return next((r.id for r in h.recipients if r.id in customers), None)
    return h.speaker.id if h.speaker and h.spoken.event.direction == "inbound" else None


def _said(heard: Sequence[Heard]) -> dict[int, list[tuple[str, str]]]:
    """{identity: what they, or their profile, say of the person}, where an adapter put it into `extra["traits"]`."""
    said: dict[int, list[tuple[str, str]]] = {}
    for h in heard:
        extra = getattr(h.spoken.event, "extra", None)
        if extra and h.speaker and not h.speaker.is_ours and isinstance(traits := extra.get("traits"), dict):
            told = ((field, value if isinstance(value, list) else [value]) for field, value in traits.items())
            said.setdefault(h.speaker.id, []).extend((str(field), str(value)) for field, values in told for value in values)
    return said


def _customers_of(
    speakers: dict[int, Speaker], said: Mapping[int, list[tuple[str, str]]]
) -> tuple[dict[int, int], set[int], set[int]]:
    """({identity: customer}, identities that are strangers, those that were joined), making faces for those first met now."""
    wanted = [(i,) for i, s in speakers.items() if not s.is_new]
    known = {i: row for i, *row in bulk.select(Face, ["identity_id"], wanted, ["customer_id", "certain_key"])}
    keys = {
        i: certain_key(network=s.network, external_id=s.external_id, verified=s.verified, handle=s.handle)
        for i, s in speakers.items()
    }
    missing = sorted(i for i in speakers if i not in known)
    customers = {i: row[0] for i, row in known.items()}
    moment = now()
    new_ids = bulk.reserve_ids(Customer, len(missing))
    names = [[c, speakers[i].name or speakers[i].handle, moment] for c, i in zip(new_ids, missing, strict=True)]
    bulk.insert(Customer, ["id", "name", "created_at"], names)
    faces = [[i, c, c, keys[i]] for c, i in zip(new_ids, missing, strict=True)]
    bulk.insert(Face, ["identity_id", "customer_id", "home_id", "certain_key"], faces)
    customers |= dict(zip(missing, new_ids, strict=True))
    vouched = [i for i, row in known.items() if keys[i] and not row[1]]
    bulk.update(Face, "identity_id", ["certain_key"], [[i, keys[i]] for i in vouched])
    if renamed := {i: speakers[i] for i in known if speakers[i].formerly}:
        finding.renew(list(renamed))
        matching.remember({i: _names_of(s) for i, s in renamed.items()}, source="profile")
    joined = _join_certain({i: keys[i] for i in [*missing, *vouched] if keys[i]})
    joined |= _join_alike([speakers[i] for i in missing], said)
    strangers = {i for i in missing if speakers[i].is_new and i not in joined}
    return customers | {i: c for i, c in joined.items() if i in customers}, strangers, set(joined)


def _names_of(s: Speaker) -> list[tuple[str, str]]:
    """What they were called, and are called now."""
    both = [s.formerly or ("", ""), (s.handle, s.name)]
    said = [
        trait
        for handle, name in both
        for trait in said_by(network=s.network, external_id=s.external_id, handle=handle, name=name, profile_url="")
    ]
    return [(field, value) for field, value in said if field in ("name", "handle")]


def _join_alike(newcomers: Sequence[Speaker], said: Mapping[int, list[tuple[str, str]]]) -> dict[int, int]:
    """Match those met for the first time, and those who said more of themselves. Returns the customers that may have changed."""
    keys = {
        s.id: found
        for s in newcomers
        if (found := keys_at_first_sight(network=s.network, external_id=s.external_id, handle=s.handle))
    }
    joined = matching.met(keys)
    return joined | matching.told(said, source="said") if said else joined


def _join_certain(keys: dict[int, str]) -> dict[int, int]:
    """Link identities to others with the same verified address. Returns the customers that changed by it."""
    sharers: dict[str, list[int]] = {}
    for key, identity_id in bulk.select(Face, ["certain_key"], [(k,) for k in keys.values()], ["identity_id"]):
        sharers.setdefault(key, []).append(identity_id)
    pairs = sorted({(min(i, s), max(i, s), key) for i, key in keys.items() for s in sharers.get(key, ()) if s != i})
    refused = matching.taken_back({i for pair in pairs for i in pair[:2]}, IdentityLink.Kind.SAME_ADDRESS) if pairs else ()
    pairs = [pair for pair in pairs if pair[:2] not in refused]
    if not pairs:
        return {}
    moment = now()
    rows: list[list] = [
        [
            left,
            right,
            IdentityLink.Kind.SAME_ADDRESS.value,
            0.0,
            f"Both are {key.split(':', 1)[1]}, verified.",
            None,
            moment,
            [],
            "",
        ]
        for left, right, key in pairs
    ]
    fields = ["left_id", "right_id", "kind", "weight", "why", "author_id", "made_at", "parts", "weights_version"]
    bulk.insert(IdentityLink, fields, rows, ignore_conflicts=True)
    return regroup({i for pair in pairs for i in pair[:2]})

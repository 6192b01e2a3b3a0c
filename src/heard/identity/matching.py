"""Through the store: whom those who come may be. A constant number of queries for a batch, and next to nothing for who is known.

`met` is for the walk: somebody new on a network says little, and most are like nobody. `match` is for those of whom more is known.
Both end in evidence (IdentityLink), pairs for a person to judge (ReviewPair), and `regroup`.
"""

from collections.abc import Collection, Iterable, Mapping
from time import monotonic
from typing import NamedTuple

from django.db.models import QuerySet

from heard.identity import weights as weights_in_use
from heard.identity.models import Customer, Face, IdentityLink, MatchedUpTo, MatchKey, ReviewPair, TermCount, Trait
from heard.identity.people import regroup
from heard.identity.rules.matching import (
    Book,
    Counts,
    Found,
    Keys,
    Link,
    Profile,
    Weights,
    candidates,
    could_be,
    found_by,
    profile_of,
)
from heard.identity.rules.matching.keys import MOST_OF_A_KEY, number
from heard.identity.rules.matching.normal import LINKS
from heard.identity.rules.matching.weights import HUBS
from heard.identity.rules.said import said_by
from heard.identity.rules.traits import FIELDS
from heard.identity.rules.why import parts_of, why
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.kernel.newest import newest
from heard.kernel.prepared import given_ids, prepared
from heard.listening.profiles import known_as

PEOPLE = 0  # the term that counts people
ALL = ("", "")  # whom it counts
MOST_AT_ONCE = 500  # of `match`: what is known of all they may be is held in memory
CAUGHT_UP = 300  # traits that are read at once: walks wait meanwhile
Kind = IdentityLink.Kind
LINK_FIELDS = ["left_id", "right_id", "kind", "weight", "parts", "weights_version", "why", "made_at"]
PAIR_FIELDS = ["left_id", "right_id", "weight", "parts", "weights_version", "found_at", "decision"]


def met(keys: Mapping[int, Collection[int]]) -> dict[int, int]:
    """{identity nobody knew: what it is found by}: noted, and whoever shares one with somebody is matched. Returns the customers that
    may have changed."""
    if not keys:
        return {}
    _note(keys, {})
    having = newest(MatchKey, "key", "identity", {k for ks in keys.values() for k in ks}, each=2)
    return match([i for i, ks in keys.items() if any(having[k] != [i] for k in ks)])


def told(said: Mapping[int, Iterable[tuple[str, str]]], *, source: str) -> dict[int, int]:
    """{identity: what was said about the person}: what is new is kept, and those are matched. Returns the customers that changed."""
    return match(remember(said, source=source))


def remember(said: Mapping[int, Iterable[tuple[str, str]]], *, source: str) -> set[int]:
    """Keep what is new of what was said. Returns of whom there was any; `catch_up` matches them, if nobody does before.

    What somebody was called stays known, so whoever they were believed to be by an older name they go on to be. Where their profile
    leads does not: whoever tells of a link tells of all, and a proof that is no more proves nothing.
    """
    found = bulk.select(Trait, ["identity_id"], [(i,) for i in said], ["field", "value", "source", "id"])
    stands = {(i, field, value): (told_by, id_) for i, field, value, told_by, id_ in found}
    wanted = {(i, field, value[:320]) for i, traits in said.items() for field, value in traits if field in FIELDS and value}
    telling = {i for i, field, _ in wanted if field in LINKS}
    gone = {
        key: id_
        for key, (told_by, id_) in stands.items()
        if key[1] in LINKS and key[0] in telling and told_by == source and key not in wanted
    }
    if gone:
        Trait.objects.filter(pk__in=bulk.among(gone.values())).delete()
    fresh = sorted(wanted - stands.keys())
    moment = now()
    bulk.insert(Trait, ["identity_id", "field", "value", "source", "seen_at"], [[*row, source, moment] for row in fresh])
    return {row[0] for row in (*fresh, *gone)}


def match(identity_ids: Collection[int]) -> dict[int, int]:
    """Hold these against all they may be, and write down what is found. May be repeated: evidence follows what is known by now.

    Returns {identity: customer} of everybody who may be affected. Inside `one_writer()`.
    """
    changed: dict[int, int] = {}
    wanted = sorted(identity_ids)
    for start in range(0, len(wanted), MOST_AT_ONCE):
        changed |= _match(wanted[start : start + MOST_AT_ONCE])
    return changed


def taken_back(identity_ids: Collection[int], kind: str) -> set[tuple[int, int]]:
    """Pairs of which a colleague took a reason of this kind back: it is never found again."""
    rows = bulk.select(IdentityLink, ["left_id"], [(i,) for i in identity_ids], ["right_id", "kind", "withdrawn_by_id"])
    return {(left, right) for left, right, its, member_id in rows if its == kind and member_id is not None}


def catch_up() -> int:
    """Hold those against everybody of whom something was said since the last time. Returns how many traits were read."""
    with bulk.one_writer():
        row, _ = MatchedUpTo.objects.get_or_create(pk=1)
        said = list(Trait.objects.filter(pk__gt=row.trait_id).order_by("pk").values_list("pk", "identity_id")[:CAUGHT_UP])
        if said:
            match({identity_id for _, identity_id in said})
            MatchedUpTo.objects.filter(pk=1).update(trait_id=said[-1][0])
    return len(said)


def work_off(*, seconds: float) -> int:
    """`catch_up` again and again, until nothing is left or the time is over. Returns how many traits were read."""
    until, read = monotonic() + seconds, 0
    while monotonic() < until and (some := catch_up()):
        read += some
    return read


# ── One batch ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Reasons(NamedTuple):
    """What stands between those who are looked at."""

    matched: dict[tuple[int, int], tuple[int, float, str]]  # {pair: (id, bits, version of the weights)}
    taken_back: set[tuple[int, int]]  # by a colleague: never to be found again


def _match(identity_ids: list[int]) -> dict[int, int]:
    newcomers = profiles_of(identity_ids)
    if not newcomers:
        return {}
    keys = {i: found_by(profile) for i, profile in newcomers.items()}
    unheard = _noted({i: ks.all for i, ks in keys.items()})
    having = newest(MatchKey, "key", "identity", {k for ks in keys.values() for k in ks.all}, each=MOST_OF_A_KEY)
    weights, counts = weights_in_use.current(), _counts(newcomers.values())
    profiles = newcomers | _near(newcomers, keys, having, counts, weights)
    groups = _groups({*profiles, *_sharers(newcomers.values(), having)})
    profiles |= profiles_of(set(groups) - set(profiles))
    counts.having |= _counted(_terms(profiles.values()) - counts.having.keys())
    _count_holders(counts, newcomers.values(), having, groups)
    before = dict(counts.having)
    book = _book(weights, counts, profiles, groups, having, newcomers.keys())
    reasons = _fill(book, groups)
    judged = [book.add(i, newcomers[i], keys[i], is_counted=i not in unheard) for i in identity_ids if i in newcomers]
    _count(counts, before)
    touched = _write(judged, reasons, weights)
    return regroup(touched) if touched else {}


def _noted(keys: Mapping[int, Collection[int]]) -> set[int]:
    """Write down what these are found by. Returns of whom something was not known."""
    known: dict[int, set[int]] = {}
    for i, key in bulk.select(MatchKey, ["identity_id"], [(i,) for i in keys], ["key"]):
        known.setdefault(i, set()).add(key)
    unheard = {i for i, ks in keys.items() if not known.get(i, set()).issuperset(ks)}
    _note({i: keys[i] for i in unheard}, known)
    return unheard


def _note(keys: Mapping[int, Collection[int]], known: Mapping[int, Collection[int]]) -> None:
    rows = [[i, k] for i, ks in keys.items() for k in ks if k not in known.get(i, ())]
    bulk.insert(MatchKey, ["identity_id", "key"], rows, ignore_conflicts=True)


def _near(
    newcomers: Mapping[int, Profile], keys: Mapping[int, Keys], having: Mapping[int, list[int]], counts: Counts, weights: Weights
) -> dict[int, Profile]:
    """Those who share a key with a newcomer, as far as they could be one person."""
    found = {i: [c for c in candidates(i, keys[i], having) if c not in newcomers] for i in newcomers}
    known = profiles_of({c for cs in found.values() for c in cs})
    near: dict[int, Profile] = {}
    for i, cs in found.items():
        others = [(c, known[c]) for c in cs if c in known and c not in near]
        near |= {c: known[c] for c in could_be(newcomers[i], others, counts, weights)}
    return near


def _sharers(profiles: Iterable[Profile], having: Mapping[int, list[int]]) -> set[int]:
    """Who has an address, a number or a handle of these: whether it is one person's hangs on how many people they are."""
    return {i for key in _hubs(profiles).values() for i in having.get(key, ())}


def _hubs(profiles: Iterable[Profile]) -> dict[tuple[str, str], int]:
    shared = {(f, v) for profile in profiles for f, v in profile.terms() if f in HUBS}
    return {(field, value): number(f"{field}={value}") for field, value in shared}


def _book(
    weights: Weights,
    counts: Counts,
    profiles: Mapping[int, Profile],
    groups: Mapping[int, frozenset[int]],
    having: Mapping[int, list[int]],
    newcomers: Collection[int],
) -> Book:
    """Who was there before the newcomers, and whoever is one with a newcomer already."""
    book = Book(weights, counts)
    known_by: dict[int, list[int]] = {}
    for key, found in having.items():
        for i in found:
            if i in profiles and i not in newcomers:
                known_by.setdefault(i, []).append(key)
    for i in sorted(groups):
        if i in profiles and (i not in newcomers or len(groups[i]) > 1):
            book.know(i, profiles[i], groups[i] & profiles.keys(), known_by.get(i, ()))
    return book


def profiles_of(identity_ids: Collection[int]) -> dict[int, Profile]:
    """Of those who may be a customer: not of our own handles."""
    keys = [(i,) for i in identity_ids]
    said: dict[int, list[tuple[str, str]]] = {}
    for k in known_as(identity_ids):
        said[k.id] = said_by(
            network=k.network,
            external_id=k.external_id,
            handle=k.handle,
            name=k.name,
            profile_url=k.profile_url,
            verified=k.verified,
        )
    for i, field, value in reversed(bulk.select(Trait, ["identity_id"], keys, ["field", "value"])):
        if i in said:
            said[i].append((field, value))
    return {i: profile_of(traits) for i, traits in said.items()}


def _groups(identity_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """{identity: everybody who is one customer with it}, of these and of all whom they are one with."""
    faces: dict[int, set[int]] = {}
    for customer_id, identity_id in _faces(identities=identity_ids):
        faces.setdefault(customer_id, set()).add(identity_id)
    return {i: frozenset(group) for group in faces.values() for i in group}


@prepared
def _faces() -> QuerySet:
    theirs = Face.objects.filter(identity_id__in=given_ids("identities")).values("customer_id")
    return Face.objects.filter(customer_id__in=theirs).values_list("customer_id", "identity_id")


def _fill(book: Book, groups: Mapping[int, frozenset[int]]) -> Reasons:
    """Tell the book what is believed among them, and by whom."""
    reasons = Reasons({}, set())
    columns = ["id", "right_id", "kind", "weight", "weights_version", "withdrawn_at", "withdrawn_by_id"]
    for left, id_, right, kind, weight, version, withdrawn_at, withdrawn_by in bulk.select(
        IdentityLink, ["left_id"], [(i,) for i in groups], columns
    ):
        if right not in groups:
            continue
        if withdrawn_at is not None:
            if withdrawn_by is not None and kind == Kind.MATCHED:
                reasons.taken_back.add((left, right))
        elif kind == Kind.MATCHED:
            reasons.matched[(left, right)] = (id_, weight, version)
            book.believe(left, right, weight)
        else:
            book.be_sure(left, right, same=kind != Kind.SAID_DIFFERENT)
    return reasons


def _counts(profiles: Iterable[Profile]) -> Counts:
    """How many people there are, and how many have each value of these."""
    having = _counted({ALL, *_terms(profiles)})
    counted = having.pop(ALL, 0)
    newest_customer = max((id_ for (id_,) in _newest_customer()), default=0)  # about as many as there are people
    return Counts(people=max(counted, newest_customer), counted=counted, having=having)


def _terms(profiles: Iterable[Profile]) -> set[tuple[str, str]]:
    return {term for profile in profiles for term in profile.terms()}


def _counted(terms: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    numbers = {PEOPLE if term == ALL else number(f"{term[0]}={term[1]}"): term for term in terms}
    return {numbers[n]: count for n, count in bulk.select(TermCount, ["term"], [(n,) for n in numbers], ["count"])}


@prepared
def _newest_customer() -> QuerySet:
    return Customer.objects.order_by("-id").values_list("id")[:1]


def _count_holders(
    counts: Counts, profiles: Iterable[Profile], having: Mapping[int, Collection[int]], groups: Mapping[int, frozenset[int]]
) -> None:
    """How many people share an address or a handle is known from who is found by it, though not all of them were ever counted."""
    for term, key in _hubs(profiles).items():
        people = {groups[i] for i in having.get(key, ()) if i in groups}
        counts.having[term] = max(len(people), counts.having.get(term, 0))


def _count(counts: Counts, before: Mapping[tuple[str, str], int]) -> None:
    more = {(number(f"{f}={v}"),): n - before.get((f, v), 0) for (f, v), n in counts.having.items() if n != before.get((f, v), 0)}
    if counts.came:
        more[(PEOPLE,)] = counts.came
    bulk.count_up(TermCount, ["term"], more)


def _write(found: Iterable[Found], reasons: Reasons, weights: Weights) -> set[int]:
    """Evidence that is new or weighs something else now; pairs for a person. Returns whose reasons changed."""
    links = {(link.left, link.right): link for f in found for link in f.links}
    reviews = {(r.left, r.right): r for f in found if (r := f.review)}
    fresh = {
        pair: link
        for pair, link in links.items()
        if pair not in reasons.taken_back and _is_news(link, reasons.matched.get(pair), weights)
    }
    moment = now()
    outdated = [reasons.matched[pair][0] for pair in fresh if pair in reasons.matched]
    if outdated:
        IdentityLink.objects.filter(pk__in=outdated).update(withdrawn_at=moment)
    rows = [
        [*pair, Kind.MATCHED.value, *_said(link, weights), why(link.evidence), moment] for pair, link in sorted(fresh.items())
    ]
    bulk.insert(IdentityLink, LINK_FIELDS, rows, ignore_conflicts=True)
    asked = [[*pair, *_said(link, weights), moment, ""] for pair, link in sorted(reviews.items()) if pair not in links]
    bulk.insert(ReviewPair, PAIR_FIELDS, asked, ignore_conflicts=True)
    return {i for pair in fresh for i in pair}


def _is_news(link: Link, known: tuple[int, float, str] | None, weights: Weights) -> bool:
    return known is None or abs(known[1] - link.evidence.bits) > 1 or known[2] != weights.version


def _said(link: Link, weights: Weights) -> tuple[float, list[dict], str]:
    return round(link.evidence.bits, 2), parts_of(link.evidence), weights.version

"""Visits of those who agreed: kept once however often they are told, each visitor an identity that may turn out to be a customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Max, Min

from heard.identity.importing.people import LINK_FIELDS, RECORD_FIELDS, make_faces, records, without_face
from heard.identity.models import IdentityLink, PageView, Record, Site, Visit
from heard.identity.people import regroup
from heard.identity.rules.clickstream import Looked, bare, newest, why_not
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening.introduce import introduce

NETWORK = "site"  # a visitor of a site: nobody in particular until something vouches for them


class Kept(NamedTuple):
    """received = new + doubled + the number of `refused`, (place, why)."""

    new: int
    doubled: int
    refused: list[tuple[int, str]]


def open_site(key: str) -> Site | None:
    """None for one that is unknown or switched off."""
    return Site.objects.filter(key=key, is_on=True).first()


def look_at(site: Site, events: Sequence[Looked], *, source: str = "") -> Kept:
    """Keep what visitors of a site did. `source`: of the customer numbers that its server names. May be repeated."""
    moment = now()
    refused = [(i, why) for i, event in enumerate(events) if (why := why_not(event, now=moment))]
    bad = {i for i, _ in refused}
    told = newest(e for i, e in enumerate(events) if i not in bad)
    if not told:
        return Kept(0, len(events) - len(refused), refused)
    with bulk.one_writer():
        visitors = _visitors(site, told, moment)
        visits = _visits(site, told, visitors)
        new = _views(told, visits)
        _sign_in(told, visitors, source, site, moment)
    return Kept(new, len(events) - len(refused) - new, refused)


def _visitors(site: Site, told: Sequence[Looked], moment: datetime) -> dict[str, int]:
    """{visitor: identity}, made where nobody knew them."""
    keys = {v: (NETWORK, f"{site.pk}:{v}") for v in dict.fromkeys(e.visitor for e in told)}
    ids, new = introduce(dict.fromkeys(keys.values(), ""), at=moment)
    make_faces({ids[k]: k for k in keys.values() if ids[k] in without_face(new)}, {}, {}, at=moment)
    identities = {v: ids[k] for v, k in keys.items()}
    source = f"site {site.key}"
    known = records(source, identities)
    missing = [v for v in identities if v not in known]
    rows = [
        [id_, source, v, identities[v], None, "", moment, site.team_id, True]
        for v, id_ in zip(missing, bulk.reserve_ids(Record, len(missing)), strict=True)
    ]
    bulk.insert(Record, RECORD_FIELDS, rows)
    return identities


def _visits(site: Site, told: Sequence[Looked], visitors: dict[str, int]) -> dict[str, int]:
    """{key of the visit: visit}. A visit belongs to whom it began with."""
    first: dict[str, Looked] = {}
    for event in told:
        first.setdefault(event.visit, event)
    found = {k[1]: row[0] for k, row in bulk.existing(Visit, ["site_id", "key"], [(site.pk, v) for v in first], ["id"]).items()}
    missing = [v for v in first if v not in found]
    ids = dict(zip(missing, bulk.reserve_ids(Visit, len(missing)), strict=True))
    fields = ["id", "site_id", "key", "identity_id", "agreed_at", "agreed_to", "referrer", "started_at", "last_at", "pages"]
    rows: list[list] = []
    for v, id_ in ids.items():
        e = first[v]
        rows.append([id_, site.pk, v, visitors[e.visitor], e.agreed_at, e.agreed_to, bare(e.referrer), e.at, e.at, 0])
    bulk.insert(Visit, fields, rows)
    return found | ids


def _views(told: Sequence[Looked], visits: dict[str, int]) -> int:
    known = bulk.existing(PageView, ["visit_id", "key"], [(visits[e.visit], e.key) for e in told], [])
    fresh = [e for e in told if (visits[e.visit], e.key) not in known]
    fields = ["visit_id", "key", "kind", "url", "title", "detail", "at"]
    bulk.insert(
        PageView, fields, [[visits[e.visit], e.key, e.kind, bare(e.url), e.title[:200], e.detail[:200], e.at] for e in fresh]
    )
    touched = bulk.among({visits[e.visit] for e in fresh})
    sums = (
        PageView.objects.filter(visit_id__in=touched)
        .order_by()
        .values_list("visit_id")
        .annotate(Min("at"), Max("at"), Count("id"))
    )
    bulk.update(Visit, "id", ["started_at", "last_at", "pages"], [list(row) for row in sums])
    return len(fresh)


def _sign_in(told: Sequence[Looked], visitors: dict[str, int], source: str, site: Site, moment: datetime) -> None:
    """Who is signed in, the site's server vouches for. What a colleague took back is not said again."""
    said = {(e.visitor, e.customer) for e in told if e.customer} if source else set()
    known = records(source, {number for _, number in said})
    both = [(visitors[v], known[n].identity_id, n) for v, n in said if n in known]
    pairs = {(min(a, b), max(a, b)): n for a, b, n in both}
    if not pairs:
        return
    stands = IdentityLink.objects.filter(kind=IdentityLink.Kind.SAME_ADDRESS, left_id__in=bulk.among(p[0] for p in pairs))
    done = set(stands.values_list("left_id", "right_id"))
    fresh = [pair for pair in pairs if pair not in done]
    rows: list[list] = [
        [
            *pair,
            IdentityLink.Kind.SAME_ADDRESS.value,
            0.0,
            [],
            "",
            f"{site.name} says: signed in as customer {pairs[pair]} of {source}.",
            None,
            moment,
        ]
        for pair in fresh
    ]
    bulk.insert(IdentityLink, LINK_FIELDS, rows, ignore_conflicts=True)
    if fresh:
        regroup({i for pair in fresh for i in pair})

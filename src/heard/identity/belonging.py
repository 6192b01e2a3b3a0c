"""Who looks after a customer, where they work and whom they belong with: what a colleague said, and what other systems say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from heard.governance.permissions import Viewer
from heard.identity.models import Membership, Owner, Relation
from heard.identity.selectors import customers_of, identities_seen, names_of

HERE = "heard"  # the source of what colleagues say
# {kind of relation: how it reads on the page of the one, and of the other}
READS = {
    "household": (gettext_lazy("same household as"), gettext_lazy("same household as")),
    "team": (gettext_lazy("same team as"), gettext_lazy("same team as")),
    "parent": (gettext_lazy("parent of"), gettext_lazy("child of")),
    "carer": (gettext_lazy("speaks for"), gettext_lazy("spoken for by")),
    "assistant": (gettext_lazy("assistant of"), gettext_lazy("assisted by")),
    "other": (gettext_lazy("belongs to"), gettext_lazy("belongs to")),
}


class Line(NamedTuple):
    """`by_hand`: a colleague said it, and may take it away here; else `source` does."""

    id: int
    words: str
    name: str
    customer_id: int | None
    by_hand: bool
    source: str


@dataclass(frozen=True)
class Belonging:
    owner: tuple[int, str] | None  # whom a colleague named
    owner_elsewhere: tuple[str, str] | None  # (name, source)
    people: list[Line]
    organisations: list[Line]


def belonging(viewer: Viewer, identity_ids: Sequence[int]) -> Belonging:
    """Of a person that the viewer sees. A constant number of queries."""
    owners = Owner.objects.filter(identity_id__in=identity_ids).order_by("id")
    said = list(owners.values_list("source", "member_id", "member__name"))
    here = next(((id_, name) for source, id_, name in said if source == HERE), None)
    elsewhere = next(((name, source) for source, _id, name in said if source != HERE), None)
    return Belonging(here, elsewhere, _people(viewer, identity_ids), _organisations(identity_ids))


def _people(viewer: Viewer, identity_ids: Sequence[int]) -> list[Line]:
    rows = [
        (id_, other, READS[kind][0], source)
        for id_, other, kind, source in Relation.objects.filter(identity_id__in=identity_ids).values_list(
            "id", "other_id", "kind", "source"
        )
    ]
    rows += [
        (id_, one, READS[kind][1], source)
        for id_, one, kind, source in Relation.objects.filter(other_id__in=identity_ids).values_list(
            "id", "identity_id", "kind", "source"
        )
    ]
    customers = customers_of({other for _id, other, _words, _source in rows})
    seen = identities_seen(viewer, customers.values())
    names = names_of(seen)
    return [
        Line(id_, str(words), names.get(c) or _("somebody without a name"), c, source == HERE, source)
        for id_, other, words, source in rows
        if (c := customers.get(other)) in seen
    ]


def _organisations(identity_ids: Sequence[int]) -> list[Line]:
    """Each once, however many records of a system say the same."""
    rows = Membership.objects.filter(identity_id__in=identity_ids).order_by("organisation__name", "id")
    lines = [
        Line(id_, title, name, None, source == HERE, source)
        for id_, name, title, source in rows.values_list("id", "organisation__name", "title", "source")
    ]
    return list({line.id if line.by_hand else line[1:]: line for line in lines}.values())

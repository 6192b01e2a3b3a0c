"""What the tables of this room can hold about a person: who they are believed to be, and what other systems know of them."""

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import or_

from django.db.models import Q

from heard.governance.retention import kinds
from heard.identity import finding, retention
from heard.identity.forget import forget_identities
from heard.identity.importing.tables import TABLES
from heard.identity.models import (
    Customer,
    Face,
    Facet,
    Findable,
    IdentityLink,
    ImportBatch,
    ImportChange,
    ImportJob,
    ImportReject,
    MatchedUpTo,
    MatchKey,
    MatchWeights,
    Membership,
    Order,
    OrderLine,
    Organisation,
    Owner,
    PageView,
    Payment,
    Record,
    Relation,
    Return,
    ReviewPair,
    ServiceRecord,
    Shipment,
    Site,
    TermCount,
    Trait,
    Value,
    Visit,
    Vouched,
)
from heard.identity.models.records import Told
from heard.kernel import bulk
from heard.kernel.holdings import Holding, Room, Scope, Traces, rooms

ADDRESSES = ("email", "phone", "handle", "link", "customer_number")  # fields of traits
TOLD = (Record, Order, OrderLine, Payment, Return, Shipment, ServiceRecord, Membership, Relation, Owner)


def of_identity(scope: Scope) -> Q:
    return Q(identity_id__in=scope.identities)


def of_pair(scope: Scope) -> Q:
    return Q(left_id__in=scope.identities) | Q(right_id__in=scope.identities)


def told(model: type[Told], title: str, holds: Sequence[str] = (), none: Sequence[str] = ()) -> Holding:
    return Holding(model, title, holds=["external_id", *holds], none=["source", "digest", *none], of=of_identity)


def changes(scope: Scope) -> Q:
    """What their rows said before an import changed them."""
    rows = {kind: table.model for kind, table in TABLES.items()} | {"contact": Record}
    return reduce(
        or_,
        (
            Q(kind=kind, row__in=model._default_manager.filter(identity_id__in=scope.identities).values("pk"))
            for kind, model in rows.items()
        ),
    )


def erase_beliefs(scope: Scope) -> Mapping[str, int]:
    """Reasons, faces and the customers that nobody is any more; whoever was joined to them is who they were without."""
    return forget_identities(scope.identities) if scope.identities else {}


def nothing_more(scope: Scope) -> Mapping[str, int]:
    """These go with the faces."""
    return {}


def traces(scope: Scope) -> Traces:
    said: dict[int, dict[str, str]] = {}
    addresses, names = set(), set(Customer.objects.filter(id__in=scope.customers).exclude(name="").values_list("name", flat=True))
    for identity_id, field, value in Trait.objects.filter(of_identity(scope)).values_list("identity_id", "field", "value"):
        said.setdefault(identity_id, {})[field] = value
        if field in ADDRESSES:
            addresses.add(value)
        if field == "name":
            names.add(value)
    names |= {f"{s['given_name']} {s['surname']}" for s in said.values() if {"given_name", "surname"} <= set(s)}
    return Traces(frozenset(addresses), frozenset(names))


def namesakes(names: Collection[str], scope: Scope) -> set[str]:
    others = Customer.objects.filter(name__in=names).exclude(id__in=scope.customers).values_list("name", flat=True)
    traits = Trait.objects.filter(field="name", value__in=names).exclude(of_identity(scope)).values_list("value", flat=True)
    return {*others, *traits}


def keeps(identity_ids: Collection[int]) -> set[int]:
    """Whom another system knows, or a colleague said something about."""
    ids = bulk.among(identity_ids)
    known = {
        i
        for model in (*TOLD, Facet, Visit)
        for i in model.objects.filter(identity_id__in=ids).values_list("identity_id", flat=True)
    }
    pairs = IdentityLink.objects.filter(Q(left_id__in=ids) | Q(right_id__in=ids))
    judged = pairs.exclude(author=None).values_list("left_id", "right_id")
    return known | ({i for pair in judged for i in pair} & set(identity_ids))


rooms.plug(
    "identity",
    Room(
        holdings=[
            Holding(
                ImportChange,
                "What imports changed about them",
                holds=["before"],
                none=["kind"],
                of=changes,
                sweep="delete",
            ),
            Holding(
                ImportBatch,
                "Imports",
                holds=["file_name", "reasons", "kept"],
                none=["source", "kind", "mapping"],
                sweep="redact",
            ),
            Holding(ImportReject, "Rows that imports left out", holds=["why", "row"], sweep="delete"),
            Holding(
                ImportJob,
                "Imports under way",
                holds=["name", "counts", "problem"],
                none=["key", "kind", "source", "mapping", "columns", "claimed_by"],
                sweep="redact",
            ),
            Holding(
                PageView,
                "Pages they looked at",
                holds=["url", "title", "detail"],
                none=["key", "kind"],
                of=lambda s: Q(visit__identity_id__in=s.identities),
            ),
            Holding(Visit, "Visits", holds=["referrer", "key"], none=["agreed_to"], of=of_identity),
            told(OrderLine, "What they bought", ["of_order", "serial"], ["sku", "name"]),
            told(Payment, "Payments", ["of_order"], ["status", "method", "currency"]),
            told(Return, "Returns", ["of_order", "reason"], ["status", "currency"]),
            told(Shipment, "Shipments", ["of_order", "tracking", "postcode"], ["status", "carrier"]),
            told(Order, "Orders", ["number", "note"], ["status", "currency", "channel"]),
            Holding(Value, "What they are worth", none=["currency"], of=of_identity),
            told(
                ServiceRecord, "Service elsewhere", ["number", "subject", "summary", "link"], ["status", "channel", "handled_by"]
            ),
            told(Membership, "Where they work", ["title"]),
            Holding(
                Relation,
                "Whom they belong with",
                holds=["external_id"],
                none=["source", "digest"],
                of=lambda s: Q(identity_id__in=s.identities) | Q(other_id__in=s.identities),
            ),
            told(Owner, "Who looks after them"),
            Holding(
                Vouched,
                "Addresses that a system vouches for",
                of=lambda s: Q(identity_id__in=s.identities) | Q(record__identity_id__in=s.identities),
            ),
            told(Record, "Records of other systems"),
            Holding(Trait, "What is said about them", holds=["value"], none=["field", "source"], of=of_identity),
            Holding(Facet, "How their faces are treated", holds=["audience", "tone"], of=of_identity),
            Holding(MatchKey, "What they are compared by", of=of_identity),
            Holding(ReviewPair, "Pairs that were judged", holds=["parts"], none=["weights_version"], of=of_pair),
            Holding(
                IdentityLink,
                "Why they are one person",
                holds=["why", "parts"],
                none=["weights_version"],
                of=of_pair,
                erase=erase_beliefs,
                sweep="redact",
            ),
            Holding(
                Face,
                "Their faces",
                holds=["certain_key"],
                of=of_identity,
                erase=nothing_more,
            ),
            Holding(Customer, "The customer", holds=["name"], of=lambda s: Q(id__in=s.customers), erase=nothing_more),
        ],
        nobodys={
            Organisation: "a company or club, which is no person",
            Site: "a web site of ours",
            Findable: "how far customers can be searched for",
            TermCount: "how many people have a value, without the value",
            MatchWeights: "what was learnt: sums over thousands of people",
            MatchedUpTo: "how far was looked for matches",
        },
        traces=traces,
        namesakes=namesakes,
        keeps=keeps,
        indexes=[finding.index],
    ),
)

for _kind in retention.KINDS:
    kinds.plug(_kind.key, _kind)

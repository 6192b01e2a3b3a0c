"""The nouns of this room: who people are believed to be, and why."""

from heard.identity.models.finding import Findable
from heard.identity.models.jobs import ImportJob, ImportReject
from heard.identity.models.matching import MatchedUpTo, MatchKey, MatchWeights, ReviewPair, TermCount, Trait
from heard.identity.models.people import Customer, Face, Facet, IdentityLink, Organisation
from heard.identity.models.records import (
    ImportBatch,
    ImportChange,
    Membership,
    Order,
    OrderLine,
    Owner,
    PageView,
    Payment,
    Record,
    Relation,
    Return,
    ServiceRecord,
    Shipment,
    Site,
    Value,
    Visit,
    Vouched,
)

__all__ = [
    "Customer",
    "Face",
    "Facet",
    "Findable",
    "IdentityLink",
    "ImportBatch",
    "ImportChange",
    "ImportJob",
    "ImportReject",
    "MatchKey",
    "MatchWeights",
    "MatchedUpTo",
    "Membership",
    "Order",
    "OrderLine",
    "Organisation",
    "Owner",
    "PageView",
    "Payment",
    "Record",
    "Relation",
    "Return",
    "ReviewPair",
    "ServiceRecord",
    "Shipment",
    "Site",
    "TermCount",
    "Trait",
    "Value",
    "Visit",
    "Vouched",
]

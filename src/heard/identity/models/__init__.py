"""The nouns of this room: who people are believed to be, and why."""

from heard.identity.models.matching import ReviewPair, Trait
from heard.identity.models.people import Customer, Face, IdentityLink, Organisation
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
    "IdentityLink",
    "ImportBatch",
    "ImportChange",
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
    "Trait",
    "Value",
    "Visit",
    "Vouched",
]

"""The kinds that are one row each: their table, and which of its columns an entry fills."""

from decimal import Decimal
from typing import Any, NamedTuple

from heard.identity.models import (
    Membership,
    Order,
    OrderLine,
    Owner,
    Payment,
    Relation,
    Return,
    ServiceRecord,
    Shipment,
)
from heard.identity.models.records import Told

TOLD = ("identity_id", "batch_id", "digest", "told_at")


class Table(NamedTuple):
    """`columns`: {field: what stands there when nothing is said}."""

    model: type[Told]
    columns: dict[str, Any]

    @property
    def written(self) -> list[str]:
        return [*TOLD, *self.columns]


TABLES = {
    "order": Table(
        Order, {"number": "", "status": "", "currency": "", "total": None, "placed_at": None, "channel": "", "note": ""}
    ),
    "order_line": Table(
        OrderLine, {"of_order": "", "sku": "", "name": "", "quantity": Decimal(1), "unit_price": None, "serial": ""}
    ),
    "payment": Table(Payment, {"of_order": "", "status": "", "method": "", "currency": "", "amount": None, "paid_at": None}),
    "return": Table(Return, {"of_order": "", "status": "", "reason": "", "currency": "", "amount": None, "returned_at": None}),
    "shipment": Table(
        Shipment,
        {
            "of_order": "",
            "status": "",
            "carrier": "",
            "tracking": "",
            "postcode": "",
            "shipped_at": None,
            "delivered_at": None,
        },
    ),
    "service": Table(
        ServiceRecord,
        {
            "number": "",
            "subject": "",
            "summary": "",
            "status": "",
            "channel": "",
            "handled_by": "",
            "link": "",
            "opened_at": None,
            "closed_at": None,
        },
    ),
    "relation": Table(Relation, {"other_id": None, "kind": ""}),
    "membership": Table(Membership, {"organisation_id": None, "title": ""}),
    "owner": Table(Owner, {"member_id": None}),
}

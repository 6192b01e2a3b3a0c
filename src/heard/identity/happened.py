"""What other systems tell of a customer, on their timeline: orders, payments, returns, shipments, service elsewhere and visits."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from heard.governance.permissions import Viewer
from heard.identity.models import Order, OrderLine, PageView, Payment, Return, ServiceRecord, Shipment, Visit
from heard.identity.selectors import visible_faces
from heard.identity.slots import Happenings
from heard.kernel import bulk
from heard.kernel.prepared import given_ids, prepared

TEMPLATE = "identity/happened/record.html"
NAMED = 3  # things of an order, pages of a visit


class Line(NamedTuple):
    """`what` is the line itself, `more` what is said after it; `link` leads to the other system, "" for nowhere."""

    id: int
    icon: str
    what: str
    more: tuple[str, ...]
    at: datetime
    link: str = ""


def money(amount: Decimal | float | None, currency: str) -> str:
    return "" if amount is None else f"{amount:,.2f} {currency}".strip()


def seen(model: type[Model]) -> Callable[[Viewer, RawSQL], QuerySet]:
    """Rows of these identities, of those that the viewer sees."""

    def of(viewer: Viewer, identity_ids: RawSQL) -> QuerySet:
        rows = model._default_manager.filter(identity_id__in=identity_ids)
        if viewer.sees_every_team:
            return rows
        return rows.filter(Exists(visible_faces(viewer).filter(identity_id=OuterRef("identity_id"))))

    return of


def _said(*parts: str) -> tuple[str, ...]:
    return tuple(p for p in parts if p)


def _rows(model: type[Model], *columns: str) -> Callable[[Sequence[int]], list[tuple]]:
    @prepared
    def asked() -> QuerySet:
        return model._default_manager.filter(id__in=given_ids("ids")).values_list("id", *columns)

    return lambda ids: list(asked(ids=ids))


_orders = _rows(Order, "number", "total", "currency", "status", "channel", "placed_at", "source", "external_id")
_payments = _rows(Payment, "amount", "currency", "of_order", "status", "method", "paid_at")
_returns = _rows(Return, "of_order", "reason", "amount", "currency", "status", "returned_at")
_shipments = _rows(Shipment, "of_order", "carrier", "tracking", "status", "shipped_at", "delivered_at")
_service = _rows(ServiceRecord, "subject", "number", "status", "channel", "handled_by", "opened_at", "link", "source")
_visits = _rows(Visit, "site__name", "pages", "started_at", "referrer")


def orders(viewer: Viewer, ids: Sequence[int]) -> dict[int, Line]:
    rows = _orders(ids)
    things = lines_of((source, number) for *_, source, number in rows)
    return {
        id_: Line(
            id_, "tag", f"Order {number}", _said(money(total, currency), status, channel, _few(things.get((source, own), []))), at
        )
        for id_, number, total, currency, status, channel, at, source, own in rows
    }


def lines_of(orders_: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """{(source, external id of an order): what was bought}, in one query."""
    found: dict[tuple[str, str], list[str]] = {}
    for source, order, name, quantity in bulk.select(OrderLine, ["source", "of_order"], orders_, ["name", "quantity"]):
        found.setdefault((source, order), []).append(name if quantity == 1 else f"{float(quantity):g} × {name}")
    return found


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def payments(viewer: Viewer, ids: Sequence[int]) -> dict[int, Line]:
    return {
        id_: Line(id_, "check-check", f"Paid {money(amount, currency)}", _said(order and f"order {order}", method, status), at)
        for id_, amount, currency, order, status, method, at in _payments(ids)
    }


def returns(viewer: Viewer, ids: Sequence[int]) -> dict[int, Line]:
    return {
        id_: Line(
            id_,
            "rotate-ccw",
            f"Returned order {order}" if order else "Returned something",
            _said(reason, amount and f"{money(amount, currency)} given back", status),
            at,
        )
        for id_, order, reason, amount, currency, status, at in _returns(ids)
    }


def shipments(viewer: Viewer, ids: Sequence[int]) -> dict[int, Line]:
    return {
        id_: Line(
            id_,
            "send",
            f"Shipped order {order}" if order else "Shipped a parcel",
            _said(carrier, tracking, status, f"delivered {delivered_at:%Y-%m-%d}" if delivered_at else ""),
            at,
        )
        for id_, order, carrier, tracking, status, at, delivered_at in _shipments(ids)
    }


def service(viewer: Viewer, ids: Sequence[int]) -> dict[int, Line]:
    return {
        id_: Line(id_, "wrench", subject, _said(f"{source} {number}".strip(), status, channel, handled_by), at, link)
        for id_, subject, number, status, channel, handled_by, at, link, source in _service(ids)
    }


def visits(viewer: Viewer, ids: Sequence[int]) -> dict[int, Line]:
    looked_at: dict[int, list[str]] = {}
    for visit, title, url, detail in bulk.select(PageView, ["visit_id"], [(i,) for i in ids], ["title", "url", "detail"]):
        looked_at.setdefault(visit, []).append(detail or title or url)
    return {
        id_: Line(
            id_, "globe", f"Visited {site}", _said(f"{pages} pages" if pages != 1 else "1 page", _few(looked_at.get(id_, []))), at
        )
        for id_, site, pages, at, _ in _visits(ids)
    }


def _kind(
    name: str, plural: str, model: type[Model], moment: str, tell: Callable[[Viewer, Sequence[int]], dict[int, Any]]
) -> Happenings:
    return Happenings(name, plural, moment, seen(model), tell, TEMPLATE)


KINDS = (
    _kind("order", "Orders", Order, "placed_at", orders),
    _kind("payment", "Payments", Payment, "paid_at", payments),
    _kind("return", "Returns", Return, "returned_at", returns),
    _kind("shipment", "Shipments", Shipment, "shipped_at", shipments),
    _kind("service", "Service elsewhere", ServiceRecord, "opened_at", service),
    _kind("visit", "Visits", Visit, "started_at", visits),
)

"""REST: other systems bring what they know of people, with the token of a REST API account; colleagues read it with their session."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema
from ninja.errors import HttpError
from pydantic import AwareDatetime

from heard.governance.api import Colleague, Problem
from heard.identity import directory, pages
from heard.identity.clickstream import look_at, open_site
from heard.identity.importing.entries import BadRow, Entry, reader
from heard.identity.importing.keep import CHANGED, NEW, SAME, keep
from heard.identity.importing.kinds import KINDS
from heard.identity.importing.people import Teller
from heard.identity.importing.plan import OURS
from heard.identity.models import Customer
from heard.identity.rules.clickstream import Looked
from heard.identity.told import MOMENTS, rows_of
from heard.identity.worth import known_of
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening.api import MOST_BYTES, MOST_ITEMS, Token

router = Router(tags=["Records"])
CustomerId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Kind = Literal["contact", "order", "order_line", "payment", "return", "shipment", "service", "relation"]
ReadKind = Annotated[str, Path(max_length=20, description="One of " + ", ".join(MOMENTS))]
_ROWS = msgspec.json.Decoder(list[dict[str, Any]])
_EVENTS = msgspec.json.Decoder(list[dict[str, Any]])


class Refusal(Schema):
    index: int = Field(description="Place in the list that was sent, from 0")
    error: str


class Brought(Schema):
    """received = new + changed + same + the number of `refused`."""

    received: int
    new: int
    changed: int
    same: int
    refused: list[Refusal]


class Visited(Schema):
    """received = new + doubled + the number of `refused`."""

    received: int
    new: int
    doubled: int
    refused: list[Refusal]


class WorthOut(Schema):
    recency_days: int
    frequency: int
    money: dict[str, str] = Field(description="{currency: sum}, less what was given back")


class KnownOut(Schema):
    worth: WorthOut | None
    organisations: list[str]
    owner: str
    records: list[dict[str, str]] = Field(description="{source, number} of each system that knows them")


class RowOut(Schema):
    id: int
    source: str
    external_id: str
    at: datetime
    values: dict[str, Any]


class RowPage(Schema):
    rows: list[RowOut]
    next: int | None


class AddressOut(Schema):
    network: str
    address: str


class CustomerOut(Schema):
    id: int
    name: str
    addresses: list[AddressOut] = Field(description="Those that you may know of")
    spoke: int = Field(description="How often, as far as you may read it")
    last_at: AwareDatetime | None


class CustomerPage(Schema):
    customers: list[CustomerOut]
    next: int | None


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": MOST_ITEMS},
            }
        },
    }
}
SOURCE = Query(OURS, pattern=r"^[a-z0-9][a-z0-9_. -]{0,39}$", description="The system whose numbers these are")


@router.post(
    "/records/{kind}",
    auth=Token(),
    response={200: Brought, 400: Problem, 401: Problem, 403: Problem, 413: Problem, 429: Problem},
    operation_id="bring_records",
    summary="Bring up to 1,000 people, orders, payments, returns, shipments or service records",
    openapi_extra=BODY,
)
def bring_records(request: HttpRequest, kind: Kind, source: str = SOURCE):
    """The fields of each kind are those of `heard import`. What can be kept is kept, the others are named in `refused`. May be
    repeated: a record is known by its `id` in its source; one that says something new is changed."""
    _check_bearer(request)
    rows = _list(request, _ROWS)
    read = reader(KINDS[kind], {f.name: f.name for f in KINDS[kind].fields})
    entries: list[tuple[int, Entry]] = []
    refused: list[dict[str, Any]] = []
    for index, row in enumerate(rows):
        try:
            entries.append((index, read({k: ";".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items()})))
        except BadRow as error:
            refused.append({"index": index, "error": str(error)})
    with bulk.one_writer():
        outcomes = keep([e for _, e in entries], Teller(source, now()))
    for (index, _), outcome in zip(entries, outcomes, strict=True):
        if outcome not in (NEW, CHANGED, SAME):
            refused.append({"index": index, "error": outcome})
    counts = {name: outcomes.count(name) for name in (NEW, CHANGED, SAME)}
    return 200, {"received": len(rows), **counts, "refused": sorted(refused, key=lambda r: r["index"])}


@router.post(
    "/sites/{slug}/events",
    auth=Token(),
    response={200: Visited, 400: Problem, 401: Problem, 403: Problem, 404: Problem, 413: Problem, 429: Problem},
    operation_id="bring_visits",
    summary="Bring up to 1,000 things that visitors of a site did who agreed to it",
    openapi_extra=BODY,
)
def bring_visits(
    request: HttpRequest,
    slug: Annotated[str, Path(max_length=24, description="The key in the address of its script")],
    source: str = SOURCE,
):
    """For servers, which may also say who is signed in: `customer` is their number in `source`. Each event needs `agreed_at`, when
    the visitor agreed to be remembered. May be repeated: (`visit`, `key`) is kept once."""
    _check_bearer(request)
    site = open_site(slug)
    if site is None:
        raise HttpError(404, "There is no such site, or it is switched off.")
    rows = _list(request, _EVENTS)
    told: list[Looked] = []
    places: list[int] = []
    refused: list[dict[str, Any]] = []
    for index, row in enumerate(rows):
        try:
            told.append(msgspec.convert(row, Looked))
            places.append(index)
        except msgspec.ValidationError as error:
            refused.append({"index": index, "error": str(error)})
    kept = look_at(site, told, source=source)
    refused += [{"index": places[i], "error": why} for i, why in kept.refused]
    return 200, {
        "received": len(rows),
        "new": kept.new,
        "doubled": kept.doubled,
        "refused": sorted(refused, key=lambda r: r["index"]),
    }


@router.get(
    "/customers",
    auth=Colleague(),
    response={200: CustomerPage, 400: Problem, 401: Problem},
    operation_id="customers",
    summary="Customers found by a name, handle, address, number, postcode, order or organisation",
)
def customers(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=1, max_length=200, description="As one types it: the beginning of each word is enough")],
    below: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next` of the page before")] = None,
):
    """Forty at a time, the last met first; only by addresses that you may know of."""
    viewer = request.viewer  # type: ignore[attr-defined]
    part = directory.named(viewer, q, directory.Place(face=below))
    found = [
        {
            "id": row.id,
            "name": row.name,
            "addresses": [{"network": face.network, "address": face.address} for face in row.faces],
            "spoke": row.spoke,
            "last_at": row.last_at,
        }
        for row in directory.rows(viewer, part.customer_ids)
    ]
    return {"customers": found, "next": part.older.face if part.older else None}


@router.get(
    "/customers/{customer_id}/known",
    auth=Colleague(),
    response={200: KnownOut, 401: Problem, 404: Problem},
    operation_id="customer_known",
    summary="What other systems know of a customer: worth, organisations, who looks after them",
)
def customer_known(request: HttpRequest, customer_id: CustomerId):
    """404 also for one whom you may not see."""
    known = known_of(request.viewer, _identities(request, customer_id))  # type: ignore[attr-defined]
    found = known.worth
    return 200, {
        "worth": found
        and {
            "recency_days": found.recency_days,
            "frequency": found.frequency,
            "money": {currency: f"{total:.2f}" for currency, total in found.money.items()},
        },
        "organisations": [name for name, _ in known.organisations],
        "owner": known.owner[1] if known.owner else "",
        "records": [{"source": source, "number": number} for source, number in known.records],
    }


@router.get(
    "/customers/{customer_id}/records/{kind}",
    auth=Colleague(),
    response={200: RowPage, 401: Problem, 404: Problem},
    operation_id="customer_records",
    summary="Orders, their lines, payments, returns, shipments or service elsewhere of a customer, newest first",
)
def customer_records(
    request: HttpRequest,
    customer_id: CustomerId,
    kind: ReadKind,
    below: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
):
    """404 also for one whom you may not see, and for a kind that does not exist."""
    if kind not in MOMENTS:
        raise HttpError(404, f"There is no kind of that name; there are {', '.join(MOMENTS)}.")
    found = rows_of(kind, _identities(request, customer_id), below=below, limit=limit + 1)
    return 200, {"rows": found[:limit], "next": found[limit - 1]["id"] if len(found) > limit else None}


def _identities(request: HttpRequest, customer_id: int) -> list[int]:
    try:
        return pages.person(request.viewer, customer_id).identity_ids  # type: ignore[attr-defined]
    except Customer.DoesNotExist:
        raise HttpError(404, "There is no such customer.") from None


def _check_bearer(request: HttpRequest) -> None:
    if request.auth.account_kind != "api":  # type: ignore[attr-defined]
        raise HttpError(403, "This token belongs to an account of another kind; make one for a REST API account.")


def _list(request: HttpRequest, decoder: msgspec.json.Decoder) -> list[dict[str, Any]]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise HttpError(413, f"More than {MOST_BYTES // 2**20} MB; send shorter lists.")
    try:
        found = decoder.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise HttpError(400, f"Send a list of objects as JSON: {error}") from None
    if not found or len(found) > MOST_ITEMS:
        raise HttpError(400, f"Send a list of 1 to {MOST_ITEMS}.")
    return found

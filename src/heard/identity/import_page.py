"""What the pages of Settings, Import show: files that wait, what a file is taken for, and what became of each import."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from heard.governance.permissions import Viewer
from heard.identity.importing.columns import BadMapping, completed, guessed, likely_kind
from heard.identity.importing.exports import BY_NAME, Export, export_of
from heard.identity.importing.files import Skimmed, skim
from heard.identity.importing.kinds import KINDS, Kind
from heard.identity.importing.plan import OURS
from heard.identity.importing.uploads import path_of
from heard.identity.models import ImportBatch, ImportJob, ImportReject
from heard.listening.channels.file.sources import NotUnderstood

SHOWN = 20  # rows that are left out, on the page
PAST = 50  # imports on the list
KIND_WORDS = {
    "contact": _("People"),
    "order": _("Orders"),
    "order_line": _("Lines of orders"),
    "payment": _("Payments"),
    "return": _("Returns"),
    "shipment": _("Shipments"),
    "service": _("Service elsewhere"),
    "relation": _("Who belongs together"),
    "zendesk": _("Zendesk: tickets or people"),
    "freshdesk": _("Freshdesk: tickets"),
    "chatwoot": _("Chatwoot: conversations"),
    "hubspot": _("HubSpot: tickets"),
}
FIELD_WORDS = {
    "id": _("Number"),
    "customer": _("Customer number"),
    "email": _("Mail address"),
    "email_2": _("Second mail address"),
    "phone": _("Phone number"),
    "phone_2": _("Second phone number"),
    "name": _("Name"),
    "given_name": _("Given name"),
    "surname": _("Surname"),
    "birth_date": _("Date of birth"),
    "birth_place": _("Place of birth"),
    "gender": _("Gender"),
    "street": _("Street"),
    "postcode": _("Postcode"),
    "city": _("Town"),
    "country": _("Country"),
    "occupation": _("Occupation"),
    "handle": _("Handle"),
    "link": _("Link"),
    "organisation": _("Organisation"),
    "title": _("Their role there"),
    "owner": _("Who looks after them (mail address of a colleague)"),
    "may_offer": _("Newsletter and offers: yes or no"),
    "may_ask": _("Surveys: yes or no"),
    "agreed_at": _("When they said so"),
    "agreed_how": _("Where they said so"),
    "agreed_channel": _("Which channel they spoke about"),
    "number": _("Number that people use"),
    "placed_at": _("Ordered at"),
    "total": _("Total"),
    "currency": _("Currency"),
    "status": _("State"),
    "channel": _("Channel"),
    "note": _("Note"),
    "of_order": _("Number of the order"),
    "sku": _("Article number"),
    "quantity": _("Quantity"),
    "unit_price": _("Price of one"),
    "serial": _("Serial number"),
    "amount": _("Amount"),
    "method": _("Way of paying"),
    "paid_at": _("Paid at"),
    "reason": _("Reason"),
    "returned_at": _("Returned at"),
    "carrier": _("Carrier"),
    "tracking": _("Tracking number"),
    "shipped_at": _("Shipped at"),
    "delivered_at": _("Delivered at"),
    "subject": _("Subject"),
    "summary": _("What it was about"),
    "handled_by": _("Handled by"),
    "opened_at": _("Opened at"),
    "closed_at": _("Closed at"),
    "other": _("Number of the other customer"),
    "kind": _("How they belong together"),
}


class Choice(NamedTuple):
    """One field and the column that is taken for it. `always`: a constant instead. `example`: of the first row that has any."""

    field: str
    words: Any
    needed: bool
    column: str
    always: str
    takes_always: bool
    example: str


@dataclass(frozen=True)
class Sight:
    """What a file is taken for. `problem` says what is missing before it can be checked; "" for nothing."""

    kind_name: str
    source: str
    export: Export | None
    choices: list[Choice]
    columns: tuple[str, ...]
    unread: list[str]
    problem: str


def jobs(viewer: Viewer) -> QuerySet[ImportJob]:
    """Those of whoever may import; nobody else's."""
    rows = ImportJob.objects.select_related("member", "batch", "team")
    return rows if viewer.may("import.run") else rows.none()


def waiting(viewer: Viewer) -> QuerySet[ImportJob]:
    """Files that are not brought yet, newest first."""
    return jobs(viewer).filter(batch=None).order_by("-id")


def batches(viewer: Viewer) -> QuerySet[ImportBatch]:
    rows = ImportBatch.objects.select_related("member", "undone_by", "team").order_by("-id")
    return rows if viewer.may("import.run") else rows.none()


def job_of(viewer: Viewer, batch: ImportBatch) -> ImportJob | None:
    return jobs(viewer).filter(batch=batch).first()


def left_out(job: ImportJob, *, limit: int | None = None) -> list[tuple[int, str, Mapping[str, Any]]]:
    rows = ImportReject.objects.filter(job=job).order_by("number", "id").values_list("number", "why", "row")
    return list(rows[:limit] if limit else rows)


def since(viewer: Viewer, batch: ImportBatch) -> int:
    """How many imports came after it and stand: these are taken back first."""
    gone = Q(state=ImportBatch.State.UNDONE)
    return batches(viewer).filter(pk__gt=batch.pk).exclude(gone).count()


def sight(job: ImportJob, *, kind: str = "") -> Sight:
    """`kind`: look at it as if it were that; "" for what was agreed on, or else is guessed. Raises NotUnderstood."""
    path = path_of(job.key, job.name)
    if not job.key or not path.is_file():
        raise NotUnderstood(str(_("The file is no longer here; bring it again.")))
    skimmed = skim(path)
    wanted = kind or job.kind
    export = BY_NAME.get(wanted) if wanted else export_of(skimmed.examples)
    source = job.source or (export.name if export else OURS)
    if export is not None:
        return Sight(export.name, source, export, [], skimmed.columns, [], "")
    found = KINDS.get(wanted) or likely_kind(skimmed.columns)
    mapping = dict(job.mapping) if job.mapping and job.kind == found.name else guessed(found, skimmed.columns)
    return Sight(
        found.name,
        source,
        None,
        [_choice(field, mapping.get(field.name, ""), skimmed) for field in found.fields],
        skimmed.columns,
        [c for c in skimmed.columns if c not in mapping.values()],
        _missing(found, mapping),
    )


def _choice(field: Any, column: str, skimmed: Skimmed) -> Choice:
    always = column[1:] if column.startswith("=") else ""
    shown = next((str(v)[:80] for row in skimmed.examples if (v := _value(row, column)) not in (None, "")), "")
    words = FIELD_WORDS.get(field.name, field.name)
    takes = field.type == "text" and field.most <= 60 and not field.trait or field.name in ("agreed_at", "agreed_how")
    return Choice(field.name, words, field.needed, "" if always else column, always, takes, always or shown)


def _value(row: Mapping[str, Any], column: str) -> Any:
    if column in row:
        return row[column]
    value: Any = row
    for step in column.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _missing(kind: Kind, mapping: Mapping[str, str]) -> str:
    try:
        completed(kind, mapping, {})
    except BadMapping as error:
        return str(error)
    return ""

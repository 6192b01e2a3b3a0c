"""Rows of other systems as they were told, for other systems to read again."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from heard.identity.importing.tables import TABLES
from heard.kernel import bulk

MOMENTS = {
    "order": "placed_at",
    "payment": "paid_at",
    "return": "returned_at",
    "shipment": "shipped_at",
    "service": "opened_at",
    "order_line": "told_at",
}


def rows_of(kind: str, identity_ids: Sequence[int], *, below: int | None, limit: int) -> list[dict[str, Any]]:
    """Of identities that the caller may know, the newest told first, from below that id on."""
    table = TABLES[kind]
    rows = table.model._default_manager.filter(identity_id__in=bulk.among(identity_ids)).order_by("-pk")
    if below is not None:
        rows = rows.filter(pk__lt=below)
    return [
        {
            "id": row.pk,
            "source": row.source,
            "external_id": row.external_id,
            "at": getattr(row, MOMENTS[kind]),
            "values": {name: _plain(getattr(row, name)) for name in table.columns},
        }
        for row in rows[:limit]
    ]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value.isoformat() if isinstance(value, datetime) else value

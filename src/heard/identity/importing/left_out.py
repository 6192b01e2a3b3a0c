"""The rows that an import on a page leaves out: kept in the store, so that a reload finds them and an erasure reads them."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from heard.identity.importing.rejects import ROW, WHY, cell
from heard.identity.models import ImportReject
from heard.kernel import bulk

MOST_KEPT = 10_000  # rows of one import; more are counted, with their reasons
FIELDS = ["job_id", "number", "why", "row"]


class StoredRejects:
    """As rejects.Rejects. `flush` belongs into the transaction of the rows beside which these stood."""

    def __init__(self, job_id: int, *, known: int = 0) -> None:
        self._job_id, self._room = job_id, MOST_KEPT - known
        self._rows: list[list[Any]] = []

    def write(self, number: int, why: str, row: Mapping[str, Any]) -> None:
        if self._room > 0:
            self._room -= 1
            plain = msgspec.Raw(msgspec.json.encode(row, enc_hook=str).replace(b"\\u0000", b""))
            self._rows.append([self._job_id, number, why[:400].replace("\0", ""), plain])

    def flush(self) -> None:
        rows, self._rows = self._rows, []
        bulk.insert(ImportReject, FIELDS, rows)

    def close(self) -> None:
        self.flush()


def as_csv(columns: Sequence[str], rejects: Iterable[tuple[int, str, Mapping[str, Any]]]) -> str:
    """A file like the one that was brought, with number and reason in front: to be mended and brought again."""
    found = list(rejects)
    wanted = dict.fromkeys(c for c in columns if c not in (ROW, WHY))
    names = [*wanted, *(c for c in dict.fromkeys(c for *_, row in found for c in row) if c not in (*wanted, ROW, WHY))]
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([ROW, WHY, *names])
    table.writerows([number, why, *(cell(_plain(row.get(c))) for c in names)] for number, why, row in found)
    return out.getvalue()


def _plain(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list) else value

"""The rows that were refused, in a file like the one they came from, each with its reason: to be mended and brought again."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TextIO

import msgspec

ROW, WHY = "row", "why it was refused"
TABLES = ("csv", "xlsx")


def beside(path: Path, format_: str) -> Path:
    """customers.csv → customers.rejects.csv, in the same folder."""
    return path.with_name(f"{path.name.split('.')[0]}.rejects.{'csv' if format_ in TABLES else 'jsonl'}")


class Refused(Protocol):
    """Where refused rows go."""

    def write(self, number: int, why: str, row: Mapping[str, Any]) -> None: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...


class Rejects:
    """Writes `path` when the first row is refused; an earlier file of that name is replaced then. None keeps nothing."""

    def __init__(self, path: Path | None, columns: Sequence[str], *, is_table: bool) -> None:
        self.path, self._columns, self._is_table = path, [c for c in columns if c not in (ROW, WHY)], is_table
        self._file: TextIO | None = None
        self._writer: Any = None

    def write(self, number: int, why: str, row: Mapping[str, Any]) -> None:
        if self.path is None:
            return
        if self._file is None:
            self._file = self.path.open("w", newline="", encoding="utf-8")
            self._writer = csv.writer(self._file) if self._is_table else None
            if self._writer is not None:
                self._writer.writerow([ROW, WHY, *self._columns])
        if self._writer is not None:
            self._writer.writerow([number, why, *(cell(row.get(c)) for c in self._columns)])
        else:
            self._file.write(msgspec.json.encode({ROW: number, WHY: why, **row}, enc_hook=str).decode() + "\n")

    def flush(self) -> None:
        """A file needs none."""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def cell(value: Any) -> Any:
    """A spreadsheet must not take somebody's text for a formula; what is read back is the text again."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "@") else value

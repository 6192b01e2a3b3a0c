"""The rows of a file: CSV, JSONL, one JSON array, XLSX; each but the last also gzipped. Read as a stream, a row at a time."""

import csv
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple
from zipfile import BadZipFile

import msgspec

from heard.listening.channels.file.shape import columns_of
from heard.listening.channels.file.sources import NotUnderstood, encoding_of, unpacked

SAMPLE_BYTES = 256 * 1024
LONGEST_ROW = 32 * 1024 * 1024
EXAMPLES = 3
LISTS = ("data", "payload", "results", "tickets", "users", "contacts", "customers", "conversations", "orders", "organizations")
MOST_BESIDE = 6  # what an interface says beside its list: how many there are, where the next page is
_BETWEEN = re.compile(r"[\s,]*")
Format = Literal["csv", "jsonl", "json", "xlsx"]


class Found(NamedTuple):
    """One row with its number (a header is row 1), or the reason why it cannot be read."""

    number: int
    row: Mapping[str, Any]
    refused: str = ""


@dataclass(frozen=True)
class Skimmed:
    """What a look at the beginning of a file tells."""

    format: Format
    columns: tuple[str, ...]
    examples: tuple[Mapping[str, Any], ...]
    encoding: str = "utf-8"
    delimiter: str = ","


def skim(path: Path) -> Skimmed:
    """Raises NotUnderstood."""
    if path.suffix.lower() == ".xlsx":
        return _with_examples(path, Skimmed("xlsx", (), ()))
    try:
        with path.open("rb") as file, unpacked(file) as content:
            sample = content.read(SAMPLE_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise NotUnderstood(f"{path.name} cannot be read: {error}") from error
    start = sample.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise NotUnderstood(f"{path.name} is empty")
    if start.startswith(b"PK\x03\x04"):
        raise NotUnderstood(f"{path.name} is packed; unpack it, or name it .xlsx if it is a spreadsheet")
    if start.startswith((b"[", b"{")):
        is_lines = start.startswith(b"{") and _is_row(start)
        return _with_examples(path, Skimmed("jsonl" if is_lines else "json", (), ()))
    encoding = encoding_of(sample)
    header = sample.decode(encoding, errors="replace").split("\n", 1)[0]
    return _with_examples(path, Skimmed("csv", (), (), encoding, max(",;\t|", key=header.count)))


def rows(path: Path, skimmed: Skimmed) -> Iterator[tuple[Found, float]]:
    """(row, how much of the file is read, 0..1). What breaks off says so in its last row."""
    size = max(1, path.stat().st_size)
    with path.open("rb") as file:
        number = 0
        try:
            if skimmed.format == "xlsx":
                yield from _of_spreadsheet(file)
                return
            with unpacked(file) as content:
                for found in _READ[skimmed.format](content, skimmed):
                    number = found.number
                    yield found, file.tell() / size
        except (EOFError, zlib.error, OSError, UnicodeDecodeError) as error:
            yield Found(number + 1, {}, f"the file breaks off here: {error}"), 1.0


def _is_row(start: bytes) -> bool:
    """Whether the first line is an object that is a row itself, rather than one that holds the list of them."""
    first, _, rest = start.partition(b"\n")
    try:
        row = msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    holds_the_list = not rest.strip() and len(row) <= MOST_BESIDE and any(isinstance(row.get(n), list | dict) for n in LISTS)
    return not holds_the_list


def _with_examples(path: Path, skimmed: Skimmed) -> Skimmed:
    examples: list[Mapping[str, Any]] = []
    columns: dict[str, None] = {}
    for found, _ in rows(path, skimmed):
        if not found.refused:
            examples.append(found.row)
            columns |= dict.fromkeys(columns_of(found.row))
        elif not examples and found.number <= 1:
            raise NotUnderstood(f"{path.name}: {found.refused}")
        if len(examples) >= EXAMPLES or found.number > 200:
            break
    if not examples:
        raise NotUnderstood(f"{path.name} has no rows")
    return Skimmed(skimmed.format, tuple(columns), tuple(examples), skimmed.encoding, skimmed.delimiter)


# ── One format each ─────────────────────────────────────────────────────────────────────────────────────────────────


def _of_table(content: BinaryIO, skimmed: Skimmed) -> Iterator[Found]:
    csv.field_size_limit(LONGEST_ROW)
    text = io.TextIOWrapper(content, encoding=skimmed.encoding, errors="replace", newline="")  # type: ignore[type-var]
    reader = csv.reader(text, delimiter=skimmed.delimiter)
    number = 0
    try:
        header = _named(next(reader, []))
        for number, values in enumerate(reader, 2):
            if not any(values):
                continue
            if len(values) > len(header) and any(values[len(header) :]):
                yield Found(
                    number, dict(zip(header, values, strict=False)), f"has {len(values)} values for {len(header)} columns"
                )
                continue
            yield Found(number, dict(zip(header, values, strict=False)))
    except csv.Error as error:
        yield Found(number + 1, {}, f"not CSV from here on: {error}")
    finally:
        text.detach()


def _named(header: list[Any]) -> list[str]:
    """Two columns of one name would hide each other."""
    names: list[str] = []
    for i, given in enumerate(header, 1):
        name = str(given if given is not None else "").strip() or f"column {i}"
        names.append(name if name not in names else f"{name} {i}")
    return names


def _of_lines(content: BinaryIO, _: Skimmed) -> Iterator[Found]:
    decode = msgspec.json.Decoder().decode
    number = 0
    while line := content.readline(LONGEST_ROW):
        number += 1
        body = line.strip(b"\xef\xbb\xbf \t\r\n")
        if not body:
            continue
        try:
            row = decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield Found(number, {}, f"is no JSON: {error}")
            continue
        yield Found(number, row) if isinstance(row, dict) else Found(number, {}, "is no JSON object")


def _of_array(content: BinaryIO, _: Skimmed) -> Iterator[Found]:
    """The objects of the first array, which may stand inside an object ({"tickets": [...]}). Never more than one in memory."""
    text = io.TextIOWrapper(content, encoding="utf-8-sig")  # type: ignore[type-var]
    decoder, buffer, at, number = json.JSONDecoder(), "", 0, 0
    try:
        while "[" not in buffer and (more := text.read(SAMPLE_BYTES)):
            buffer += more
        at = buffer.find("[") + 1
        if not at:
            yield Found(1, {}, "holds no list")
            return
        while True:
            at = _BETWEEN.match(buffer, at).end()  # type: ignore[union-attr]  # it matches nothing, too
            if buffer.startswith("]", at):
                return
            try:
                row, at = decoder.raw_decode(buffer, at)
            except json.JSONDecodeError as error:
                buffer, at = buffer[at:], 0
                more = text.read(max(SAMPLE_BYTES, len(buffer)))
                if not more or len(buffer) > LONGEST_ROW:
                    yield Found(number + 1, {}, f"not JSON from here on: {error.msg}")
                    return
                buffer += more
                continue
            number += 1
            yield Found(number, row) if isinstance(row, dict) else Found(number, {}, "is no JSON object")
    finally:
        text.detach()


def _of_spreadsheet(file: BinaryIO) -> Iterator[tuple[Found, float]]:
    """The first sheet. openpyxl reads it row by row; what it must hold is the list of different texts of the whole file."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        yield Found(1, {}, f"is no spreadsheet: {error}"), 1.0
        return
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write a wrong one
        lines = sheet.iter_rows(values_only=True)
        header = _named(list(next(lines, ())))
        for number, values in enumerate(lines, 2):
            if any(v not in (None, "") for v in values):
                yield Found(number, dict(zip(header, values, strict=False))), 0.5
    finally:
        book.close()


_READ = {"csv": _of_table, "jsonl": _of_lines, "json": _of_array}

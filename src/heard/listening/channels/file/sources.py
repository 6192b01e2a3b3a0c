"""What stands in a file: JSONL, CSV, mbox, a mail, a Maildir, a tar of mails; each also gzipped. Read as a stream.

Nothing here keeps more than one line, row or mail in memory, so a file may be larger than the machine.
"""

import codecs
import csv
import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
from msgspec import Struct

from heard.listening.channels.api.item import BadItem
from heard.listening.channels.contract import RawEvent
from heard.listening.channels.file import shape
from heard.listening.channels.file.rows import delivery_of, headers_of

MAIL = "message/rfc822"
LONGEST_LINE = 32 * 1024 * 1024
LONGEST_MAIL = 64 * 1024 * 1024
SAMPLE_BYTES = 256 * 1024
_MBOX_FROM = re.compile(rb"From \S.*\d{4}[^\d]*$")
_MAIL_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:[ \t]?\S?")
Format = Literal["jsonl", "csv", "mbox", "mail", "tar"]


class Piece(Struct, frozen=True, kw_only=True):
    """One thing found in a file: a delivery, or the reason why it is none."""

    where: str
    raw: RawEvent | None = None
    refused: str = ""


class Skimmed(Struct, frozen=True, kw_only=True):
    """What a look at the beginning of a file tells, for a person to agree with before anything is read."""

    format: Format
    columns: tuple[str, ...] = ()
    mapping: dict[str, str] = {}
    is_our_own: bool = False
    encoding: str = ""  # of CSV
    delimiter: str = ","


class NotUnderstood(ValueError):
    """Nothing we can read. The text names the file and what it was taken for."""


def files_in(path: Path) -> list[Path]:
    """The file itself, or everything in a folder and below, in a steady order. A Maildir's tmp is left alone."""
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".") and not _is_maildir_tmp(p))


def _is_maildir_tmp(path: Path) -> bool:
    return path.parent.name == "tmp" and (path.parent.parent / "cur").is_dir()


def skim(path: Path) -> Skimmed:
    """Raises NotUnderstood."""
    with path.open("rb") as file, unpacked(file) as content:
        sample = _start_of(content)
    format_ = _format(path, sample)
    if format_ == "jsonl":
        return _skim_rows(_first_object(path, sample))
    if format_ == "csv":
        return _skim_table(sample)
    return Skimmed(format=format_)


def pieces(file: BinaryIO, skimmed: Skimmed, *, name: str, mapping: dict[str, str]) -> Iterator[Piece]:
    """Everything in `file`, in order. `file.tell()` says how far it is; `mapping` is for rows that are not our own shape."""
    try:
        with unpacked(file) as content:
            yield from _pieces(content, skimmed, name, mapping)
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError) as error:
        yield Piece(where=name, refused=f"the file breaks off here: {error}")


def _pieces(content: BinaryIO, skimmed: Skimmed, name: str, mapping: dict[str, str]) -> Iterator[Piece]:
    match skimmed.format:
        case "jsonl":
            yield from _lines(content, name, {} if skimmed.is_our_own else mapping)
        case "csv":
            yield from _rows(content, skimmed, name, mapping)
        case "mbox":
            yield from _mbox(content, name)
        case "tar":
            yield from _tar(content, name)
        case "mail":
            yield _mail(content.read(LONGEST_MAIL + 1), name)


# ── What is it? ─────────────────────────────────────────────────────────────────────────────────────────────────────


def unpacked(file: BinaryIO) -> BinaryIO:
    """The content of a file that may be gzipped. Leaving it leaves `file` open, whose place says how far the reading is."""
    start = file.read(2)
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if start == b"\x1f\x8b" else _Left(file)  # type: ignore[return-value]


class _Left(io.BufferedReader):
    """The file itself, left open for whoever opened it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)  # type: ignore[arg-type]

    def __exit__(self, *_: object) -> None:
        self.detach()


def _start_of(content: BinaryIO) -> bytes:
    try:
        return content.read(SAMPLE_BYTES)
    except (OSError, EOFError) as error:
        raise NotUnderstood(f"the file cannot be unpacked: {error}") from error


def _format(path: Path, sample: bytes) -> Format:
    names = [s.lower() for s in path.suffixes]
    start = sample.lstrip(b"\xef\xbb\xbf \t\r\n")
    if sample[257:262] == b"ustar" or ".tar" in names or ".tgz" in names:
        return "tar"
    if _MBOX_FROM.match(sample.split(b"\n", 1)[0].rstrip(b"\r")) or ".mbox" in names:
        return "mbox"
    if start.startswith(b"{") or {".jsonl", ".ndjson"} & set(names):
        return "jsonl"
    if {".csv", ".tsv"} & set(names):
        return "csv"
    if ".eml" in names or path.parent.name in ("cur", "new") or _MAIL_HEADER.match(start):
        return "mail"
    if start.startswith(b"["):
        raise NotUnderstood(f"{path.name} is one JSON array; write it as one object a line, for example with jq -c '.[]'")
    if not start:
        raise NotUnderstood(f"{path.name} is empty")
    raise NotUnderstood(f"{path.name} is neither JSONL, CSV, mbox, a mail nor a tar of mails")


def _first_object(path: Path, sample: bytes) -> dict:
    for line in sample.splitlines():
        try:
            return msgspec.json.decode(line, type=dict)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    raise NotUnderstood(f"{path.name} has no line that is a JSON object")


def _skim_rows(row: dict) -> Skimmed:
    columns = shape.columns_of(row)
    if shape.is_our_own(row):
        return Skimmed(format="jsonl", columns=tuple(columns), is_our_own=True)
    return Skimmed(format="jsonl", columns=tuple(columns), mapping=shape.guessed(columns))


def _skim_table(sample: bytes) -> Skimmed:
    encoding = encoding_of(sample)
    text = sample.decode(encoding, errors="replace")
    delimiter = max(",;\t|", key=text.split("\n", 1)[0].count)
    header = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    return Skimmed(format="csv", columns=tuple(header), mapping=shape.guessed(header), encoding=encoding, delimiter=delimiter)


def encoding_of(sample: bytes) -> str:
    """UTF-8 or UTF-16 where it says so or fits; else what Western spreadsheets write."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # the sample may end inside a character
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


# ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lines(content: BinaryIO, name: str, mapping: dict[str, str]) -> Iterator[Piece]:
    headers = headers_of(mapping)
    number = 0
    while line := content.readline(LONGEST_LINE):
        number += 1
        if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
            _skip_line(content)
            yield Piece(where=f"{name}:{number}", refused=f"a line longer than {LONGEST_LINE // 2**20} MB")
        elif body := line.strip(b"\xef\xbb\xbf \t\r\n"):
            yield _row(body, headers, where=f"{name}:{number}")


def _skip_line(content: BinaryIO) -> None:
    while (part := content.readline(LONGEST_LINE)) and not part.endswith(b"\n"):
        continue


def _rows(content: BinaryIO, skimmed: Skimmed, name: str, mapping: dict[str, str]) -> Iterator[Piece]:
    csv.field_size_limit(LONGEST_LINE)
    text = io.TextIOWrapper(content, encoding=skimmed.encoding, errors="replace", newline="")  # type: ignore[type-var]
    headers = headers_of(mapping)
    reader = csv.DictReader(text, delimiter=skimmed.delimiter, restkey="", restval="")
    try:
        for row in reader:
            row.pop("", None)
            yield _row(msgspec.json.encode(row), headers, where=f"{name}:{reader.line_num}")
    except csv.Error as error:
        yield Piece(where=f"{name}:{reader.line_num}", refused=f"not CSV from here on: {error}")
    finally:
        text.detach()


def _row(body: bytes, headers: dict[str, str], *, where: str) -> Piece:
    """A row that cannot be read as a voice is refused here, where a person sees its line number."""
    try:
        return Piece(where=where, raw=delivery_of(body, headers))
    except BadItem as error:
        return Piece(where=where, refused=str(error))


# ── Mail ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _mbox(content: BinaryIO, name: str) -> Iterator[Piece]:
    """Mails begin with a "From " line after an empty one; "From " inside them was quoted with ">"."""
    mail, number, after_blank = bytearray(), 0, True
    for line in iter(lambda: content.readline(2**20), b""):
        if after_blank and _MBOX_FROM.match(line.rstrip(b"\r\n")):
            if number:
                yield _mail(_without_separator(mail), f"{name}:{number}")
            mail.clear()
            number += 1
        elif len(mail) <= LONGEST_MAIL:
            mail += line[1:] if re.match(rb">+From ", line) else line
            number = number or 1
        after_blank = line in (b"\n", b"\r\n")
    if number:
        yield _mail(_without_separator(mail), f"{name}:{number}")


def _without_separator(mail: bytearray) -> bytes:
    """The empty line after a mail belongs to the mbox: without it the mail is the same bytes as in a file of its own."""
    for ending in (b"\r\n", b"\n"):
        if mail.endswith(ending * 2):
            return bytes(mail[: -len(ending)])
    return bytes(mail)


def _tar(content: BinaryIO, name: str) -> Iterator[Piece]:
    with tarfile.open(fileobj=content, mode="r|") as tar:
        for member in tar:
            if member.isfile() and not Path(member.name).name.startswith("."):
                yield _member(tar, member, name)


def _member(tar: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> Piece:
    file = tar.extractfile(member)
    return _mail(file.read(LONGEST_MAIL + 1) if file else b"", f"{name}/{member.name}")


def _mail(mail: bytes, where: str) -> Piece:
    if mail.startswith(b"From ") and b"\n" in mail:
        mail = mail.split(b"\n", 1)[1]
    if not mail.strip():
        return Piece(where=where, refused="an empty mail")
    if len(mail) > LONGEST_MAIL:
        return Piece(where=where, refused=f"a mail larger than {LONGEST_MAIL // 2**20} MB")
    return Piece(where=where, raw=RawEvent(key=sha256(mail).hexdigest(), body=mail, content_type=MAIL))

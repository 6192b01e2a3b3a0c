"""Everything about a person in one file: to read in a browser, and line by line for another system, with their files.

index.html          what a person reads
data/MODEL.jsonl    every row of every table that is about them, one JSON object a line, as it is kept
files/              what was sent as a file, under the name that index.html shows
README.txt          what is in here, and what is not
"""

import base64
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from html import escape
from itertools import islice
from typing import IO, Any, BinaryIO, NamedTuple

from heard.governance import selectors
from heard.kernel.clock import now
from heard.kernel.holdings import Holding, Scope, all_voices_of, holdings

AT_ONCE = 500
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1d21;background:#fff}"
    "h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid #d8dade;padding-bottom:.3rem}"
    "dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.15rem 1rem;margin:1rem 0;padding:.8rem 1rem;"
    "border:1px solid #d8dade;border-radius:.5rem}dt{color:#5a5f69}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}"
    "@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}"
    "@media(prefers-color-scheme:dark){body{background:#15171b;color:#e7e9ee}h2,dl{border-color:#363a42}dt{color:#a3a9b4}"
    "a{color:#8ab4ff}}"
)
INNER = ("claimed_by", "lease_until", "idem", "request_key", "digest", "attempts", "due_at")  # of no meaning outside


class Stored(NamedTuple):
    """How files are opened, by sha256 (raises FileNotFoundError), and how they are safely called."""

    open: Callable[[str], BinaryIO]
    safe_name: Callable[[str], str]


def write(out: IO[bytes], name: str, scope: Scope, *, stored: Stored) -> dict[str, int]:
    """The archive about `scope`, whom `name` is for people. Returns {title: rows}. Holds a few hundred rows at a time in memory."""
    voices = all_voices_of(scope.identities)
    counts: dict[str, int] = {}
    files: dict[str, str] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, tempfile.TemporaryFile("w+", encoding="utf-8") as page:
        for holding in _in_reading_order():
            written = _write_rows(archive, page, holding, _rows(holding, scope, voices), files, stored)
            if written:
                counts[holding.title] = written
        _write_files(archive, files, stored)
        page.seek(0)
        with archive.open("index.html", "w") as index:
            index.write(_head(name, counts).encode())
            while part := page.read(65536):
                index.write(part.encode())
            index.write(b"</main></body></html>\n")
        archive.writestr("README.txt", _readme(name, counts))
    return counts


def counted(scope: Scope) -> list[tuple[str, int]]:
    """What `write` would write: (title, rows), most first."""
    voices = all_voices_of(scope.identities)
    counts = [(h.title, sum(1 for _ in _ids(h, scope, voices))) for h in _in_reading_order()]
    return sorted(((title, rows) for title, rows in counts if rows), key=lambda row: (-row[1], row[0]))


def _in_reading_order() -> list[Holding]:
    """Who they are comes first: the earliest room first, in each what it is about before what hangs on it."""
    return [h for _, h in reversed(list(holdings())) if not h.not_exported]


def _ids(holding: Holding, scope: Scope, voices: list[int]) -> Iterator[int]:
    """Each row once, whatever led to it."""
    seen: set[int] = set()
    parts = [Scope(voices=voices[n : n + AT_ONCE]) for n in range(0, len(voices), AT_ONCE)]
    for asked in (Scope(scope.identities, scope.customers), *parts):
        for id_ in holding.rows(asked).order_by("pk").values_list("pk", flat=True):
            if id_ not in seen:
                seen.add(id_)
                yield id_


def _rows(holding: Holding, scope: Scope, voices: list[int]) -> Iterator[dict[str, Any]]:
    names = [f.attname for f in holding.model._meta.concrete_fields if f.name not in INNER]
    found = _ids(holding, scope, voices)
    while ids := list(islice(found, AT_ONCE)):
        for row in holding.model._default_manager.filter(pk__in=ids).order_by("pk").values_list(*names):
            yield dict(zip(names, row, strict=True))


def _write_rows(
    archive: zipfile.ZipFile,
    page: IO[str],
    holding: Holding,
    rows: Iterable[dict[str, Any]],
    files: dict[str, str],
    stored: Stored,
) -> int:
    count = 0
    with tempfile.TemporaryFile("w+b") as lines:
        for row in rows:
            if not count:
                page.write(f'<h2 id="{_anchor(holding.title)}">{escape(holding.title)}</h2>\n')
            count += 1
            if row.get("sha256"):
                row["file"] = files.setdefault(row["sha256"], f"files/{len(files) + 1}-{stored.safe_name(row.get('name', ''))}")
            lines.write(json.dumps(row, default=_plain, ensure_ascii=False).encode() + b"\n")
            page.write(_described(row))
        if count:
            lines.seek(0)
            with archive.open(f"data/{holding.model._meta.label_lower}.jsonl", "w") as member:
                while part := lines.read(65536):
                    member.write(part)
    return count


def _write_files(archive: zipfile.ZipFile, files: dict[str, str], stored: Stored) -> None:
    for sha256, name in files.items():
        try:
            with stored.open(sha256) as source, archive.open(name, "w") as member:
                while part := source.read(1 << 20):
                    member.write(part)
        except FileNotFoundError:
            archive.writestr(f"{name}.missing.txt", "This file was named but is not kept any more.\n")


def _described(row: dict[str, Any]) -> str:
    lines = []
    for name, value in row.items():
        if value in (None, "", [], {}) or name in ("sha256", "html", "id"):
            continue
        said = _readable(value)
        shown = f'<a href="{escape(said)}">{escape(said)}</a>' if name == "file" else escape(said)
        lines.append(f"<dt>{escape(name.removesuffix('_id').replace('_', ' '))}</dt><dd>{shown}</dd>")
    return f"<dl>{''.join(lines)}</dl>\n"


def _readable(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, dict | list):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    return "yes" if value is True else "no" if value is False else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    raise TypeError(type(value).__name__)


def _head(name: str, counts: dict[str, int]) -> str:
    contents = "".join(f'<li><a href="#{_anchor(title)}">{escape(title)}</a> ({count})</li>' for title, count in counts.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(name)}</title><style>{STYLE}</style></head><body><main><h1>What is kept about {escape(name)}</h1>"
        f"<p>By {escape(selectors.company().name)}, as of {now():%d %B %Y, %H:%M} UTC.</p><ul>{contents}</ul>\n"
    )


def _readme(name: str, counts: dict[str, int]) -> str:
    rows = "".join(f"  {count:>8}  {title}\n" for title, count in counts.items())
    left_out = "".join(f"  {h.title}: {h.not_exported}\n" for _, h in holdings() if h.not_exported)
    return (
        f"What {selectors.company().name} keeps about {name}, as of {now():%Y-%m-%d %H:%M} UTC.\n\n"
        "index.html is for reading. data/ holds the same for machines: one JSON object a line, moments in UTC (ISO 8601).\n"
        f"files/ holds what was sent as a file.\n\n{rows}\nNot in here:\n{left_out}"
        "  What others wrote in conversations that they share with this person: it is theirs.\n"
    )


def _anchor(title: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in title.lower())

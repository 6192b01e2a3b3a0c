"""Bulk writes: the one place with raw SQL for the write path, on SQLite and PostgreSQL alike.

A batch takes a constant number of statements whatever its size. Ids are reserved before the insert, so that rows of a
batch can point to each other without reading anything back. Callers run inside `one_writer()`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec
from django.db import connection, models, transaction
from django.db.models.expressions import RawSQL

from heard.kernel.asking import ask

WRITER_LOCK = 0x48454152  # any fixed number; "HEAR"
RECEIVER_LOCK = WRITER_LOCK + 1
TOGETHER = 20  # rows in one statement


@contextmanager
def one_writer(lock: int = WRITER_LOCK) -> Iterator[None]:
    """A transaction that no other bulk writer runs beside, so that read-then-insert is safe without a retry.

    SQLite has one writer anyway (BEGIN IMMEDIATE, see settings). PostgreSQL takes an advisory lock that ends with the
    transaction, kill -9 included; those who only keep what arrives have a lock of their own and never wait for a walk.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        yield


def expect_much() -> None:
    """This thread will write batch after batch: let SQLite keep more of the store at hand, and copy its log less often.

    64 MB each. On a store of a million interactions every new voice touches pages that lie far apart.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -65536")
            cursor.execute("PRAGMA wal_autocheckpoint = 16000")


def expect_much_in_little() -> None:
    """As `expect_much`, for a process of which the memory counts: half of the cache, and no part of the file mapped."""
    expect_much()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -32768")
            cursor.execute("PRAGMA mmap_size = 0")


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` ids that nobody else will get, ascending. Unused ones leave a gap, which is harmless."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # OFFSET 0 keeps the name of the sequence from being looked up again for each id.
            cursor.execute(
                "SELECT nextval(name) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name OFFSET 0) AS sequence, "
                "generate_series(1, %s)",
                [table, count],
            )
            return sorted(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        if row is None:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count])
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [count, table])
        return list(range(first, first + count))


def insert(
    model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]], *, ignore_conflicts: bool = False
) -> None:
    """Insert `rows`, each a sequence of python values in the order of `fields` (model field names; "x_id" for keys).

    A JSON column also takes msgspec.Raw, which is JSON already.
    """
    if not rows:
        return
    table, columns, writers = _plan(model, tuple(fields), connection.vendor)
    converted = _by_column(rows, writers)
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and not ignore_conflicts:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in converted:
                    copy.write_row(row)
            return
        ending = "ON CONFLICT DO NOTHING" if ignore_conflicts else ""
        _insert_together(cursor, f"INSERT INTO {table} ({names}) VALUES", len(columns), list(converted), ending)


def _insert_together(cursor: Any, begin: str, width: int, rows: list[Sequence[Any]], ending: str) -> None:
    """Rows by the score in each execution: half of what a row costs SQLite is the beginning and end of its statement."""
    marks = f"({', '.join(['%s'] * width)})"
    whole = len(rows) - len(rows) % TOGETHER
    if whole:
        scores = [list(chain.from_iterable(rows[i : i + TOGETHER])) for i in range(0, whole, TOGETHER)]
        cursor.executemany(f"{begin} {', '.join([marks] * TOGETHER)} {ending}", scores)
    if whole < len(rows):
        cursor.executemany(f"{begin} {marks} {ending}", rows[whole:])


def update(model: type[models.Model], key: str, fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set `fields` where `key` matches. Each row is the key's value followed by the new values in the order of `fields`.

    Of rows with one key the last counts.
    """
    if not rows:
        return
    rows = list({row[0]: row for row in rows}.values())
    table, (key_column, *columns), writers = _plan(model, (key, *fields), connection.vendor)
    converted = _by_column(rows, writers)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One statement that joins the new values costs the server a fraction of one for each row.
            arrays = ", ".join(f"%s::{_array_of(model._meta.get_field(f))}" for f in (key, *fields))
            sets = ", ".join(f"{c} = w.{c}" for c in columns)
            cursor.execute(
                f"UPDATE {table} t SET {sets} FROM unnest({arrays}) AS w({key_column}, {', '.join(columns)}) "
                f"WHERE t.{key_column} = w.{key_column}",
                [list(column) for column in zip(*converted, strict=True)],
            )
        else:
            sets = ", ".join(f"{c} = %s" for c in columns)
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {key_column} = %s", [(*new, k) for k, *new in converted])


def delete(model: type[models.Model], key: str, values: Iterable[int]) -> None:
    """Remove the rows whose `key` is one of `values`, and nothing else: what points to them must be gone or told before."""
    table, (column,), _ = _plan(model, (key,), connection.vendor)
    wanted = list(values)
    if not wanted:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DELETE FROM {table} WHERE {column} = ANY(%s::bigint[])", [wanted])
        else:
            cursor.execute(
                f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(%s))", [_JSON.encode(wanted).decode()]
            )


def count_up(model: type[models.Model], key: Sequence[str], counts: Mapping[tuple, int]) -> None:
    """Add to the `count` of the row with this key, or make it. The key fields are unique together."""
    if not counts:
        return
    table, columns, writers = _plan(model, (*key, "count"), connection.vendor)
    rows = list(_by_column(sorted((*k, n) for k, n in counts.items()), writers))  # in order: two writers cannot lock crosswise
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) "
            f"ON CONFLICT ({', '.join(columns[:-1])}) DO UPDATE SET {columns[-1]} = {table}.{columns[-1]} + excluded.{columns[-1]}",
            rows,
        )


def among(ids: Iterable[int]) -> RawSQL:
    """The right side of an `id__in` for any number of ids, as one parameter: thousands of placeholders cost more than the query."""
    wanted = list(ids)
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [wanted])
    return RawSQL("SELECT value FROM json_each(%s)", [msgspec.json.encode(wanted).decode()])


def select(model: type[models.Model], key: Sequence[str], keys: Iterable[tuple], fields: Sequence[str]) -> list[tuple]:
    """Rows whose `key` columns equal one of `keys`, as tuples of key values then `fields`, by id. One statement for any number.

    Key columns are integers or text.
    """
    wanted = list(set(keys))
    if not wanted:
        return []
    statement, readers = _question(model, tuple(key), tuple(fields), connection.vendor)
    if connection.vendor == "postgresql":
        found = ask(statement, [list(column) for column in zip(*wanted, strict=True)])
    else:
        found = ask(statement, [_JSON.encode(_nested(wanted)).decode()])
    return list(_by_column(found, readers)) if found else []


def existing(model: type[models.Model], key: Sequence[str], keys: Iterable[tuple], fields: Sequence[str]) -> dict[tuple, tuple]:
    """`select` as {key tuple: values of `fields`}; where several rows share a key the newest id wins."""
    width = len(key)
    return {row[:width]: row[width:] for row in select(model, key, keys, fields)}


# ── What the driver takes and gives ─────────────────────────────────────────────────────────────────────────────────
#
# Values are converted a column at a time: most columns need nothing, and thousands of calls a batch are saved.

_JSON = msgspec.json.Encoder()
_TEXTS = msgspec.json.Decoder(list[str | None])
Convert = Callable[[Sequence[Any]], Iterable[Any]]  # a column of a batch


def _by_column(rows: Sequence[Sequence[Any]], converters: Sequence[tuple[int, Convert]]) -> Iterable[Any]:
    """`rows` with some of their columns converted."""
    if not converters:
        return rows
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for i, convert in converters:
        columns[i] = convert(columns[i])  # type: ignore[arg-type]
    return zip(*columns, strict=True)


@lru_cache(maxsize=500)
def _plan(model: type[models.Model], fields: tuple[str, ...], vendor: str) -> tuple[str, list[str], list[tuple[int, Convert]]]:
    """(table, columns, converters) for writing these fields, names quoted."""
    found: list[Any] = [model._meta.get_field(f) for f in fields]
    writers = [(i, w) for i, w in enumerate(_writer(f, vendor) for f in found) if w is not None]
    quote = connection.ops.quote_name
    return quote(model._meta.db_table), [quote(f.column) for f in found], writers


@lru_cache(maxsize=500)
def _question(
    model: type[models.Model], key: tuple[str, ...], fields: tuple[str, ...], vendor: str
) -> tuple[str, list[tuple[int, Convert]]]:
    """The statement that `select` asks, and how to read what comes back."""
    key_fields: list[Any] = [model._meta.get_field(f) for f in key]
    read_fields: list[Any] = [model._meta.get_field(f) for f in fields]
    quote = connection.ops.quote_name
    columns = ", ".join(f"t.{quote(f.column)}" for f in [*key_fields, *read_fields])
    table, by = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    if vendor == "postgresql":
        arrays = ", ".join(f"%s::{'bigint' if _is_integer(f) else 'text'}[]" for f in key_fields)
        names = ", ".join(f"k{i}" for i in range(len(key_fields)))
        on = " AND ".join(f"t.{quote(f.column)} = w.k{i}" for i, f in enumerate(key_fields))
        statement = f"SELECT {columns} FROM unnest({arrays}) AS w({names}) JOIN {table} t ON {on} ORDER BY t.{by}"
    else:
        statement = f"SELECT {columns} FROM {_each_of(key_fields, table)} ORDER BY t.{by}"
    width = len(key)
    return statement, [(i, r) for i, r in enumerate((_reader(f, vendor) for f in read_fields), start=width) if r is not None]


def _nested(keys: Sequence[tuple]) -> dict | list:
    """Keys as JSON that is taken apart without naming its parts: {first: {second: [thirds]}}, or a list of single ones."""
    if len(keys[0]) == 1:
        return [key for (key,) in keys]
    by_first: dict[Any, list[tuple]] = {}
    for key in keys:
        by_first.setdefault(key[0], []).append(key[1:])
    return {first: _nested(others) for first, others in by_first.items()}


def _each_of(key_fields: Sequence[Any], table: str) -> str:
    """What stands behind FROM on SQLite, so that `_nested` keys find their rows. CROSS JOIN keeps the order: what is wanted
    leads, and the index answers."""
    last = len(key_fields) - 1
    each = ["json_each(%s) w0", *(f"json_each(w{i}.value) w{i + 1}" for i in range(last))]
    names = [f"CAST(w{i}.key AS INTEGER)" if _is_integer(f) else f"w{i}.key" for i, f in enumerate(key_fields)]
    names[last] = f"w{last}.value"
    on = " AND ".join(f"t.{connection.ops.quote_name(f.column)} = {n}" for f, n in zip(key_fields, names, strict=True))
    return f"{' CROSS JOIN '.join([*each, f'{table} t'])} ON {on}"


def _writer(field: Any, vendor: str) -> Convert | None:
    if isinstance(field, models.JSONField):
        return _as_json
    if vendor == "sqlite" and isinstance(field, models.DateTimeField):
        return _as_moments
    if vendor == "sqlite" and isinstance(field, models.BooleanField):
        return lambda column: [None if v is None else int(v) for v in column]  # the driver is slow to take a bool
    return None


def _as_json(column: Sequence[Any]) -> list[Any]:
    return [None if v is None else bytes(v).decode() if type(v) is msgspec.Raw else _JSON.encode(v).decode() for v in column]


def _as_moments(column: Sequence[datetime | None]) -> list[str | None]:
    """The text that SQLite keeps, without "+00:00". The encoder writes a moment in a hundredth of the time of `isoformat`."""
    written = _JSON.encode([m if m is None or m.tzinfo is UTC else m.astimezone(UTC) for m in column])
    return _TEXTS.decode(written.replace(b"T", b" ").replace(b"Z", b""))


def _reader(field: Any, vendor: str) -> Convert | None:
    """From what the driver gives to what Python means; Django's own converters do it several times slower."""
    if isinstance(field, models.JSONField):
        return lambda column: [msgspec.json.decode(v) if isinstance(v, str) else v for v in column]
    if vendor == "postgresql":
        return None
    if isinstance(field, models.DateTimeField):  # the driver parses, and knows no zone
        return lambda column: [None if v is None else v.replace(tzinfo=UTC) for v in column]
    if isinstance(field, models.BooleanField):
        return lambda column: [None if v is None else bool(v) for v in column]
    return None


def _array_of(field: Any) -> str:
    """The PostgreSQL type of a list of its values. Text is cut nowhere: what is too long is refused by the column itself."""
    type_ = field.db_type(connection)
    return "text[]" if type_.startswith("varchar") else f"{type_}[]"


def _is_integer(field: Any) -> bool:
    return isinstance(field, models.IntegerField | models.AutoField | models.ForeignKey)

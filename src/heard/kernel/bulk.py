"""Bulk writes: the one place with raw SQL for the write path, on SQLite and PostgreSQL alike.

A batch takes a constant number of statements whatever its size. Ids are reserved before the insert, so that rows of a
batch can point to each other without reading anything back. Callers run inside `one_writer()`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any

import msgspec
from django.db import connection, models, transaction
from django.db.models.expressions import RawSQL

WRITER_LOCK = 0x48454152  # any fixed number; "HEAR"
RECEIVER_LOCK = WRITER_LOCK + 1


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


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` ids that nobody else will get, ascending. Unused ones leave a gap, which is harmless."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
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
    """Insert `rows`, each a sequence of python values in the order of `fields` (model field names; "x_id" for keys)."""
    if not rows:
        return
    columns, converted = _prepared(model, fields, rows)
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(c) for c in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and not ignore_conflicts:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in converted:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        ending = "ON CONFLICT DO NOTHING" if ignore_conflicts else ""
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}) {ending}", list(converted))


def update(model: type[models.Model], key: str, fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set `fields` where `key` matches. Each row is the key's value followed by the new values in the order of `fields`."""
    if not rows:
        return
    columns, converted = _prepared(model, [key, *fields], rows)
    quoted = [connection.ops.quote_name(c) for c in columns]
    table = connection.ops.quote_name(model._meta.db_table)
    sets = ", ".join(f"{c} = %s" for c in quoted[1:])
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {sets} WHERE {quoted[0]} = %s", [(*row[1:], row[0]) for row in converted])


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
    meta = model._meta
    key_fields: list[Any] = [meta.get_field(f) for f in key]
    read_fields: list[Any] = [meta.get_field(f) for f in fields]
    columns = ", ".join(f"t.{connection.ops.quote_name(f.column)}" for f in [*key_fields, *read_fields])
    table = connection.ops.quote_name(meta.db_table)
    build = _select_postgresql if connection.vendor == "postgresql" else _select_sqlite
    with connection.cursor() as cursor:
        cursor.execute(*build(table, columns, key_fields, wanted, connection.ops.quote_name(meta.pk.column)))
        found = cursor.fetchall()
    readers = [_reader(f) for f in read_fields]
    width = len(key)
    return [(*row[:width], *(read(v) for read, v in zip(readers, row[width:], strict=True))) for row in found]


def existing(model: type[models.Model], key: Sequence[str], keys: Iterable[tuple], fields: Sequence[str]) -> dict[tuple, tuple]:
    """`select` as {key tuple: values of `fields`}; where several rows share a key the newest id wins."""
    width = len(key)
    return {row[:width]: row[width:] for row in select(model, key, keys, fields)}


def _select_postgresql(table: str, columns: str, key_fields: list, wanted: list[tuple], by: str) -> tuple[str, list]:
    arrays = ", ".join(f"%s::{'bigint' if _is_integer(f) else 'text'}[]" for f in key_fields)
    names = ", ".join(f"k{i}" for i in range(len(key_fields)))
    on = " AND ".join(f"t.{connection.ops.quote_name(f.column)} = w.k{i}" for i, f in enumerate(key_fields))
    sql = f"SELECT {columns} FROM unnest({arrays}) AS w({names}) JOIN {table} t ON {on} ORDER BY t.{by}"
    return sql, [[k[i] for k in wanted] for i in range(len(key_fields))]


def _select_sqlite(table: str, columns: str, key_fields: list, wanted: list[tuple], by: str) -> tuple[str, list]:
    """The keys first, then each in the index by all its columns: (a, b) IN (SELECT …) would search by the first alone."""
    on = " AND ".join(
        f"t.{connection.ops.quote_name(f.column)} = json_extract(w.value, '$[{i}]')" for i, f in enumerate(key_fields)
    )
    sql = f"SELECT {columns} FROM json_each(%s) w CROSS JOIN {table} t ON {on} ORDER BY t.{by}"
    return sql, [msgspec.json.encode(wanted).decode()]


def _prepared(
    model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]]
) -> tuple[list[str], Iterable[Sequence[Any]]]:
    found: list[Any] = [model._meta.get_field(f) for f in fields]
    writers = [(i, w) for i, w in enumerate(_writer(f) for f in found) if w is not None]
    columns = [f.column for f in found]
    if not writers:
        return columns, rows

    def converted() -> Iterator[list]:
        for row in rows:
            values = list(row)
            for i, write in writers:
                if values[i] is not None:
                    values[i] = write(values[i])
            yield values

    return columns, converted()


def _writer(field: Any) -> Callable[[Any], Any] | None:
    if isinstance(field, models.JSONField):
        return lambda value: msgspec.json.encode(value).decode()
    if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
        return lambda value: (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat(" ")[:-6]  # without "+00:00"
    return None


def _reader(field: Any) -> Callable[[Any], Any]:
    """From what the driver gives to what Python means; Django's own converters do it several times slower."""
    if isinstance(field, models.JSONField):
        return lambda value: msgspec.json.decode(value) if isinstance(value, str) else value
    if isinstance(field, models.BinaryField):
        return lambda value: bytes(value) if value is not None else None
    if connection.vendor == "postgresql":
        return lambda value: value
    if isinstance(field, models.DateTimeField):
        return lambda value: value.replace(tzinfo=UTC) if value is not None else None  # the driver parses, and knows no zone
    if isinstance(field, models.BooleanField):
        return lambda value: bool(value) if value is not None else None
    return lambda value: value


def _is_integer(field: Any) -> bool:
    return isinstance(field, models.IntegerField | models.AutoField | models.ForeignKey)

"""Of each of many numbers the newest few rows, however many there are: what an ORM has no words for."""

from collections.abc import Collection
from typing import Any

import msgspec
from django.db import connection, models


def newest(model: type[models.Model], key: str, of: str, keys: Collection[int], *, each: int) -> dict[int, list[int]]:
    """{key: its `each` greatest `of`, ascending}, both whole numbers, for the keys that have any. One statement; an index on (key, of)."""
    if not keys:
        return {}
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in (key, of)]
    table, (by, column) = quote(model._meta.db_table), (quote(field.column) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT w.k, ARRAY(SELECT t.{column} FROM {table} t WHERE t.{by} = w.k ORDER BY t.{column} DESC LIMIT {each}) "
                "FROM unnest(%s::bigint[]) AS w(k)",
                [list(keys)],
            )
            return {k: found[::-1] for k, found in cursor.fetchall() if found}
        cursor.execute(
            f"SELECT w.value, (SELECT group_concat(n) FROM (SELECT t.{column} AS n FROM {table} t WHERE t.{by} = w.value "
            f"ORDER BY t.{column} DESC LIMIT {each})) FROM json_each(%s) w",
            [msgspec.json.encode(list(keys)).decode()],
        )
        return {k: sorted(map(int, found.split(","))) for k, found in cursor.fetchall() if found}

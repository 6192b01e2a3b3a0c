"""Numbers beside names, at a price that does not grow with the store.

Such a number tells how much there is to do; nobody reads 214,807. So counting stops at some point, and what stands there then
is "99+".
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, update_wrapper
from typing import Any, NamedTuple

from django.db import connection, models

from heard.kernel.prepared import MOST_SHAPES, Place

MOST = 99


class Tally(int):
    """A count that is true up to `most`; beyond, it is one more and reads "99+"."""

    most: int

    def __new__(cls, count: int, most: int = MOST) -> "Tally":
        made = super().__new__(cls, min(count, most + 1))
        made.most = most
        return made

    def __str__(self) -> str:
        return f"{self.most}+" if self > self.most else int.__repr__(self)

    __repr__ = __str__


def tallies(wanted: Mapping[Any, models.QuerySet], *, most: int = MOST) -> dict[Any, Tally]:
    """{key: how many different values its queryset has}, all in one statement, none of them read further than needed.

    A queryset gives one column, no value of it often; twice `most` rows are looked at, in its order, which leads the database
    to an index.
    """
    return _counting(wanted, most).ask({})


class tallied:
    """Of a function that gives what `tallies` takes: turned into SQL once for each shape, as by kernel.prepared."""

    def __init__(self, build: Callable[..., Mapping[Any, models.QuerySet]]) -> None:
        update_wrapper(self, build)
        self._counting = lru_cache(maxsize=MOST_SHAPES)(lambda vendor, *shape: _counting(build(*shape), MOST))

    def __call__(self, *shape: Any, **values: Any) -> dict[Any, Tally]:
        return self._counting(connection.vendor, *shape).ask(values)


class _Counting(NamedTuple):
    keys: tuple
    sql: str
    parameters: tuple
    most: int

    def ask(self, values: Mapping[str, Any]) -> dict[Any, Tally]:
        if not self.keys:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [p.put(values[p.name]) if type(p) is Place else p for p in self.parameters])
            return {key: Tally(count, self.most) for key, count in zip(self.keys, cursor.fetchone(), strict=True)}


def _counting(wanted: Mapping[Any, models.QuerySet], most: int) -> _Counting:
    parts, parameters = [], []
    for n, rows in enumerate(wanted.values()):
        sql, given = rows.annotate(counted=models.F(*rows.query.values_select))[: 2 * (most + 1)].query.sql_with_params()
        parts.append(f"(SELECT count(DISTINCT counted) FROM ({sql}) part_{n})")
        parameters += given
    return _Counting(tuple(wanted), f"SELECT {', '.join(parts)}", tuple(parameters), most)

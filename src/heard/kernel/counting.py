"""Numbers beside names, at a price that does not grow with the store.

Such a number tells how much there is to do; nobody reads 214,807. So counting stops at some point, and what stands there then
is "99+".
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection, models

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
    parts, given = [], []
    for n, rows in enumerate(wanted.values()):
        sql, params = rows.annotate(counted=models.F(*rows.query.values_select))[: 2 * (most + 1)].query.sql_with_params()
        parts.append(f"(SELECT count(DISTINCT counted) FROM ({sql}) part_{n})")
        given += params
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", given)
        return {key: Tally(count, most) for key, count in zip(wanted, cursor.fetchone(), strict=True)}

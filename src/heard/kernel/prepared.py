"""Questions of the pages that people have open all day: turned into SQL once, asked again with other values.

Django takes 0.2 to 0.6 ms of CPU to turn a queryset into SQL, several times what a store takes to answer it by an index. A
question whose shape does not change need not be turned again:

    @prepared
    def _faces(viewer: Viewer) -> QuerySet:
        return visible_faces(viewer).filter(customer_id=given("customer")).values_list("identity_id", "home_id")

    _faces(viewer, customer=7)    # [(identity id, home id), ...]

The arguments of the function are the shape: hashable, and with them alone it decides what is asked, so it reads no clock and
no row. What differs from one asking to the next is `given`, `given_ids` or `given_moment`, by name.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache, update_wrapper
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.expressions import RawSQL

from heard.kernel.asking import ask

MOST_SHAPES = 200  # of one question that are kept; a viewer is part of most shapes


class Place(NamedTuple):
    """Stands among the parameters of a statement until the value is known."""

    name: str
    put: Callable[[Any], Any]


def given(name: str) -> RawSQL:
    """A number or a text."""
    return RawSQL("%s", (Place(name, _as_it_is),))


def given_moment(name: str) -> RawSQL:
    """An aware datetime, to compare a DateTimeField with."""
    put = _as_it_is if connection.vendor == "postgresql" else _as_sqlite_keeps_moments
    return RawSQL("%s", (Place(name, put),), output_field=models.DateTimeField())


def given_ids(name: str) -> RawSQL:
    """The right side of an `__in`, for any number of ids."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", (Place(name, list),))
    return RawSQL("SELECT value FROM json_each(%s)", (Place(name, _as_json),))


class prepared:
    """Of a function that gives a `values_list` queryset: the rows, as tuples."""

    def __init__(self, build: Callable[..., models.QuerySet]) -> None:
        update_wrapper(self, build)
        self.statement = lru_cache(maxsize=MOST_SHAPES)(lambda vendor, *shape: _compiled(build(*shape)))

    def __call__(self, *shape: Any, **values: Any) -> list[tuple]:
        asked = self.statement(connection.vendor, *shape)
        return asked.rows(values) if asked else []


class _Statement(NamedTuple):
    sql: str
    parameters: tuple
    width: int  # columns that were asked for; more are read only to sort by
    readers: Sequence[tuple[int, Callable[[Any], Any]]]

    def rows(self, values: dict[str, Any]) -> list[tuple]:
        found = ask(self.sql, [p.put(values[p.name]) if type(p) is Place else p for p in self.parameters])
        return self._read(found) if found else []

    def _read(self, found: list[tuple]) -> list[tuple]:
        """A column at a time: most need nothing."""
        if not self.readers and len(found[0]) == self.width:
            return found
        columns: list[Iterable[Any]] = list(islice(zip(*found, strict=True), self.width))
        for i, read in self.readers:
            columns[i] = map(read, columns[i])
        return list(zip(*columns, strict=True))


def _compiled(rows: models.QuerySet) -> _Statement | None:
    """None when nothing can be found, whatever is given."""
    compiler = rows.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return None
    asked = compiler.select[: compiler.col_count]
    readers = [(i, _reader(expression)) for i, (expression, *_) in enumerate(asked)]
    return _Statement(sql, tuple(parameters), len(asked), [(i, read) for i, read in readers if read])


def _reader(expression: Any) -> Callable[[Any], Any] | None:
    """From what the driver gives to what Python means; Django's own do it several times slower."""
    field = expression.output_field
    if isinstance(field, models.JSONField):
        return lambda value: msgspec.json.decode(value) if isinstance(value, str) else value
    if connection.vendor == "postgresql":
        return None
    if isinstance(field, models.DateTimeField):
        return _moment_of_sqlite
    if isinstance(field, models.BooleanField):
        return lambda value: None if value is None else bool(value)
    return None


def _moment_of_sqlite(value: datetime | str | None) -> datetime | None:
    """The driver parses columns, not what is worked out from them; neither has a zone."""
    if value is None:
        return None
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)


def _as_it_is(value: Any) -> Any:
    return value


def _as_json(ids: Iterable[int]) -> str:
    return msgspec.json.encode(list(ids)).decode()


def _as_sqlite_keeps_moments(moment: datetime) -> str:
    return str(moment.astimezone(UTC).replace(tzinfo=None))

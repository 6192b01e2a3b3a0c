"""A question in SQL and all the rows that answer it, without what Django does around it each time.

Django's cursors cost more than what a store takes to answer by an index: three wrappers, a transaction looked at twice, `%s`
turned into `?`. A page asks two dozen questions, a batch a dozen. Whoever watches questions, as tests and debugging do, sees them.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import FORMAT_QMARK_REGEX


def ask(sql: str, parameters: Sequence[Any]) -> list[tuple]:
    """`sql` has a %s for each parameter. Raises what Django's cursors raise."""
    store: Any = connections[DEFAULT_DB_ALIAS]
    if store.vendor == "sqlite" and not _is_watched(store):
        store.validate_no_broken_transaction()
        store.ensure_connection()
        with store.wrap_database_errors:
            return store.connection.execute(_with_question_marks(sql), parameters).fetchall()
    with store.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _is_watched(store: BaseDatabaseWrapper) -> bool:
    return bool(store.execute_wrappers) or store.queries_logged


@lru_cache(maxsize=2000)
def _with_question_marks(sql: str) -> str:
    """As sqlite3 wants it; `%%` is a percent sign."""
    return FORMAT_QMARK_REGEX.sub("?", sql).replace("%%", "%")

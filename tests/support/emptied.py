"""After a test that commits, the tables that have rows are emptied, and no others: a test writes to a tenth of them.

Django's own way empties all ninety, which takes PostgreSQL half a second, and writes its permissions anew each time.
"""

from collections.abc import Iterator
from functools import cache

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT = ("django_content_type", "auth_permission")  # written by the migrations, and by no test


@pytest.fixture(scope="session", autouse=True)
def only_what_was_written_is_emptied() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty())
        yield


def empty() -> None:
    quote = connection.ops.quote_name
    has_rows = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in tables())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(has_rows)
        written = [table for (table,) in cursor.fetchall()]
        if connection.vendor == "postgresql" and is_superuser():
            cursor.execute("SET LOCAL session_replication_role = replica")  # rows that go together need no checking
        for table in written:
            cursor.execute(f"DELETE FROM {quote(table)}")


@cache
def tables() -> list[str]:
    return [
        table
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False)
        if table not in KEPT
    ]


@cache
def is_superuser() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        return cursor.fetchone()[0] == "on"

"""A fresh store for a measurement, gone afterwards: SQLite in a temporary folder, or a database of its own on PostgreSQL.

Making the tables takes longer than most quick measurements: who runs several of them makes an `empty_store` once and names it
in HEARD_BENCH_EMPTY_STORE, of which each then begins with a copy.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"
EMPTY_STORE = "HEARD_BENCH_EMPTY_STORE"


@contextmanager
def fresh_house(kind: str) -> Iterator[str]:
    """Django set up on an empty, migrated store of that kind ("sqlite" or "postgres"); gives its folder."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="heard-bench-") as home, fresh_store(kind, home) as address:
        os.environ.update(
            HEARD_HOME=home,
            DATABASE_URL=address,
            HEARD_KEEPS_PACE="no",
            HEARD_LOG="error",
            DJANGO_SETTINGS_MODULE="heard.project.settings",
        )
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        try:
            yield home
        finally:  # what is started next has a store of its own, beside the same server
            os.environ.clear()
            os.environ.update(before)


@contextmanager
def empty_store(kind: str, home: str) -> Iterator[str]:
    """The address of a store, of that kind and in that folder, that has its tables and nothing in them."""
    with fresh_store(kind, home) as address:
        environment = os.environ | {"DATABASE_URL": address, "HEARD_HOME": home}
        subprocess.run([sys.executable, "-m", "heard", "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        yield address


@contextmanager
def fresh_store(kind: str, home: str) -> Iterator[str]:
    """Its address. PostgreSQL is beside the database that DATABASE_URL names, else on this machine."""
    empty = urlsplit(os.environ.get(EMPTY_STORE, "")).path
    if kind == "sqlite":
        if empty:
            shutil.copy(empty, f"{home}/bench.sqlite3")
        yield f"sqlite:///{home}/bench.sqlite3"
        return
    import psycopg

    server = os.environ.get("DATABASE_URL") or SERVER
    name = f"heard_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {empty.lstrip('/') or 'template1'}")
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

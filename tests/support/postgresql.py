"""Runs a command with DATABASE_URL set to a fresh database of a real PostgreSQL: `postgresql.py COMMAND ARGUMENTS`.

The server is HEARD_TEST_POSTGRESQL (postgresql://USER@HOST:PORT/postgres), else the one on this machine, which is started
when it is down and installed when it is missing and we are root on Debian. Without a server the command is left out and
that is said; under CI=true it is a failure, because what is promised must not be skipped there.
"""

import os
import shutil
import subprocess
import sys
import time
from urllib.parse import urlsplit, urlunsplit

import psycopg

SERVER = os.environ.get("HEARD_TEST_POSTGRESQL") or "postgresql://postgres@127.0.0.1:5432/postgres"
MEANS_CI = os.environ.get("CI", "").lower() == "true"


class NoServer(Exception):
    """There is no PostgreSQL to be had; the text says what was tried."""


def main(command: list[str]) -> int:
    try:
        ensure_server()
    except NoServer as error:
        print(f"PostgreSQL: {error}\nLeft out: {' '.join(command)}", file=sys.stderr)
        return 1 if MEANS_CI else 0
    name = f"heard_{os.getpid()}"
    run_sql(f"CREATE DATABASE {name}")
    try:
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url_of(name)}, check=False).returncode
    finally:
        run_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def url_of(name: str) -> str:
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))


def ensure_server() -> None:
    """Raises NoServer."""
    if answers():
        return
    if os.environ.get("HEARD_TEST_POSTGRESQL"):
        raise NoServer(f"nothing answers at {SERVER}")
    if os.geteuid() == 0 and not shutil.which("pg_ctlcluster"):
        wait = ["-o", "DPkg::Lock::Timeout=300"]
        subprocess.run(["apt-get", *wait, "update", "-qq"], check=False)
        subprocess.run(["apt-get", *wait, "install", "-y", "-qq", "--no-install-recommends", "postgresql"], check=False)
        trust_this_machine()
    start()
    for _ in range(60):
        if answers():
            return
        time.sleep(0.5)
    raise NoServer(f"nothing answers at {SERVER}; start one, or name one in HEARD_TEST_POSTGRESQL")


def answers() -> bool:
    try:
        run_sql("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def start() -> None:
    for version, cluster in clusters():
        subprocess.run(["pg_ctlcluster", version, cluster, "start"], check=False)


def clusters() -> list[tuple[str, str]]:
    if not shutil.which("pg_lsclusters"):
        return []
    lines = subprocess.run(["pg_lsclusters", "--no-header"], capture_output=True, text=True, check=False).stdout.splitlines()
    return [(parts[0], parts[1]) for parts in map(str.split, lines)]


def trust_this_machine() -> None:
    """Only for a server that we have just installed ourselves, for tests."""
    for version, cluster in clusters():
        with open(f"/etc/postgresql/{version}/{cluster}/pg_hba.conf", "w") as file:
            file.write("local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all ::1/128 trust\n")
        subprocess.run(["pg_ctlcluster", version, cluster, "restart"], check=False)


def run_sql(statement: str) -> None:
    with psycopg.connect(SERVER, autocommit=True, connect_timeout=30) as connection:
        connection.execute(statement)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

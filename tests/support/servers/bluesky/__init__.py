"""A whole Bluesky network: PLC directory, PDS with its rate limits, and AppView on PostgreSQL, from npm's @atproto/dev-env.

tests/support/install_servers.py puts it in place. One network for the session. Posts reach the AppView some tenths of a second
after the PDS has them, as they do in the world. It has no relay: the firehose of its only PDS is that of the whole network.
"""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from tests.support import postgresql
from tests.support.install_servers import BLUESKY, BLUESKY_INSTALLED, node_home
from tests.support.servers import require
from tests.support.servers.waiting import wait_for

POST = "app.bsky.feed.post"
PASSWORD = "as-long-as-it-is-secret"
_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """A user of the network with an app of their own: the other side of a conversation."""

    base_url: str
    handle: str  # dana-1.test
    did: str
    token: str

    def call(self, verb: str, method: str, **how: object) -> dict:
        headers = {"Authorization": f"Bearer {self.token}", **how.pop("headers", {})}
        answer = httpx.request(verb, f"{self.base_url}/xrpc/{method}", headers=headers, timeout=20, **how)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def create(self, collection: str, **record: object) -> dict:
        """Address and version of a new record."""
        record = {"$type": collection, "createdAt": datetime.now(UTC).isoformat(), **record}
        body = {"repo": self.did, "collection": collection, "record": record}
        return self.call("POST", "com.atproto.repo.createRecord", json=body)

    def post(self, text: str, *, answering: dict | None = None, below: dict | None = None, **record: object) -> dict:
        """`answering` is the post above, `below` the first of the thread when that is another."""
        refs = {"reply": {"parent": ref(answering), "root": ref(below or answering)}} if answering else {}
        return self.create(POST, text=text, **refs, **record)

    def like(self, post: dict) -> dict:
        return self.create("app.bsky.feed.like", subject=ref(post))

    def repost(self, post: dict) -> dict:
        return self.create("app.bsky.feed.repost", subject=ref(post))

    def quote(self, text: str, post: dict) -> dict:
        return self.post(text, embed={"$type": "app.bsky.embed.record", "record": ref(post)})

    def delete(self, uri: str) -> None:
        _, _, repo, collection, rkey = uri.split("/")
        self.call("POST", "com.atproto.repo.deleteRecord", json={"repo": repo, "collection": collection, "rkey": rkey})

    def upload(self, data: bytes, content_type: str) -> dict:
        return self.call("POST", "com.atproto.repo.uploadBlob", content=data, headers={"Content-Type": content_type})["blob"]

    def app_password(self) -> str:
        made = self.call("POST", "com.atproto.server.createAppPassword", json={"name": f"Heard {next(_numbers)}"})
        return made["password"]

    def sees(self, uri: str) -> dict | None:
        """The post as an app would show it, if the AppView has it."""
        found = self.call("GET", "app.bsky.feed.getPosts", params={"uris": [uri]})["posts"]
        return found[0] if found else None

    def notifications(self, reason: str) -> list[dict]:
        found = self.call("GET", "app.bsky.notification.listNotifications", params={"limit": 100})["notifications"]
        return [one for one in found if one["reason"] == reason]

    def hears(self, words: str, *, reason: str = "reply") -> dict:
        """The notification of a post with these words, once it has arrived."""
        return wait_for(lambda: next((one for one in self.notifications(reason) if words in one["record"].get("text", "")), None))


def ref(post: dict) -> dict:
    return {"uri": post["uri"], "cid": post["cid"]}


def mention(text: str, person: Person) -> dict:
    """`text` with @HANDLE in it as a mention: keywords for `Person.post`."""
    words = f"@{person.handle}"
    start = text.encode().index(words.encode())
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": person.did}
    return {"facets": [{"index": {"byteStart": start, "byteEnd": start + len(words.encode())}, "features": [feature]}]}


@dataclass(frozen=True)
class Network:
    pds: str
    appview: str
    process: subprocess.Popen = field(repr=False)

    @property
    def firehose(self) -> str:
        return self.pds.replace("http://", "ws://")

    def add(self, name: str) -> Person:
        """A new account; names are made unique."""
        handle = f"{name}-{next(_numbers)}.test"
        account = {"handle": handle, "email": f"{handle}@example.com", "password": PASSWORD}
        answer = httpx.post(f"{self.pds}/xrpc/com.atproto.server.createAccount", json=account, timeout=20)
        made = answer.raise_for_status().json()
        return Person(base_url=self.pds, handle=handle, did=made["did"], token=made["accessJwt"])


@contextmanager
def database() -> Iterator[str]:
    """The URL of an empty one, as Node reads it."""
    name = f"bluesky_{os.getpid()}"
    postgresql.run_sql(f"CREATE DATABASE {name}")
    try:
        parts = urlsplit(postgresql.SERVER)
        yield urlunsplit(parts._replace(scheme="postgres", path=f"/{name}"))
    finally:
        postgresql.run_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def running(folder: Path) -> Iterator[Network]:
    with database() as url, (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [node_home() / "bin/node", Path(__file__).parent / "network.mjs"],
            cwd=BLUESKY,
            env=os.environ | {"DB_POSTGRES_URL": url, "TMPDIR": str(folder), "NODE_NO_WARNINGS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield Network(**said_ready(process, folder / "log"), process=process)
        finally:
            process.kill()  # the folder and the database are thrown away
            process.wait()


def said_ready(process: subprocess.Popen, log: Path) -> dict:
    """Its first line. Raises TimeoutError when there is none in two minutes."""
    deadline = threading.Timer(120, process.kill)
    deadline.start()
    try:
        line = process.stdout.readline()
    finally:
        deadline.cancel()
    if not line:
        raise TimeoutError(f"the Bluesky network did not start: {log.read_text()[-2000:]}")
    return json.loads(line)


def what_is_missing() -> str:
    if not BLUESKY_INSTALLED.exists():
        return "the Bluesky network is not installed; python tests/support/install_servers.py does it"
    try:
        postgresql.ensure_server()
    except postgresql.NoServer as error:
        return f"the Bluesky network needs PostgreSQL: {error}"
    return ""


@pytest.fixture(scope="session")
def bluesky(tmp_path_factory) -> Iterator[Network]:
    missing = what_is_missing()
    require(not missing, missing)
    with running(tmp_path_factory.mktemp("bluesky")) as network:
        yield network

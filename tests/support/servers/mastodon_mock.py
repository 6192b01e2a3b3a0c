"""mastodon-mock: a stateful Mastodon API by others, with streaming, edits, deletions, idempotent posts and faults on demand.

tests/support/install_servers.py puts it in place. One server for the session; `mastodon` gives each test an empty one.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.support.install_servers import MASTODON_MOCK
from tests.support.servers import require
from tests.support.servers.fediverse import Person
from tests.support.servers.waiting import free_port, port_is_open, wait_for

KEYS = ("client_id", "client_secret")


@dataclass(frozen=True)
class Mastodon:
    base_url: str

    @property
    def host(self) -> str:
        return self.base_url.removeprefix("http://")

    def add(self, name: str) -> Person:
        made = self.control("dev_user", {"username": name})
        return Person(handle=f"{name}@{self.host}", base_url=self.base_url, token=made["access_token"])

    def allow(self, name: str, *scopes: str) -> tuple[Person, dict]:
        """Somebody by a token of an application with these scopes, as they are made in the preferences; and the application."""
        with httpx.Client(base_url=self.base_url, timeout=20) as http:
            app = http.post(
                "/api/v1/apps", json={"client_name": "Heard", "redirect_uris": "urn:x", "scopes": list(scopes)}
            ).json()
            back = http.post("/oauth/authorize", data={"username": name, "redirect_uri": "https://x.example/"}).headers[
                "location"
            ]
            grant = {"grant_type": "authorization_code", "code": httpx.URL(back).params["code"], **{k: app[k] for k in KEYS}}
            token = http.post("/oauth/token", data=grant).json()["access_token"]
        return Person(handle=f"{name}@{self.host}", base_url=self.base_url, token=token), app

    def reset(self) -> None:
        httpx.post(f"{self.base_url}/api/v1/_mock/reset", timeout=20).raise_for_status()

    def fails(self, method: str, path: str, *, times: int = 1, **effect: object) -> None:
        """The next answers to `method path` go wrong: type is status, ratelimit, malformed, timeout or latency."""
        self.control("faults", {"match": {"methods": [method], "path": path}, "effect": effect, "count": times})

    def control(self, what: str, body: dict) -> dict:
        answer = httpx.post(f"{self.base_url}/api/v1/_mock/{what}", json=body, timeout=20)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="session")
def mastodon_server(tmp_path_factory) -> Iterator[Mastodon]:
    require(MASTODON_MOCK.exists(), "mastodon-mock is not installed; python tests/support/install_servers.py does it")
    port = free_port()
    folder = tmp_path_factory.mktemp("mastodon")
    with (folder / "log").open("w") as log:
        command = [MASTODON_MOCK, "serve", "--in-memory", "--port", str(port), "--domain", f"127.0.0.1:{port}"]
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        wait_for(lambda: port_is_open("127.0.0.1", port), seconds=60)
        yield Mastodon(base_url=f"http://127.0.0.1:{port}")
    finally:
        process.kill()  # asked politely it would wait for streams that are still open
        process.wait()


@pytest.fixture
def mastodon(mastodon_server) -> Mastodon:
    mastodon_server.reset()
    return mastodon_server

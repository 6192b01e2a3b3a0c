"""Synapse: a real Matrix homeserver, and people on it with a client of their own. Nothing federates; everything is on loopback.

tests/support/install_servers.py puts it in place. It learns of an application service when it starts, from a file; so each
test that needs one starts a server of its own, with the very file that Heard shows to an administrator.
"""

import base64
import json
import secrets
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from tests.support.install_servers import SYNAPSE
from tests.support.servers import require
from tests.support.servers.waiting import free_port, wait_for

SERVER_NAME = "mx.test"
PASSWORD = "correct horse battery"
RATES = {"per_second": 1000, "burst_count": 1000}


@dataclass(frozen=True)
class Person:
    """Somebody with an account there: the other side of a conversation."""

    user_id: str
    base_url: str
    token: str

    def api(self, method: str, path: str, **how: Any) -> dict:
        answer = httpx.request(method, self.base_url + path, headers={"Authorization": f"Bearer {self.token}"}, timeout=30, **how)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def opens(self, *invited: str, public: bool = False, name: str = "") -> str:
        """A new room."""
        how = {"preset": "public_chat" if public else "private_chat", "invite": list(invited), "is_direct": not public}
        return self.api("POST", "/_matrix/client/v3/createRoom", json=how | ({"name": name} if name else {}))["room_id"]

    def joins(self, room: str) -> None:
        self.api("POST", f"/_matrix/client/v3/rooms/{quote(room)}/join", json={})

    def leaves(self, room: str) -> None:
        self.api("POST", f"/_matrix/client/v3/rooms/{quote(room)}/leave", json={})

    def does(self, room: str, type_: str, content: dict) -> str:
        path = f"/_matrix/client/v3/rooms/{quote(room)}/send/{type_}/{uuid.uuid4().hex}"
        return self.api("PUT", path, json=content)["event_id"]

    def says(self, room: str, words: str, **more: Any) -> str:
        return self.does(room, "m.room.message", {"msgtype": "m.text", "body": words, **more})

    def redacts(self, room: str, event: str) -> str:
        path = f"/_matrix/client/v3/rooms/{quote(room)}/redact/{quote(event)}/{uuid.uuid4().hex}"
        return self.api("PUT", path, json={})["event_id"]

    def has_read(self, room: str, event: str) -> None:
        self.api("POST", f"/_matrix/client/v3/rooms/{quote(room)}/receipt/m.read/{quote(event)}", json={})

    def uploads(self, data: bytes, content_type: str) -> str:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        answer = httpx.post(f"{self.base_url}/_matrix/media/v3/upload", content=data, headers=headers, timeout=30)
        return answer.json()["content_uri"]

    def downloads(self, uri: str) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}"}
        path = f"/_matrix/client/v1/media/download/{uri.removeprefix('mxc://')}"
        return httpx.get(self.base_url + path, headers=headers, timeout=30).raise_for_status().content

    def sees(self, room: str) -> list[dict]:
        """What happened in a room, oldest first."""
        page = self.api("GET", f"/_matrix/client/v3/rooms/{quote(room)}/messages", params={"dir": "b", "limit": 100})
        return page["chunk"][::-1]

    def hears(self, room: str, words: str) -> dict:
        """The event with these words, once it is there."""
        return wait_for(lambda: next((e for e in self.sees(room) if words in e["content"].get("body", "")), None))

    def invitations(self) -> list[str]:
        return list(self.api("GET", "/_matrix/client/v3/sync", params={"timeout": 0})["rooms"].get("invite", {}))


@dataclass(frozen=True)
class Homeserver:
    base_url: str
    folder: Path

    def add(self, name: str) -> Person:
        how = {"username": name, "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
        made = httpx.post(f"{self.base_url}/_matrix/client/v3/register", json=how, timeout=60).raise_for_status().json()
        return Person(user_id=made["user_id"], base_url=self.base_url, token=made["access_token"])


@contextmanager
def homeserver(folder: Path, *registrations: str, port: int | None = None, rates: dict | None = None) -> Iterator[Homeserver]:
    """A running server that knows these application services. `port`: of one that was chosen before."""
    require(SYNAPSE.exists(), "Synapse is not installed; python tests/support/install_servers.py does it")
    port = port or free_port()
    config = folder / "homeserver.yaml"
    config.write_text(json.dumps(settings(folder, port, registrations, rates or RATES)))  # JSON is YAML
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([SYNAPSE, "-m", "synapse.app.homeserver", "-c", config], cwd=folder, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(address, process, folder), seconds=120)
        yield Homeserver(base_url=address, folder=folder)
    finally:
        process.kill()
        process.wait()


def answers(address: str, process: subprocess.Popen, folder: Path) -> bool:
    assert process.poll() is None, f"Synapse ended: {(folder / 'log').read_text()[-2000:]}"
    try:
        return httpx.get(f"{address}/_matrix/client/versions", timeout=5).is_success
    except httpx.HTTPError:
        return False


def settings(folder: Path, port: int, registrations: tuple[str, ...], rates: dict) -> dict:
    files = []
    for number, text in enumerate(registrations):
        files.append(folder / f"registration-{number}.yaml")
        files[-1].write_text(text)
    key = folder / "signing.key"
    if not key.exists():
        key.write_text(f"ed25519 a_test {base64.b64encode(secrets.token_bytes(32)).decode().rstrip('=')}\n")
    listener = {"port": port, "type": "http", "tls": False, "bind_addresses": ["127.0.0.1"], "x_forwarded": False}
    return {
        "server_name": SERVER_NAME,
        "public_baseurl": f"http://127.0.0.1:{port}",
        "listeners": [{**listener, "resources": [{"names": ["client", "media"], "compress": False}]}],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(key),
        "macaroon_secret_key": "test only",
        "form_secret": "test only",
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "report_stats": False,
        "pid_file": str(folder / "pid"),
        "enable_registration": True,
        "enable_registration_without_verification": True,
        "app_service_config_files": [str(file) for file in files],
        "rc_message": rates,
        "rc_registration": RATES,
        "rc_login": {"address": RATES, "account": RATES},
        "rc_joins": {"local": RATES, "remote": RATES},
        "rc_invites": {"per_room": RATES, "per_user": RATES, "per_issuer": RATES},
        "bcrypt_rounds": 4,
    }

"""Two federating snac2 servers: real ActivityPub with real signatures between a.snac.test and b.snac.test.

The binary comes from tests/support/install_servers.py. Each server has a loopback address of its own and port 80,
because snac neither links nor delivers to a host with a port. Only one pair can run on a machine: a lock makes test
processes take turns.
"""

import fcntl
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.install_servers import HOSTS, SNAC
from tests.support.servers import require
from tests.support.servers.fediverse import CLOSE, Person
from tests.support.servers.waiting import port_is_free, port_is_open, wait_for

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
SCOPES = "read write follow push"


@dataclass(frozen=True)
class Server:
    folder: Path
    host: str

    @property
    def base_url(self) -> str:
        return f"http://{self.host}"

    def add(self, name: str) -> Person:
        said = subprocess.run([SNAC, "adduser", self.folder, name], input="", capture_output=True, text=True, check=True)
        password = re.search(r"^User password is (\S+)", said.stdout + said.stderr, re.MULTILINE).group(1)
        return Person(handle=f"{name}@{self.host}", base_url=self.base_url, token=self.sign_in(name, password))

    def sign_in(self, name: str, password: str) -> str:
        with httpx.Client(base_url=self.base_url, headers=CLOSE, timeout=20) as http:
            app = http.post("/api/v1/apps", data={"client_name": "Heard", "redirect_uris": OUT_OF_BAND, "scopes": SCOPES}).json()
            ask = {"client_id": app["client_id"], "redirect_uri": OUT_OF_BAND, "response_type": "code", "scope": SCOPES}
            page = http.get("/oauth/authorize", params=ask).text
            hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
            action = re.search(r'action="([^"]+)"', page).group(1)
            answer = http.post(action, data={**hidden, "login": name, "passwd": password})
            code = re.search(r"[0-9a-f]{20,}", answer.headers.get("location", "") + answer.text).group()
            grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": OUT_OF_BAND}
            return http.post("/oauth/token", data={**grant, **app_secrets(app)}).json()["access_token"]


def app_secrets(app: dict) -> dict:
    return {"client_id": app["client_id"], "client_secret": app["client_secret"]}


@contextmanager
def serving(folder: Path, address: str, host: str) -> Iterator[Server]:
    subprocess.run([SNAC, "init", folder], input=f"{address}\n80\n{host}\n\n\n", capture_output=True, text=True, check=True)
    settings = folder / "server.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "protocol": "http"}))
    wait_for(lambda: port_is_free(address, 80))
    process = subprocess.Popen([SNAC, "httpd", folder], stdout=subprocess.DEVNULL, stderr=(folder / "log").open("w"))
    try:
        wait_for(lambda: port_is_open(address, 80))
        yield Server(folder=folder, host=host)
    finally:
        process.kill()  # asked politely it first works off its queue
        process.wait()


@contextmanager
def taking_turns() -> Iterator[None]:
    """The port is one for the whole machine, whatever number of checkouts run their tests."""
    with (Path(tempfile.gettempdir()) / "heard-snac.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def what_is_missing() -> str:
    if not SNAC.exists():
        return "snac2 is not unpacked; python tests/support/install_servers.py does it"
    if any(name not in Path("/etc/hosts").read_text() for name in HOSTS.values()):
        return f"/etc/hosts has no {' and '.join(HOSTS.values())}; python tests/support/install_servers.py adds them as root"
    if os.geteuid() != 0 and int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) > 80:
        return "only root may open port 80 here, which snac2 needs to federate"
    return ""


@contextmanager
def two_servers(folder: Path) -> Iterator[list[Server]]:
    missing = what_is_missing()
    require(not missing, missing)
    with ExitStack() as stack:
        stack.enter_context(taking_turns())
        yield [stack.enter_context(serving(folder / host, address, host)) for address, host in HOSTS.items()]


@pytest.fixture(scope="module")
def snac(tmp_path_factory) -> Iterator[list[Server]]:
    with two_servers(tmp_path_factory.mktemp("snac")) as servers:
        yield servers

"""Prosody: a real XMPP server with two components for us, rooms and a place for files, and people on it with a client of
their own. Everything is on loopback; nothing federates.
"""

import base64
import contextlib
import secrets
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, XMLPullParser
from xml.sax.saxutils import escape

import pytest

from tests.support.servers import require
from tests.support.servers.waiting import free_port, port_is_open, wait_for

PROSODY = "/usr/bin/prosody"
HOST = "127.0.0.1"
DOMAIN, OURS, SENDS, ROOMS, FILES = "xmpp.test", "care.xmpp.test", "send.care.xmpp.test", "rooms.xmpp.test", "files.xmpp.test"
SECRET, SEND_SECRET = "the secret of the ear", "the secret of the mouth"
CONFIG = """
pidfile = "{home}/prosody.pid"
data_path = "{home}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {c2s} }}
component_ports = {{ {component} }}
component_interfaces = {{ "127.0.0.1" }}
http_ports = {{ {http} }}
http_interfaces = {{ "127.0.0.1" }}
https_ports = {{}}
s2s_ports = {{}}
modules_enabled = {{ "roster"; "saslauth"; "disco"; "ping"; "register" }}
modules_disabled = {{ "s2s"; "tls" }}
allow_registration = true
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
run_as_root = true
log = {{ info = "{home}/log" }}
VirtualHost "xmpp.test"
Component "rooms.xmpp.test" "muc"
  modules_enabled = {{ "muc_mam" }}
Component "files.xmpp.test" "http_file_share"
  http_file_share_access = {{ "send.care.xmpp.test", "xmpp.test" }}
  http_host = "127.0.0.1"
  http_external_url = "http://127.0.0.1:{http}/"
Component "care.xmpp.test"
  component_secret = "the secret of the ear"
Component "send.care.xmpp.test"
  component_secret = "the secret of the mouth"
  validate_from_addresses = false
"""


class Person:
    """Somebody signed in with one program: the other side of a conversation. `got` is every stanza that came, in order."""

    def __init__(self, name: str, port: int) -> None:
        self.jid, self.got = f"{name}@{DOMAIN}", list[Element]()
        self._line = socket.create_connection((HOST, port), 20)
        self._open()
        self._until("{http://etherx.jabber.org/streams}features")
        self.does(f"<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{name}</username>{PASSWORD}</query></iq>")
        self._until("{jabber:client}iq")
        proof = base64.b64encode(f"\0{name}\0secret".encode()).decode()
        self.does(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>")
        self._until("{urn:ietf:params:xml:ns:xmpp-sasl}success")
        self._open()
        self._until("{http://etherx.jabber.org/streams}features")
        self.does("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>phone</resource></bind></iq>")
        self._until("{jabber:client}iq")
        self.got.clear()
        self.does("<presence/>")

    def does(self, stanza: str) -> None:
        self._line.sendall(stanza.encode())

    def says(self, to: str, words: str, *more: str, id_: str = "", kind: str = "chat") -> str:
        id_ = id_ or uuid.uuid4().hex
        body = f"<body>{escape(words)}</body>" if words else ""
        self.does(f"<message type='{kind}' to='{to}' id='{id_}'>{body}{''.join(more)}</message>")
        return id_

    def enters(self, room: str, name: str) -> None:
        self.does(f"<presence to='{room}/{name}'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
        self.sees(lambda e: e.tag.endswith("presence") and e.get("from") == f"{room}/{name}")
        query = "http://jabber.org/protocol/muc#owner"
        self.does(
            f"<iq type='set' id='o' to='{room}'><query xmlns='{query}'><x xmlns='jabber:x:data' type='submit'/></query></iq>"
        )

    def hears(self, words: str) -> Element:
        return self.sees(lambda e: words in (e.findtext("{jabber:client}body") or ""))

    def sees(self, fits: Callable[[Element], bool]) -> Element:
        def found() -> Element | None:
            self._read(0.05)
            return next((stanza for stanza in self.got if fits(stanza)), None)

        return wait_for(found, every=0)

    def close(self) -> None:
        self._line.close()

    def _open(self) -> None:
        self._parser, self._depth, self._root = XMLPullParser(["start", "end"]), 0, None
        self.does(
            f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{DOMAIN}' version='1.0'>"
        )

    def _until(self, tag: str) -> None:
        end = time.monotonic() + 20
        while not any(stanza.tag == tag for stanza in self.got):
            assert time.monotonic() < end, f"no {tag}"
            self._read(1)
        self.got.clear()

    def _read(self, seconds: float) -> None:
        self._line.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            data = self._line.recv(65536)
            assert data, f"{self.jid} was disconnected"
            self._parser.feed(data)
            for event, element in self._parser.read_events():
                self._depth += 1 if event == "start" else -1
                if event == "end" and self._depth == 1:
                    self.got.append(element)


PASSWORD = "<password>secret</password>"


@dataclass(frozen=True)
class XmppServer:
    c2s: int
    component: int
    people: list[Person]

    def add(self, name: str = "") -> Person:
        """Each under a name of their own, so that tests do not hear each other."""
        self.people.append(Person(name or f"dana-{secrets.token_hex(3)}", self.c2s))
        return self.people[-1]

    def account(self, **config: str) -> dict[str, dict]:
        """What an administrator fills in."""
        known = {"host": HOST, "port": str(self.component), "upload_service": FILES}
        return {"config": known | config, "secrets": {"secret": SECRET, "send_secret": SEND_SECRET}}


@contextmanager
def serving(folder: Path) -> Iterator[XmppServer]:
    require(Path(PROSODY).exists(), "Prosody is not installed; python tests/support/install_servers.py does it")
    ports = {name: free_port() for name in ("c2s", "component", "http")}
    (folder / "data").mkdir()
    config = folder / "prosody.cfg.lua"
    config.write_text(CONFIG.format(home=folder, **ports))
    with (folder / "out").open("w") as out:
        process = subprocess.Popen([PROSODY, "-F", "--config", config], cwd=folder, stdout=out, stderr=out)
    server = XmppServer(ports["c2s"], ports["component"], [])
    try:
        wait_for(lambda: port_is_open(HOST, ports["c2s"]) and port_is_open(HOST, ports["component"]))
        yield server
    finally:
        for person in server.people:
            person.close()
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def xmpp_server(tmp_path_factory) -> Iterator[XmppServer]:
    with serving(tmp_path_factory.mktemp("prosody")) as server:
        yield server

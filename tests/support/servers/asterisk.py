"""Asterisk 22 out of Debian sid in a folder of its own, and a real SIP phone that calls it.

Both come from tests/support/install_servers.py. It is started in the foreground, by root, for a chroot takes that.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.install_servers import ASTERISK, SIP_PHONE
from tests.support.servers import require
from tests.support.servers.waiting import free_port, port_is_open, wait_for

SOUNDS = "/var/lib/heard-sounds"
SIGN_IN = ("heard", "ari-password-of-the-tests")
CONFIGURATION = {
    "http.conf": "[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport={ari}\n",
    "ari.conf": "[general]\nenabled=yes\n[{user}]\ntype=user\nread_only=no\npassword={password}\n",
    "pjsip.conf": "[global]\ntype=global\nendpoint_identifier_order=ip,username,anonymous\n"
    "[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:{sip}\n"
    "[anonymous]\ntype=endpoint\ncontext=inbound\ndisallow=all\nallow=ulaw\ndtmf_mode=auto\ndirect_media=no\n",
    "rtp.conf": "[general]\nrtpstart=20000\nrtpend=20100\n",
    "modules.conf": "[modules]\nautoload=yes\n",
    # Whoever is put through to +44... answers, stays a moment, and hangs up; +33... stays on; +49... never answers.
    "extensions.conf": "[inbound]\nexten => 100,1,Stasis(heard)\n same => n,Hangup()\n"
    "[people]\nexten => _+44X.,1,Answer()\n same => n,Wait(2)\n same => n,Hangup()\n"
    "exten => _+33X.,1,Answer()\n same => n,Wait(60)\n same => n,Hangup()\n"
    "exten => _+49X.,1,Wait(60)\n",
    "asterisk.conf": "[directories]\nastetcdir => /etc/asterisk\nastmoddir => /usr/lib/{machine}/asterisk/modules\n"
    "astvarlibdir => /var/lib/asterisk\nastdbdir => /var/lib/asterisk\nastkeydir => /var/lib/asterisk\n"
    "astdatadir => /usr/share/asterisk\nastspooldir => /var/spool/asterisk\nastrundir => /run/asterisk\n"
    "astlogdir => /var/log/asterisk\n",
}


@dataclass(frozen=True)
class Asterisk:
    """`ari` is the address of its REST interface; `sounds` the folder that it knows as SOUNDS."""

    root: Path
    ari: str
    sip: int

    @property
    def sounds(self) -> Path:
        return self.root / SOUNDS.lstrip("/")

    def call(self, *acts: str, user: str = "+447700900123") -> int:
        """Somebody calls 100 and acts; how many packets of sound they heard."""
        command = [SIP_PHONE, Path(__file__).with_name("sip_phone.py"), user, f"127.0.0.1:{self.sip}", "100", *acts]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-2000:]
        return int(done.stdout.split()[-1])


@contextmanager
def running() -> Iterator[Asterisk]:
    ari, sip = free_port(), free_port()
    machine = next((ASTERISK / "usr/lib").glob("*/asterisk")).parent.name
    user, password = SIGN_IN
    for name, text in CONFIGURATION.items():
        known = {"ari": ari, "sip": sip, "machine": machine, "user": user, "password": password}
        (ASTERISK / "etc/asterisk" / name).write_text(text.format(**known))
    for state in ("var/lib/asterisk/astdb.sqlite3", "var/spool/asterisk", "var/log/asterisk", "run/asterisk", SOUNDS.lstrip("/")):
        clear(ASTERISK / state)
    (ASTERISK / "var/spool/asterisk/recording").mkdir()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(["chroot", ASTERISK, "/usr/sbin/asterisk", "-f"], stdout=said, stderr=said)
        try:
            wait_for(lambda: port_is_open("127.0.0.1", ari) or process.poll() is not None, seconds=60)
            assert process.poll() is None, f"asterisk ended with {process.returncode}"
            yield Asterisk(ASTERISK, f"http://127.0.0.1:{ari}/ari", sip)
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def clear(path: Path) -> None:
    if path.suffix:
        path.unlink(missing_ok=True)
        return
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)


@pytest.fixture(scope="session")
def asterisk() -> Iterator[Asterisk]:
    require(ASTERISK.exists() and SIP_PHONE.exists(), "Asterisk and a SIP phone; make tools-slow")
    require(os.geteuid() == 0, "root, for Asterisk lives in a chroot")
    require(shutil.which("espeak-ng"), "espeak-ng; make tools-slow")
    with (ASTERISK / "tests.lock").open("w") as lock:  # one at a time on a machine
        fcntl.flock(lock, fcntl.LOCK_EX)
        with running() as server:
            yield server

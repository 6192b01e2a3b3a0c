"""A real Postfix beside Dovecot: it takes what the desk hands over, brings it, and writes back genuinely when it cannot.

desk → submission → relay → Postfix → LMTP → mailbox
                               └→ a server that refuses → Postfix's own report → the desk's mailbox
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller

from tests.support.install_servers import POSTFIX
from tests.support.servers import require
from tests.support.servers.mail import HOST, MailServer
from tests.support.servers.waiting import free_port, port_is_open, wait_for

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
myhostname = mx.internet.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_dns_support_level = disabled
alias_maps =
alias_database =
local_recipient_maps =
default_transport = lmtp:inet:{host}:{lmtp}
transport_maps = inline:{{ {refusing} }}
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
delay_warning_time = 1s
lmtp_tls_security_level = none
smtp_tls_security_level = none
"""
MASTER = """
{smtpd} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
# What the servers of these domains say, and to what.
REFUSALS = {
    "unknown.test": ("RCPT", "550 5.1.1 No such user here"),
    "full.test": ("RCPT", "552 5.2.2 The mailbox is full"),
    "strict.test": ("DATA", "554 5.7.1 This looks like spam"),
    "busy.test": ("RCPT", "451 4.3.2 Come back later"),
}


class _Refuses:
    async def handle_RCPT(self, smtp, session, envelope, address, options):
        at, answer = REFUSALS[address.partition("@")[2]]
        if at == "RCPT":
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp, session, envelope):
        return REFUSALS[envelope.rcpt_tos[0].partition("@")[2]][1]


@contextmanager
def postfix_behind(mail_server: MailServer) -> Iterator[None]:
    """Until the block ends, what the desk hands over goes to Postfix. Skips, or fails under CI=true, where it cannot run."""
    require(POSTFIX.exists(), "Postfix (tests/support/install_servers.py)")
    require(os.geteuid() == 0, "root, for Postfix works under users of its own")
    home, smtpd = Path(tempfile.mkdtemp(prefix="heard-postfix-")), free_port()
    refusing = Controller(_Refuses(), hostname=HOST, port=free_port())
    refusing.start()
    process = _start(home, smtpd, mail_server.ports["lmtp"], refusing.port)
    try:
        wait_for(lambda: port_is_open(HOST, smtpd))
        mail_server.next_hop = smtpd
        yield
    finally:
        mail_server.next_hop = 0
        subprocess.run([POSTFIX, "-c", home / "etc", "stop"], capture_output=True, timeout=20)
        process.wait(timeout=20)
        refusing.stop()
        shutil.rmtree(home, ignore_errors=True)


def _start(home: Path, smtpd: int, lmtp: int, refusing: int) -> subprocess.Popen:
    home.chmod(0o755)
    for name in ("queue", "data", "etc"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix", "postfix")
    routes = ", ".join(f"{{ {domain} = smtp:[{HOST}]:{refusing} }}" for domain in REFUSALS)
    (home / "etc/main.cf").write_text(MAIN.format(home=home, host=HOST, lmtp=lmtp, refusing=routes))
    (home / "etc/master.cf").write_text(MASTER.format(smtpd=smtpd))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([POSTFIX, "-c", home / "etc", "start-fg"], **quiet)

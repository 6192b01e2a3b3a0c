"""A real mail world: Dovecot keeps the mailboxes (IMAP, LMTP, submission), and a relay of ours is the internet between them.

    desk → submission (signs in) → relay → LMTP → mailbox → IDLE → desk

Any address has a mailbox, every password is "secret". Faults are put where they happen in life: in the relay (4xx, 5xx,
a mail that comes twice), and in a line that is cut after the words were handed over.
"""

import asyncio
import datetime
import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

from aiosmtpd.controller import Controller
from imapclient import IMAPClient

from tests.support.servers import require
from tests.support.servers.waiting import free_port, port_is_open, wait_for

HOST = "127.0.0.1"
PASSWORD = "secret"
DOVECOT = "/usr/sbin/dovecot"
CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
protocols = imap lmtp submission
listen = {host}
log_path = {home}/dovecot.log
ssl = yes
ssl_cert = <{home}/server.crt
ssl_key = <{home}/server.key
disable_plaintext_auth = no
first_valid_uid = 8
default_login_user = dovenull
default_internal_user = dovecot
mail_location = maildir:{home}/mail/%u
mail_uid = mail
mail_gid = mail
mail_fsync = never
recipient_delimiter = +
lmtp_save_to_detail_mailbox = yes
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={home}/users/%u allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service lmtp {{
  user = root
  inet_listener lmtp {{
    address = {host}
    port = {lmtp}
  }}
}}
service submission-login {{
  inet_listener submission {{
    port = {submission}
  }}
  inet_listener submissions {{
    port = {submissions}
    ssl = yes
  }}
}}
submission_relay_host = {host}
submission_relay_port = {relay}
hostname = mail.test
postmaster_address = postmaster@mail.test
mail_max_userip_connections = 100
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


class Relay:
    """The internet: takes what submission hands over and brings it to the mailboxes, or fails as it was told to."""

    def __init__(self, server: "MailServer") -> None:
        self.server = server

    async def handle_RCPT(self, smtp, session, envelope, address, options):
        if address.endswith("@refused.test"):
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp, session, envelope):
        if self.server.answers:
            return self.server.answers.popleft()
        to = list(envelope.rcpt_tos)
        if self.server.saves_sent:
            to.append(envelope.mail_from.replace("@", "+Sent@"))
        loop = asyncio.get_running_loop()
        if self.server.next_hop:
            return await loop.run_in_executor(None, self._pass_on, envelope.mail_from, to, envelope.content)
        await loop.run_in_executor(None, self._bring, envelope.mail_from, to, envelope.content)
        return "250 2.0.0 taken"

    def _bring(self, sender: str, to: list[str], content: bytes) -> None:
        for _ in range(self.server.copies):
            with smtplib.LMTP(HOST, self.server.ports["lmtp"]) as lmtp:
                lmtp.sendmail(sender, to, content)
        for address in to:
            if address in self.server.responders:
                self.server.deliver(self.server.responders[address](sender, content), to=sender, sender=address)

    def _pass_on(self, sender: str, to: list[str], content: bytes) -> str:
        """To a real mail server, which keeps it, brings it, and writes back when it cannot."""
        with smtplib.SMTP(HOST, self.server.next_hop) as smtp:
            smtp.sendmail(sender, to, content)
        return "250 2.0.0 passed on"


class MailServer:
    """`answers`: what the relay says to the next mails instead of taking them. `copies`: how often each arrives.
    `saves_sent`: the server puts what it takes into the Sent folder by itself, as Gmail does. `next_hop`: the port of a mail
    server that gets everything instead of the mailboxes. `responders`: {address: what a machine there writes back at once to
    (sender, mail)}, without any guard against loops."""

    def __init__(self) -> None:
        self.answers: deque[str] = deque()
        self.copies = 1
        self.saves_sent = False
        self.next_hop = 0
        self.responders: dict[str, Callable[[str, bytes], bytes]] = {}
        self.ports = {name: free_port() for name in ("imap", "imaps", "lmtp", "submission", "submissions", "relay")}
        self.home = Path(tempfile.mkdtemp(prefix="heard-mail-"))

    # ── Life ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> "MailServer":
        """Dovecot in the foreground: where PID 1 does not reap, a daemon leaves a zombie that keeps it from starting again."""
        self.home.chmod(0o755)
        for name in ("mail", "users"):
            (self.home / name).mkdir()
            shutil.chown(self.home / name, "mail", "mail")
        make_certificate(self.home / "server.crt", self.home / "server.key")
        config = self.home / "dovecot.conf"
        config.write_text(CONFIG.format(home=self.home, host=HOST, password=PASSWORD, **self.ports))
        self._relay = Controller(Relay(self), hostname=HOST, port=self.ports["relay"], data_size_limit=200_000_000)
        self._relay.start()
        self._process = subprocess.Popen([DOVECOT, "-F", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for name in ("imap", "imaps", "lmtp", "submission", "submissions"):
            wait_for(lambda name=name: port_is_open(HOST, self.ports[name]))
        return self

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)
        self._relay.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def forgive(self) -> None:
        """No more faults."""
        self.answers.clear()
        self.copies = 1
        self.saves_sent = False
        self.next_hop = 0
        self.responders = {}

    # ── What tests do with it ───────────────────────────────────────────────────────────────────────────────────────

    def account(self, address: str) -> dict:
        """`config` and `secrets` with which Heard connects to the mailbox of `address`."""
        config = {
            "imap_host": HOST,
            "imap_port": self.ports["imap"],
            "imap_security": "none",
            "smtp_host": HOST,
            "smtp_port": self.ports["submission"],
            "smtp_security": "none",
            "username": address,
        }
        return {"config": config, "secrets": {"password": PASSWORD}}

    def deliver(self, mail: bytes | EmailMessage, *, to: str, sender: str = "somebody@elsewhere.test") -> None:
        """Into the mailbox of `to`, as the internet would bring it."""
        raw = mail if isinstance(mail, bytes) else mail.as_bytes(policy=policy.SMTP)
        with smtplib.LMTP(HOST, self.ports["lmtp"]) as lmtp:
            lmtp.sendmail(sender, [to], raw)

    def write(self, sender: str, to: str, subject: str, text: str, *, answering: str = "", **headers: str) -> str:
        """Somebody writes to somebody with a mail program. Returns the Message-ID, without brackets."""
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
        mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip(">"))
        if answering:
            mail["In-Reply-To"] = mail["References"] = f"<{answering}>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        self.deliver(mail, to=to, sender=sender)
        return mail["Message-ID"].strip("<>")

    def messages(self, address: str, folder: str = "INBOX") -> list[EmailMessage]:
        """What lies in a mailbox, oldest first."""
        with self.mailbox(address) as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]", "FLAGS"])
            return [
                message_from_bytes(found[uid][b"BODY[]"].replace(b"\r\n", b"\n"), policy=policy.default) for uid in sorted(found)
            ]

    def flags(self, address: str) -> list[tuple]:
        with self.mailbox(address) as client:
            client.select_folder("INBOX", readonly=True)
            return [item[b"FLAGS"] for item in client.fetch(client.search(), ["FLAGS"]).values()]

    def mailbox(self, address: str) -> IMAPClient:
        """A signed-in IMAP connection of the owner."""
        client = IMAPClient(HOST, self.ports["imap"], ssl=False, timeout=20)
        client.login(address, PASSWORD)
        return client

    def renumber(self, address: str) -> None:
        """The mailbox gets another UIDVALIDITY and every mail another uid, as after a restore or a move to a new server."""
        folder = self.home / "mail" / address
        for file in [*folder.glob("dovecot-uidlist*"), *folder.glob("dovecot.index*")]:
            file.unlink()

    def cutting_line(self) -> "CuttingLine":
        """A way to submission that is cut as soon as a mail has gone through, before the answer comes back."""
        return CuttingLine(self.ports["submission"])


class CuttingLine:
    """Passes bytes both ways until the client has sent the final dot of a mail; then it hangs up on the client."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((HOST, self._to))
            threading.Thread(target=self._back, args=(server, client), daemon=True).start()
            threading.Thread(target=self._forth, args=(client, server), daemon=True).start()

    def _forth(self, client: socket.socket, server: socket.socket) -> None:
        tail = b""
        while data := client.recv(65536):
            tail = (tail + data)[-5:]
            if tail == b"\r\n.\r\n":
                client.shutdown(socket.SHUT_RDWR)
                server.sendall(data)
                return
            server.sendall(data)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        while data := server.recv(65536):
            try:
                client.sendall(data)
            except OSError:
                continue  # the client has hung up; what the server still says is read to its end


def make_certificate(certificate: Path, key: Path) -> None:
    """Self-signed, for "localhost"."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))


def start_or_skip() -> MailServer:
    """Skips, or fails under CI=true, where Dovecot cannot run."""
    parts = (DOVECOT, "/usr/lib/dovecot/imap", "/usr/lib/dovecot/lmtp", "/usr/lib/dovecot/submission")
    require(
        all(Path(part).exists() for part in parts), "Dovecot with imapd, lmtpd and submissiond (tests/support/install_servers.py)"
    )
    require(os.geteuid() == 0, "root, for Dovecot keeps mail under another user")
    return MailServer().start()

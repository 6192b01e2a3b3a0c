"""Connections to mail servers: dialled only where the context permits (threat 40), encrypted and verified unless the
administrator says otherwise, and every failure turned into one of the channel errors, in words one can act on."""

import contextlib
import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from heard.kernel.addresses import addresses_of
from heard.listening.channels.contract import AuthExpired, ChannelError, Context, Rejected, Retryable

TIMEOUT_SECONDS = 30
Security = str  # "tls", "starttls" or "none"


@dataclass(frozen=True)
class Server:
    """Where a mail server is and how to speak to it."""

    protocol: str
    host: str
    port: int
    security: Security
    username: str
    password: str

    def __str__(self) -> str:
        return f"{self.protocol} server {self.host}:{self.port}"


def imap_server(ctx: Context) -> Server:
    return _server(ctx, "IMAP", "imap", {"tls": 993, "starttls": 143, "none": 143})


def smtp_server(ctx: Context) -> Server:
    return _server(ctx, "SMTP", "smtp", {"tls": 465, "starttls": 587, "none": 25})


def _server(ctx: Context, protocol: str, prefix: str, ports: dict[str, int]) -> Server:
    config, secrets = ctx.account.config, ctx.account.secrets
    security = str(config.get(f"{prefix}_security") or "tls").lower()
    if security not in ports:
        raise Rejected(f"{prefix}_security is {security!r}; expected tls, starttls or none")
    host = str(config.get(f"{prefix}_host") or "").strip()
    if not host:
        raise Rejected(f"No {protocol} server is named.")
    port = str(config.get(f"{prefix}_port") or ports[security])
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Rejected(f"{prefix}_port is {port!r}; expected a number")
    username = str(config.get(f"{prefix}_username") or config.get("username") or ctx.account.address)
    password = secrets.get(f"{prefix}_password") or secrets.get("password") or ""
    return Server(protocol, host, int(port), security, username, password)


def dial(ctx: Context, server: Server, timeout_seconds: float = TIMEOUT_SECONDS) -> socket.socket:
    """A connected socket to an address that is permitted, by number: the name is not asked for twice."""
    found = [a for a in addresses_of(server.host, server.port) if ctx.permits(a)]
    if not found:
        raise Rejected(f"{server.host} is a private address; HEARD_ALLOW_PRIVATE_ADDRESSES=yes would allow it.")
    for address in found[:-1]:
        try:
            return socket.create_connection((address, server.port), timeout_seconds)
        except OSError:
            continue
    return socket.create_connection((found[-1], server.port), timeout_seconds)


# ── IMAP ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Imap4(imaplib.IMAP4):
    def __init__(self, ctx: Context, server: Server) -> None:
        self._ctx, self._server = ctx, server
        super().__init__(server.host, server.port)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        plain = dial(self._ctx, self._server)
        if self._server.security != "tls":
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self._server.host)


class _Client(IMAPClient):
    def __init__(self, ctx: Context, server: Server) -> None:
        self._ctx, self._server = ctx, server
        super().__init__(server.host, server.port, ssl=server.security == "tls", timeout=TIMEOUT_SECONDS)

    def _create_IMAP4(self) -> Any:
        return _Imap4(self._ctx, self._server)


@contextmanager
def imap(ctx: Context) -> Iterator[IMAPClient]:
    """A signed-in IMAP connection."""
    server = imap_server(ctx)
    with told_plainly(server):
        client = _Client(ctx, server)
        try:
            if server.security == "starttls":
                client.starttls(ssl.create_default_context())
            _sign_in(client, server)
            yield client
        finally:
            _leave(client)


def _sign_in(client: IMAPClient, server: Server) -> None:
    try:
        client.login(server.username, server.password)
    except LoginError as error:
        if "UNAVAILABLE" in str(error).upper() or "temporar" in str(error).lower():
            raise Retryable(f"The {server} cannot check passwords at the moment.", after_seconds=60) from error
        raise AuthExpired(f"The {server} refused the user name {server.username!r} or its password.") from error


def _leave(client: IMAPClient) -> None:
    """The connection is given up, whatever state it is in."""
    with contextlib.suppress(Exception):
        client.socket().settimeout(3)
        client.logout()
        return
    with contextlib.suppress(Exception):
        client.shutdown()


# ── SMTP ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Smtp(smtplib.SMTP):
    def __init__(self, ctx: Context, server: Server) -> None:
        self._ctx, self._server = ctx, server
        super().__init__(server.host, server.port, timeout=TIMEOUT_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = dial(self._ctx, self._server, timeout)
        if self._server.security != "tls":
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self._server.host)


@contextmanager
def smtp(ctx: Context) -> Iterator[smtplib.SMTP]:
    """A signed-in SMTP connection that has sent nothing yet."""
    server = smtp_server(ctx)
    with told_plainly(server):
        client = _Smtp(ctx, server)
        try:
            if server.security == "starttls":
                client.starttls(context=ssl.create_default_context())
            client.ehlo_or_helo_if_needed()
            if server.password:
                client.login(server.username, server.password)
            yield client
        finally:
            _hang_up(client)


def _hang_up(client: smtplib.SMTP) -> None:
    with contextlib.suppress(Exception):
        if client.sock is not None:
            client.sock.settimeout(3)
            client.quit()
    client.close()


# ── Errors ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def told_plainly(server: Server) -> Iterator[None]:
    """Network and protocol errors become channel errors; channel errors pass."""
    try:
        yield
    except ChannelError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Rejected(f"The certificate of the {server} cannot be trusted: {error.verify_message}.") from error
    except ssl.SSLError as error:
        raise Retryable(f"The {server} does not speak TLS as expected ({error.reason}); is it the right port?") from error
    except smtplib.SMTPAuthenticationError as error:
        raise _refused_sign_in(server, error.smtp_code) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Rejected(f"The {server} does not offer what is configured: {error}.") from error
    except socket.gaierror as error:
        raise Retryable(f"The name {server.host} is not known.", after_seconds=60) from error
    except TimeoutError as error:
        raise Retryable(f"The {server} does not answer.", after_seconds=60) from error
    except ConnectionRefusedError as error:
        raise Retryable(f"Nothing listens at the {server}.", after_seconds=60) from error
    except UnicodeError as error:
        raise Rejected(f"The name {server.host} is no host name.") from error
    except smtplib.SMTPResponseException as error:
        raise _by_code(server, error.smtp_code, error.smtp_error) from error
    except (OSError, smtplib.SMTPException, imaplib.IMAP4.abort) as error:
        raise Retryable(f"The connection to the {server} broke off ({type(error).__name__}).") from error
    except (imaplib.IMAP4.error, ValueError) as error:
        raise Retryable(f"The {server} answered something unexpected: {str(error)[:200]}", after_seconds=60) from error


def _refused_sign_in(server: Server, code: int) -> ChannelError:
    if 400 <= code < 500:
        return Retryable(f"The {server} cannot check passwords at the moment ({code}).", after_seconds=60)
    return AuthExpired(f"The {server} refused the user name {server.username!r} or its password.")


def _by_code(server: Server, code: int, text: bytes | str) -> ChannelError:
    said = (text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text))[:300]
    if code in (530, 534, 535):
        return AuthExpired(f"The {server} wants another sign-in: {code} {said}")
    if 400 <= code < 500:
        return Retryable(f"The {server} said not now: {code} {said}", after_seconds=60)
    return Rejected(f"The {server} said no: {code} {said}")

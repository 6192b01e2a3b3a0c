"""Connections of an external component (XEP-0114): dialled only where the context permits, and told apart by what went wrong."""

import hashlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from xml.etree.ElementTree import Element
from xml.sax.saxutils import quoteattr

from heard.kernel.addresses import addresses_of
from heard.listening.channels.contract import AuthExpired, ChannelError, Context, Rejected, Retryable
from heard.listening.channels.xmpp.jid import domain, own
from heard.listening.channels.xmpp.xml import STREAMS, BadXml, Reader, Stanza, tag

TIMEOUT_SECONDS = 20
READ_BYTES = 65_536
ERRORS = "{urn:ietf:params:xml:ns:xmpp-streams}"


class Conflict(Retryable):
    """Somebody is connected as this component already, with the right secret."""


@dataclass(frozen=True)
class Server:
    """Where the server takes components, and as which one we come."""

    host: str
    port: int
    is_encrypted: bool
    domain: str
    secret: str

    def __str__(self) -> str:
        return f"XMPP server {self.host}:{self.port}"


def hearing(ctx: Context) -> Server:
    """The component whose addresses are ours: what is said to them comes here."""
    return _server(ctx, domain(own(ctx.account)), ctx.account.secrets.get("secret", ""))


def speaking(ctx: Context) -> Server:
    """The second component, by which we send while the first one listens: servers allow one connection each."""
    named = str(ctx.account.config.get("send_domain") or f"send.{domain(own(ctx.account))}").strip().lower()
    return _server(ctx, named, ctx.account.secrets.get("send_secret", ""))


def _server(ctx: Context, named: str, secret: str) -> Server:
    config = ctx.account.config
    port = str(config.get("port") or 5347)
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Rejected(f"port is {port!r}; expected a number")
    host = str(config.get("host") or "").strip()
    if not host:
        raise Rejected("No XMPP server is named.")
    return Server(host, int(port), config.get("security") == "tls", named, secret)


class Link:
    """A stream to the server."""

    def __init__(self, line: socket.socket, server: Server) -> None:
        self._line, self._server, self._reader = line, server, Reader()
        self.heard_at = time.monotonic()

    def send(self, *stanzas: str) -> None:
        self._line.settimeout(TIMEOUT_SECONDS)
        self._line.sendall("".join(stanzas).encode())

    def read(self, *, seconds: float = TIMEOUT_SECONDS) -> list[Stanza]:
        """What has come, waiting so long for something; may be nothing. Raises channel errors, BadXml and OSError."""
        self._line.settimeout(seconds)
        try:
            data = self._line.recv(READ_BYTES)
        except TimeoutError:
            return []
        found = self._reader.feed(data)
        for stanza in found:
            if stanza.element.tag == f"{{{STREAMS}}}error":
                raise refused(self._server, stanza.element)
        if not data or self._reader.is_over:
            raise ConnectionResetError("the server closed the stream")
        self.heard_at = time.monotonic()
        return found

    def until(self, fits: Callable[[Element], bool]) -> Element:
        """The first stanza that fits; the others are not for us. Raises TimeoutError."""
        end = time.monotonic() + TIMEOUT_SECONDS
        while (left := end - time.monotonic()) > 0:
            for stanza in self.read(seconds=left):
                if fits(stanza.element):
                    return stanza.element
        raise TimeoutError

    def sign_in(self) -> None:
        server = self._server
        spaces = f"xmlns='jabber:component:accept' xmlns:stream='{STREAMS}'"
        self.send(f"<?xml version='1.0'?><stream:stream {spaces} to={quoteattr(server.domain)}>")
        end = time.monotonic() + TIMEOUT_SECONDS
        while self._reader.header is None and time.monotonic() < end:
            self.read(seconds=end - time.monotonic())
        if self._reader.header is None:
            raise TimeoutError
        stream_id = self._reader.header.get("id", "")
        proof = hashlib.sha1(f"{stream_id}{server.secret}".encode(), usedforsecurity=False).hexdigest()  # XEP-0114 says so
        self.send(tag("handshake", proof))
        self.until(lambda element: element.tag == "handshake")

    def close(self) -> None:
        with suppress(OSError):
            self._line.settimeout(1)
            self._line.sendall(b"</stream:stream>")
        with suppress(OSError):
            self._line.close()


@contextmanager
def linked(ctx: Context, server: Server) -> Iterator[Link]:
    """A stream on which we are signed in."""
    with told_plainly(server):
        link = Link(dial(ctx, server), server)
        try:
            link.sign_in()
            yield link
        finally:
            link.close()


def dial(ctx: Context, server: Server) -> socket.socket:
    """A socket to an address that is permitted, by number: the name is not asked for twice (threat 40)."""
    permitted = [address for address in addresses_of(server.host, server.port) if ctx.permits(address)]
    if not permitted:
        raise Rejected(f"{server.host} is a private address; HEARD_ALLOW_PRIVATE_ADDRESSES=yes would allow it.")
    for address in permitted[:-1]:
        with suppress(OSError):
            return _secured(socket.create_connection((address, server.port), TIMEOUT_SECONDS), server)
    return _secured(socket.create_connection((permitted[-1], server.port), TIMEOUT_SECONDS), server)


def _secured(line: socket.socket, server: Server) -> socket.socket:
    return ssl.create_default_context().wrap_socket(line, server_hostname=server.host) if server.is_encrypted else line


def refused(server: Server, error: Element) -> ChannelError:
    """What a server says before it hangs up."""
    kinds = [child.tag.removeprefix(ERRORS) for child in error if child.tag != f"{ERRORS}text"]
    kind = kinds[0] if kinds else "undefined-condition"
    if kind == "not-authorized":
        return AuthExpired(f"The {server} refused the secret of the component {server.domain}.")
    if kind == "conflict":
        return Conflict(f"Somebody is connected to the {server} as {server.domain} already.", after_seconds=2)
    if kind == "host-unknown":
        return Retryable(f"The {server} knows no component {server.domain}.", after_seconds=60)
    if kind == "invalid-from":
        return Rejected(f"{server.domain} may not send for our addresses; set validate_from_addresses = false for it.")
    said = error.findtext(f"{ERRORS}text") or ""
    return Retryable(f"The {server} hung up: {kind} {said[:200]}".strip(), after_seconds=30)


@contextmanager
def told_plainly(server: Server) -> Iterator[None]:
    """Network and protocol errors become channel errors; channel errors pass."""
    try:
        yield
    except ChannelError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Rejected(f"The certificate of the {server} cannot be trusted: {error.verify_message}.") from error
    except socket.gaierror as error:
        raise Retryable(f"The name {server.host} is not known.", after_seconds=60) from error
    except TimeoutError as error:
        raise Retryable(f"The {server} does not answer.", after_seconds=60) from error
    except ConnectionRefusedError as error:
        raise Retryable(f"Nothing listens at the {server}.", after_seconds=60) from error
    except UnicodeError as error:
        raise Rejected(f"The name {server.host} is no host name.") from error
    except BadXml as error:
        raise Retryable(f"The {server} says what is no XMPP: {error}", after_seconds=60) from error
    except OSError as error:
        raise Retryable(f"The connection to the {server} broke off ({type(error).__name__}).") from error

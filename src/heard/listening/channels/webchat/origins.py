"""From which sites the chat may be used: scheme, host and port, compared whole and never by how they end (threat 37)."""

from urllib.parse import urlsplit

USUAL_PORTS = {"http": 80, "https": 443}


class NoOrigin(ValueError):
    """The text names no site; says so in words for an administrator."""


def origin_of(address: str) -> str:
    """As a browser writes it into `Origin`: small letters, no path, no usual port. Raises NoOrigin."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        raise NoOrigin(_words(address)) from None
    host = (parts.hostname or "").lower()
    is_bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    if parts.scheme not in USUAL_PORTS or not host or "*" in host or parts.username is not None or not is_bare:
        raise NoOrigin(_words(address))
    try:
        host = f"[{host}]" if ":" in host else host.encode("idna").decode()
    except UnicodeError:
        raise NoOrigin(_words(address)) from None
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, USUAL_PORTS[parts.scheme]) else "")


def _words(address: str) -> str:
    return f"{address[:80]!r} is not the address of a site such as https://www.example.com, without a path and without *."

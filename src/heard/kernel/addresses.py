"""Which addresses an outbound connection may go to. Knows no Django, so that channel adapters may use it for mail hosts too.

A name is looked up once and the connection goes to the very address that was judged: a second, different answer of
the name server (DNS rebinding) is never asked for.
"""

import ipaddress
import socket

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

AZURE_WIRE_SERVER = ipaddress.ip_address("168.63.129.16")  # hands out a virtual machine's secrets, yet lies in public space
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """True for an address on the open internet; False for loopback, private, link-local, metadata, reserved and multicast."""
    seen = _unwrapped(ipaddress.ip_address(address))
    return seen.is_global and not seen.is_multicast and seen != AZURE_WIRE_SERVER


def addresses_of(host: str, port: int) -> list[str]:
    """Every address of a name, numeric, in the resolver's order. Raises OSError when the name is not known."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries inside, for there the packets go."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address

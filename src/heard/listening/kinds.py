"""Which channels an administrator looks for in one place, told by what they can do and never by their names."""

from collections.abc import Iterable

from heard.listening.channels.contract import Capabilities, ChannelAdapter

WRITTEN_TO = "Mail, phone and text messages"
NETWORKS = "Social networks and chat"
OWN_SITE = "Your own site"
LISTENED_TO = "To listen only"
BROUGHT = "By hand, from files and from other systems"
ORDER = (WRITTEN_TO, NETWORKS, OWN_SITE, LISTENED_TO, BROUGHT)


def group_of(can: Capabilities) -> str:
    if can.address_kind == "visitor":
        return OWN_SITE
    if can.outbound:
        return WRITTEN_TO if can.address_kind in ("email", "phone") else NETWORKS
    return LISTENED_TO if {"poll", "stream"} & set(can.inbound) else BROUGHT


def grouped(adapters: Iterable[ChannelAdapter]) -> list[tuple[str, list[ChannelAdapter]]]:
    """In the order in which most companies need them; empty groups are left out."""
    found: dict[str, list[ChannelAdapter]] = {group: [] for group in ORDER}
    for adapter in adapters:
        found[group_of(adapter.capabilities)].append(adapter)
    return [(group, members) for group, members in found.items() if members]

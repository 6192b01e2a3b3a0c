"""What an identity says about the person behind it, by being what it is: its name, its address, its handle, its page."""

from heard.identity.rules.certain import ADDRESS_OF
from heard.identity.rules.survivor import VISITORS

NAMELESS = frozenset({"record", "name"})  # networks whose ids and handles are of our own making


def said_by(
    *, network: str, external_id: str, handle: str, name: str, profile_url: str, verified: bool = False
) -> list[tuple[str, str]]:
    """(field, value) as in rules/traits.py. An anonymous visitor of a site says nothing: what is shown as their name we made up.

    `verified`: the network vouches for them, and so for their page; a page that nobody vouches for is a link that they claim.
    """
    said = []
    if network in VISITORS:
        return [("email", handle)] if "@" in handle and " " not in handle else []
    if name and name != handle and "@" not in name:
        said.append(("name", name))
    kind = ADDRESS_OF.get(network)
    if kind:
        said.append((kind, external_id))
    elif handle and network not in NAMELESS:
        said.append(("handle", handle))
    if profile_url:
        said.append(("page" if verified else "link", profile_url))
    return said

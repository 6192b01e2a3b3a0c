"""What makes two identities certainly one address, whatever network they were met on."""

# Networks whose identities are an e-mail address or a phone number; others have handles that mean nothing elsewhere.
ADDRESS_OF = {
    "email": "email",
    "phone": "phone",
    "sms": "phone",
    "whatsapp": "phone",
}
# Networks whose identities are visitors of a site: who is signed in there, the site vouches for in the handle.
SITES = ("webchat",)


def certain_key(*, network: str, external_id: str, verified: bool, handle: str = "") -> str:
    """The address behind an identity, the same text on every network; empty when nothing vouches for it.

    An address that nobody verified is a claim: anyone can write any address into a form or a From line.
    """
    if network in SITES:
        return _vouched_for(network, external_id, handle) if verified else ""
    kind = ADDRESS_OF.get(network)
    if kind is None or not verified or not external_id:
        return ""
    return f"{kind}:{external_id.strip().lower()}"


def _vouched_for(network: str, external_id: str, handle: str) -> str:
    """A mail address is one everywhere; an id of the site's own ("user 42") means something on one chat of it only.

    The adapter writes a space into every handle that is no proved mail address.
    """
    if not handle:
        return ""
    if "@" in handle and " " not in handle:
        return f"email:{handle.lower()}"
    return f"{network}:{external_id.partition(':')[0]} {handle}"

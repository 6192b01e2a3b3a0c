"""What makes two identities certainly one address, whatever network they were met on."""

# Networks whose identities are an e-mail address or a phone number; others have handles that mean nothing elsewhere.
ADDRESS_OF = {
    "email": "email",
    "phone": "phone",
    "sms": "phone",
    "whatsapp": "phone",
}


def certain_key(*, network: str, external_id: str, verified: bool) -> str:
    """The address behind an identity, the same text on every network; empty when nothing vouches for it.

    An address that nobody verified is a claim: anyone can write any address into a form or a From line.
    """
    kind = ADDRESS_OF.get(network)
    if kind is None or not verified or not external_id:
        return ""
    return f"{kind}:{external_id.strip().lower()}"

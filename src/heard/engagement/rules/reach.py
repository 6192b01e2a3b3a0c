"""May this account of ours speak to that identity, and if not, why not; in words for the composer."""

from dataclasses import dataclass

NETWORK_OF_ADDRESS = {"email": "email", "phone": "phone"}  # other addresses mean something on one network only
WORDS_OF_STATE = {
    "off": "this channel is switched off",
    "paused": "this channel is paused: somebody must sign in to it again",
}


@dataclass(frozen=True)
class Speaker:
    """An account of ours: its adapter's `capabilities` and its state."""

    kind: str
    state: str
    outbound: bool
    address_kind: str
    who_may_initiate: str
    visibilities: tuple[str, ...]


def is_on_network(speaker: Speaker, *, network: str, was_heard_here: bool) -> bool:
    """Whether the identity has an address that this account can write to at all."""
    return speaker.outbound and (was_heard_here or network == NETWORK_OF_ADDRESS.get(speaker.address_kind, speaker.kind))


def why_not(speaker: Speaker, *, was_heard_here: bool) -> str:
    """Empty when the account may speak now."""
    if speaker.state in WORDS_OF_STATE:
        return WORDS_OF_STATE[speaker.state]
    if speaker.who_may_initiate == "nobody":
        return "this channel only listens"
    if speaker.who_may_initiate == "only_reply" and not was_heard_here:
        return "they have not written to us here, and this channel allows answers only"
    return ""


def visibilities(speaker: Speaker, *, heard_as: str) -> tuple[str, ...]:
    """In which ways it may be said, the safest first choice first. What came in private is never answered in public."""
    if not heard_as:
        return ("private",) if "private" in speaker.visibilities else speaker.visibilities[:1]
    allowed = [v for v in (heard_as, "private") if v in speaker.visibilities]
    if heard_as == "private" and not allowed:
        return ()
    return tuple(dict.fromkeys(allowed)) or speaker.visibilities[:1]

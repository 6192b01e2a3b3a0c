"""What the test button finds, in words an administrator can act on."""

from heard.listening.channels.contract import ChannelError, Context, Health
from heard.listening.channels.xmpp.connect import Conflict, hearing, linked, speaking
from heard.listening.channels.xmpp.jid import own, rooms
from heard.listening.channels.xmpp.send import mouth, say

HEAR, SPEAK, AS_OURS = "hear what is said to our domain", "send", "send under our addresses"


def check(ctx: Context) -> Health:
    scopes = {HEAR: False, SPEAK: False, AS_OURS: False}
    try:
        ear = hears(ctx)
        scopes[HEAR] = True
        with mouth(ctx) as link:
            scopes[SPEAK] = True
            say(ctx, link)
        scopes[AS_OURS] = True
    except ChannelError as error:
        return Health(ok=False, message=str(error), scopes=scopes)
    details = {
        "hears as": f"{hearing(ctx).domain} ({ear})",
        "sends as": speaking(ctx).domain,
        "rooms": " ".join(rooms(ctx.account)) or "none",
    }
    return Health(ok=True, message=f"Hears and sends as {own(ctx.account)}.", details=details, scopes=scopes)


def hears(ctx: Context) -> str:
    """The server lets one in at a time, and tells a wrong secret from a line that is taken."""
    try:
        with linked(ctx, hearing(ctx)):
            return "nobody listened"
    except Conflict:
        return "listening"

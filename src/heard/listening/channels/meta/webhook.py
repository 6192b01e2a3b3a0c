"""Meta's webhooks: the handshake, the signature over the raw bytes, and one delivery for each thing that happened. Pure.

Meta signs no time, so there is no window to hold a call to. A replay is refused by its key instead: the same bytes are the same
delivery, whenever they come.
"""

import hmac
import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from heard.listening.channels.contract import (
    Account,
    BadSignature,
    BaseAdapter,
    ConfigField,
    RawEvent,
    Request,
    Response,
)

T = TypeVar("T")
Pieces = dict[str, Any]
ANYTHING = dict[str, msgspec.Raw]
WHERE_THINGS_LIE = ("messaging", "standby", "changes")
LISTS_OF_WHATSAPP = ("messages", "statuses", "message_echoes", "calls", "user_preferences")
HEARD = Response(status=200, body=b"EVENT_RECEIVED")  # anything but 200 makes Meta try again, and at last give up on us

APP_SECRET = ConfigField(
    name="app_secret",
    label="App secret",
    secret=True,
    help="App dashboard → App settings → Basic → App secret. It proves that a call comes from Meta.",
)
VERIFY_TOKEN = ConfigField(
    name="verify_token",
    label="Verify token",
    secret=True,
    help="A long word that you make up, and enter again at Meta beside the address of the webhook.",
)


class WebhookAdapter(BaseAdapter):
    """The way in that WhatsApp, Pages and Instagram have in common."""

    hook_calls = {"GET": "", "POST": ""}  # GET is the handshake

    def challenge(self, request: Request, account: Account) -> Response | None:
        """Meta asks once, when somebody enters our address there. Raises BadSignature when it does not know the word."""
        if request.method != "GET" or request.query.get("hub.mode") != "subscribe":
            return None
        expected = account.secrets.get(VERIFY_TOKEN.name, "")
        if not expected or not is_same(request.query.get("hub.verify_token", ""), expected):
            raise BadSignature("the verify token is not the one of this account")
        challenge = request.query.get("hub.challenge", "")
        if not re.fullmatch(r"[\w.-]{1,200}", challenge):  # we repeat no markup of strangers
            raise BadSignature("the challenge is not one of Meta's")
        return Response(status=200, body=challenge.encode())

    def verify(self, request: Request, account: Account) -> None:
        secret = account.secrets.get(APP_SECRET.name, "")
        if not secret:
            raise BadSignature("this account has no app secret yet")
        given = request.headers.get("x-hub-signature-256", "")
        if not is_same(given, signature(secret, request.body)):
            raise BadSignature("the signature does not fit")

    def deliveries_of(self, request: Request) -> list[RawEvent]:
        return [
            RawEvent(key=sha256(piece).hexdigest(), body=piece, content_type="application/json") for piece in split(request.body)
        ]

    def answer(self, request: Request, account: Account) -> Response | None:
        return HEARD


def signature(secret: str, body: bytes) -> str:
    """What Meta puts in X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()


def is_same(given: str, expected: str) -> bool:
    """Told in the same time whatever is given, even half a surrogate pair."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))


# ── One call, many things ───────────────────────────────────────────────────────────────────────────────────────────


def split(body: bytes) -> list[bytes]:
    """Each thing that happened as a call of its own, so that a bad one stands alone and each author keeps their order.

    One thing stays byte for byte as it came; so does what is no call of Meta's at all, to be looked at later.
    """
    try:
        hook = decode(body, ANYTHING)
        pieces = [piece for entry in decode(hook["entry"], list[ANYTHING]) for piece in _of_entry(entry)]
    except (KeyError, ValueError):
        return [body]
    if len(pieces) < 2:
        return [body]
    return [msgspec.json.encode({**hook, "entry": [piece]}) for piece in pieces]


def _of_entry(entry: Pieces) -> list[Pieces]:
    around = {name: value for name, value in entry.items() if name not in WHERE_THINGS_LIE}
    return [
        {**around, name: [piece]}
        for name in WHERE_THINGS_LIE
        if name in entry
        for thing in decode(entry[name], list[msgspec.Raw])
        for piece in (_of_change(thing) if name == "changes" else [thing])
    ]


def _of_change(change: msgspec.Raw) -> list[Any]:
    """WhatsApp packs several messages into one change."""
    parts = decode(change, ANYTHING)
    try:
        value = decode(parts["value"], ANYTHING)
    except (KeyError, ValueError):
        return [change]
    lists = {name: decode(value[name], list[msgspec.Raw]) for name in LISTS_OF_WHATSAPP if name in value}
    if sum(map(len, lists.values())) < 2:
        return [change]
    around = {name: part for name, part in value.items() if name not in lists}
    return [{**parts, "value": {**_with_own_contact(around, thing), name: [thing]}} for name in lists for thing in lists[name]]


class _Whose(msgspec.Struct):
    wa_id: str = ""
    user_id: str = ""


def _with_own_contact(around: Pieces, thing: msgspec.Raw) -> Pieces:
    """No one's name travels with another's words."""
    if "contacts" not in around:
        return around
    contacts = decode(around["contacts"], list[msgspec.Raw])
    whose = [(contact, decode(contact, _Whose)) for contact in contacts]
    own = [
        contact for contact, who in whose if any(id_ and f'"{id_}"'.encode() in bytes(thing) for id_ in (who.wa_id, who.user_id))
    ]
    return {**around, "contacts": own}


# ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def decode(body: bytes | msgspec.Raw, type_: type[T]) -> T:
    """Raises ValueError for anything that is not what `type_` says."""
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not what Meta's webhooks say: {error}") from error


def moment(seconds: float) -> datetime:
    """Since 1970. Raises ValueError for what no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{seconds} is no time") from error

"""Voices that another system brings: by REST with a token, or by a signed webhook. See channel.md."""

import hmac
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from heard.listening.channels.api import item as items
from heard.listening.channels.api.author import author_key
from heard.listening.channels.contract import (
    Account,
    BadSignature,
    BaseAdapter,
    Capabilities,
    ConfigField,
    Context,
    Event,
    Health,
    RawEvent,
    Request,
)

WINDOW_SECONDS = 300  # an older signature is a replay
SECRET = "signing_secret"


class Adapter(BaseAdapter):
    kind = "api"
    label = "REST API and webhook"
    capabilities = Capabilities(
        inbound=("webhook", "upload"),
        visibilities=("public", "followers", "private"),
        threading="tree",
        attachments=True,
        max_attachment_bytes=10 * 1024 * 1024,
        edit=False,
        who_may_initiate="nobody",
        requests_per_minute=600,
    )
    config_fields = (
        ConfigField(
            name=SECRET,
            label="Signing secret",
            help="Shared with the system that calls the webhook; 32 characters or more. Empty: the webhook refuses everyone.",
            required=False,
            secret=True,
        ),
    )
    texts_are_storable = True  # JSON cannot say half a pair, and `items.parsed` takes NUL out

    def check(self, ctx: Context) -> Health:
        if not ctx.account.secrets.get(SECRET):
            return Health(ok=True, message="Ready for tokens. The webhook refuses everyone until a signing secret is set.")
        return Health(ok=True, message="Ready for tokens and for signed webhooks.")

    def verify(self, request: Request, account: Account) -> None:
        """HMAC-SHA256 of "<timestamp>.<body>" under the account's secret, at most five minutes old. Raises BadSignature."""
        secret = account.secrets.get(SECRET, "")
        if not secret:
            raise BadSignature("this account has no signing secret yet")
        stamp = request.headers.get("x-heard-timestamp", "")
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            raise BadSignature("X-Heard-Timestamp is missing or is not a number of seconds")
        if abs(datetime.now(UTC).timestamp() - int(stamp)) > WINDOW_SECONDS:
            raise BadSignature("the signature is older than five minutes, or a clock is wrong")
        given = request.headers.get("x-heard-signature", "")
        if not hmac.compare_digest(given.encode(), signature(secret, stamp, request.body).encode()):
            raise BadSignature("the signature does not fit")

    def deliveries_of(self, request: Request) -> list[RawEvent]:
        """A list is split, so that one bad item stands alone; what is no JSON at all is kept whole and looked at later."""
        return [_delivery(body) for body in split(request.body)]

    def author_key(self, raw: RawEvent) -> str:
        return author_key(raw.body)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return items.events_of(items.parsed(raw.body), key=raw.key, received_at=raw.received_at)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What a caller puts in X-Heard-Signature."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def split(body: bytes) -> list[bytes]:
    """The items of a JSON list, each byte for byte as sent; anything else is one item."""
    if not body.lstrip(b" \t\r\n").startswith(b"["):
        return [body]
    try:
        return [bytes(part) for part in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, RecursionError):
        return [body]


def _delivery(body: bytes) -> RawEvent:
    content = sha256(body).hexdigest()
    try:
        return items.delivery_of(body, items.parsed(body), spare_key=content)
    except items.BadItem:
        return RawEvent(key=content, body=body, content_type="application/json")

"""How updates come in: we ask for them, or Telegram calls us. Both bring the same ones under the same keys.

The cursor is JSON: {"bot": "the bot's number", "offset": next update wanted, "at": when we had the last one}.
"""

import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import (
    JSON,
    Account,
    BadSignature,
    Context,
    PullPage,
    RawEvent,
    Rejected,
    Request,
    Retryable,
)
from heard.listening.channels.telegram.api import Api, token_of
from heard.listening.channels.telegram.payloads import HEARD, decode

MOST = 100  # updates in one answer
LONG_POLL_SECONDS = 10  # a stream ends no sooner after we are asked to stop
PATIENCE_SECONDS = LONG_POLL_SECONDS + 10
# After a week without updates Telegram goes on from a random number, which an older place could skip.
PLACE_IS_GOOD_FOR = timedelta(days=6)


class Webhook(Struct, frozen=True):
    url: str = ""
    pending_update_count: int = 0
    last_error_date: int = 0
    last_error_message: str = ""


class Marks(Struct, frozen=True):
    update_id: int


def by_webhook(account: Account) -> bool:
    return account.config.get("listen") == "webhook"


def pull(ctx: Context, cursor: JSON, *, limit: int) -> PullPage:
    return is_called(ctx) if by_webhook(ctx.account) else updates(ctx, cursor, limit=limit)


def stream(ctx: Context, cursor: JSON) -> Iterator[PullPage]:
    """Raises Rejected where Telegram calls us."""
    if by_webhook(ctx.account):
        raise Rejected("Telegram calls us; there is nothing to wait for")
    while not ctx.stopping():
        page = updates(ctx, cursor, limit=MOST, wait_seconds=LONG_POLL_SECONDS)
        cursor = page.cursor or cursor
        yield page


def updates(ctx: Context, cursor: JSON, *, limit: int, wait_seconds: int = 0) -> PullPage:
    """To ask for what follows a place is to say that all before it is kept, and Telegram forgets that."""
    bot = token_of(ctx.account).partition(":")[0]
    size = max(min(limit, MOST), 1)
    offset = offset_of(cursor, bot, ctx.now())
    found = Api(ctx).ask(
        "getUpdates",
        list[msgspec.Raw],
        timeout_seconds=PATIENCE_SECONDS if wait_seconds else None,
        limit=size,
        timeout=wait_seconds,
        allowed_updates=HEARD,
        **({"offset": offset} if offset else {}),
    )
    if not found:
        return PullPage()
    deliveries = [delivery(bytes(update), now=ctx.now()) for update in found]
    try:
        last = decode(found[-1], Marks).update_id
    except ValueError as error:
        raise Retryable(f"Telegram gave a damaged answer: {error}") from error
    place = {"bot": bot, "offset": last + 1, "at": ctx.now().isoformat()}
    return PullPage(deliveries=deliveries, cursor=place, has_more=len(found) >= size)


def offset_of(cursor: JSON, bot: str, now: datetime) -> int:
    """0 where we have no place, or one of another bot, or one that is too old to be good."""
    try:
        is_good = cursor["bot"] == bot and datetime.fromisoformat(cursor["at"]) > now - PLACE_IS_GOOD_FOR
        return int(cursor["offset"]) if is_good else 0
    except (KeyError, TypeError, ValueError):
        return 0


def delivery(body: bytes, *, now: datetime | None = None) -> RawEvent:
    """What has no readable number is known by its bytes: it is kept like any other, and quarantined alone."""
    try:
        key = f"update:{decode(body, Marks).update_id}"
    except ValueError:
        key = sha256(body).hexdigest()
    return RawEvent(key=key, body=body, content_type="application/json", received_at=now)


# ── Telegram calls us ───────────────────────────────────────────────────────────────────────────────────────────────


def is_called(ctx: Context) -> PullPage:
    """A sign of life: whether Telegram still calls us, and whether we answer."""
    webhook = Api(ctx).ask("getWebhookInfo", Webhook)
    if problem := problem_of(webhook, ctx):
        raise Retryable(problem, after_seconds=60)
    return PullPage()


def problem_of(webhook: Webhook, ctx: Context) -> str:
    """Empty when all is well. Telegram keeps what it could not bring for 24 hours."""
    if webhook.url != ctx.hook_url:
        return "Telegram does not call us any more: somebody took the webhook away. Press the test button, which sets it again."
    recent = ctx.now().timestamp() - 600
    if webhook.last_error_message and webhook.last_error_date > recent and webhook.pending_update_count:
        waiting = webhook.pending_update_count
        return f"Telegram calls us and gets no good answer ({webhook.last_error_message[:200]}); {waiting} update(s) wait there."
    return ""


def listen_as_chosen(ctx: Context) -> Webhook:
    """Sets the webhook, or takes it away, as the account is set up. What waits at Telegram is kept."""
    api = Api(ctx)
    if by_webhook(ctx.account):
        if not ctx.hook_url.startswith("https://"):
            raise Rejected("Telegram calls only addresses that begin with https://. Let Heard poll, or give it such an address.")
        secret = call_secret(ctx.account)
        api.ask("setWebhook", bool, url=ctx.hook_url, secret_token=secret, allowed_updates=HEARD, max_connections=10)
    else:
        stop_calls(api)
    return api.ask("getWebhookInfo", Webhook)


def stop_calls(api: Api) -> None:
    api.ask("deleteWebhook", bool, drop_pending_updates=False)


def call_secret(account: Account) -> str:
    """What Telegram shows with every call. Made of the token, so that it is nobody's to choose and changes with it."""
    return hmac.new(account.secrets.get("bot_token", "").encode(), b"Heard: webhook", sha256).hexdigest()


def verify(request: Request, account: Account) -> None:
    """Telegram signs neither bytes nor time: it shows a secret. A call that comes twice is one delivery by its number."""
    given = request.headers.get("x-telegram-bot-api-secret-token", "")
    if not by_webhook(account) or not account.secrets.get("bot_token"):
        raise BadSignature("Telegram is not asked to call for this account")
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), call_secret(account).encode()):
        raise BadSignature("the secret of the call does not fit")

"""Telegram by the Bot API. channel.md says why it is as it is."""

from collections.abc import Iterator

from heard.listening.channels.contract import (
    JSON,
    Account,
    BaseAdapter,
    Capabilities,
    ConfigField,
    Context,
    Event,
    File,
    Health,
    Outgoing,
    Part,
    PullPage,
    RawEvent,
    Request,
    Response,
    Sent,
)
from heard.listening.channels.telegram import check, listen, read, send
from heard.listening.channels.telegram.words import MAX_TEXT, MOST_BYTES, UNIT, parts_of

HEARD = Response(status=200)  # anything else makes Telegram call again


class Adapter(BaseAdapter):
    kind = "telegram"
    label = "Telegram"
    capabilities = Capabilities(
        inbound=("poll", "stream", "webhook"),
        outbound=True,
        visibilities=("private", "followers", "public"),
        threading="tree",
        text_format="plain",
        max_length=MAX_TEXT,
        length_unit=UNIT,
        overflow="split",
        attachments=True,
        max_attachment_bytes=MOST_BYTES,
        edit=True,
        delete=True,
        delete_within_seconds=48 * 3600,  # https://core.telegram.org/bots/api#deletemessage
        reactions=True,
        idempotent_send="none",
        can_reconcile=False,
        who_may_initiate="only_reply",
        address_kind="opaque",
        requests_per_minute=60,  # one a second into one talk; 20 a minute into one group, 30 a second in all
        silent_after_seconds=900,
        poll_every_seconds=60,
    )
    config_fields = (
        ConfigField(name="bot_token", label="Token of the bot", secret=True, help="From @BotFather, as 123456789:letters"),
        ConfigField(
            name="listen",
            label="How updates come",
            kind="choice",
            choices=("ask", "webhook"),
            default="ask",
            required=False,
            help="ask: Heard waits at Telegram, from anywhere. webhook: Telegram calls Heard, which needs a public https address",
        ),
        ConfigField(
            name="groups",
            label="In groups hear",
            kind="choice",
            choices=("named", "everything"),
            default="named",
            required=False,
            help="named: what names the bot or answers it. everything: also the rest, as far as Telegram shows it",
        ),
        ConfigField(
            name="base_url",
            label="Bot API",
            kind="url",
            required=False,
            default=read.API,
            help="Leave it, unless you run a Bot API server of your own.",
        ),
    )

    def check(self, ctx: Context) -> Health:
        return check.check(ctx)

    def disconnect(self, ctx: Context) -> str:
        return check.disconnect(ctx)

    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage:
        return listen.pull(ctx, cursor, limit=limit)

    def stream(self, ctx: Context, cursor: JSON) -> Iterator[PullPage]:
        return listen.stream(ctx, cursor)

    def verify(self, request: Request, account: Account) -> None:
        listen.verify(request, account)

    def deliveries_of(self, request: Request) -> list[RawEvent]:
        return [listen.delivery(request.body)]

    def answer(self, request: Request, account: Account) -> Response | None:
        return HEARD

    def author_key(self, raw: RawEvent) -> str:
        return read.author_key(raw.body)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return read.events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return parts_of(message, account)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return send.send(ctx, part)

    def edit(self, ctx: Context, external_id: str, part: Part) -> None:
        send.edit(ctx, external_id, part)

    def delete(self, ctx: Context, external_id: str) -> None:
        send.delete(ctx, external_id)

    def fetch_media(self, ctx: Context, file: File) -> File:
        return send.fetch(ctx, file)

"""Matrix as an application service. channel.md says why it is as it is."""

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
from heard.listening.channels.matrix import check, door, send
from heard.listening.channels.matrix.listen import listen
from heard.listening.channels.matrix.read import events_of
from heard.listening.channels.matrix.words import MAX_BYTES, parts_of


class Adapter(BaseAdapter):
    kind = "matrix"
    label = "Matrix"
    capabilities = Capabilities(
        inbound=("webhook", "stream"),
        outbound=True,
        visibilities=("private", "public"),
        threading="tree",
        text_format="plain",
        max_length=MAX_BYTES,
        length_unit="bytes",
        overflow="split",
        attachments=True,
        max_attachment_bytes=20 * 1024 * 1024,
        edit=True,
        delete=True,
        reactions=True,
        delivery_status=True,
        idempotent_send="native",
        can_reconcile=True,
        who_may_initiate="any",
        private_reply=True,
        address_kind="handle",
        requests_per_minute=120,
        silent_after_seconds=600,
    )
    config_fields = (
        ConfigField(name="base_url", label="Homeserver", kind="url", help="https://HOST, where programs sign in"),
        ConfigField(
            name="as_token",
            label="Application service token",
            secret=True,
            help="`as_token` of the registration file: with it we sign in. Invent a long one",
        ),
        ConfigField(
            name="hs_token",
            label="Homeserver token",
            secret=True,
            help="`hs_token` of the registration file: with it the homeserver proves itself to us. Invent another long one",
        ),
        ConfigField(
            name="public_rooms",
            label="Public rooms",
            kind="list",
            required=False,
            help="Internal ids (!…:server) of rooms that anybody may read, in which we listen and answer",
        ),
    )
    hook_calls = door.CALLS

    def check(self, ctx: Context) -> Health:
        return check.check(ctx)

    def disconnect(self, ctx: Context) -> str:
        return check.disconnect(ctx)

    def challenge(self, request: Request, account: Account) -> Response | None:
        return door.question(request, account) if request.below else None

    def verify(self, request: Request, account: Account) -> None:
        door.prove(request, account)

    def deliveries_of(self, request: Request) -> list[RawEvent]:
        return door.deliveries_of(request)

    def answer(self, request: Request, account: Account) -> Response | None:
        return door.TAKEN

    def author_key(self, raw: RawEvent) -> str:
        return door.marks_of(raw.body).sender

    def stream(self, ctx: Context, cursor: JSON) -> Iterator[PullPage]:
        return listen(ctx, cursor)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return parts_of(message, account)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return send.send(ctx, part, idem=idem)

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        return send.reconcile(ctx, part, idem=idem)

    def edit(self, ctx: Context, external_id: str, part: Part) -> None:
        send.edit(ctx, external_id, part)

    def delete(self, ctx: Context, external_id: str) -> None:
        send.delete(ctx, external_id)

    def fetch_media(self, ctx: Context, file: File) -> File:
        return send.fetch(ctx, file)

"""XMPP as an external component. channel.md says why it is as it is."""

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
    Sent,
)
from heard.listening.channels.xmpp import check, send
from heard.listening.channels.xmpp.author import author_key
from heard.listening.channels.xmpp.listen import listen
from heard.listening.channels.xmpp.read import events_of
from heard.listening.channels.xmpp.words import MAX_BYTES, parts_of


class Adapter(BaseAdapter):
    kind = "xmpp"
    label = "XMPP (Jabber)"
    capabilities = Capabilities(
        inbound=("stream",),
        outbound=True,
        visibilities=("private", "public"),
        threading="tree",
        text_format="plain",
        max_length=MAX_BYTES,
        length_unit="bytes",
        overflow="split",
        attachments=True,
        max_attachment_bytes=10 * 1024 * 1024,
        edit=True,
        delete=True,
        delete_where=("private",),  # in a room only its moderators can
        reactions=True,
        delivery_status=True,
        idempotent_send="none",
        can_reconcile=False,
        who_may_initiate="any",
        private_reply=True,
        address_kind="handle",
        requests_per_minute=120,
        silent_after_seconds=300,
    )
    config_fields = (
        ConfigField(name="host", label="Server", help="Host name or address at which the server takes components"),
        ConfigField(name="port", label="Port", kind="number", default="5347"),
        ConfigField(
            name="security",
            label="Security",
            kind="choice",
            choices=("none", "tls"),
            default="none",
            help="none is right on the same machine or in a network of your own; servers seldom offer more to components",
        ),
        ConfigField(name="secret", label="Secret of the component", secret=True),
        ConfigField(
            name="send_domain",
            label="Component to send by",
            required=False,
            help="A second component; empty: send. and the domain of the first",
        ),
        ConfigField(name="send_secret", label="Secret of the component to send by", secret=True),
        ConfigField(
            name="rooms",
            label="Rooms",
            kind="list",
            required=False,
            help="room@server of the rooms in which we listen and answer",
        ),
        ConfigField(name="nick", label="Our name in rooms", required=False, help="Empty: the name of the account"),
        ConfigField(
            name="upload_service",
            label="Upload service",
            required=False,
            help="Where files that we send are put, such as upload.example.org; empty: we send none",
        ),
    )

    def check(self, ctx: Context) -> Health:
        return check.check(ctx)

    def disconnect(self, ctx: Context) -> str:
        return "On the XMPP server, take both components out of its configuration; their secrets work until then."

    def author_key(self, raw: RawEvent) -> str:
        return author_key(raw)

    def stream(self, ctx: Context, cursor: JSON) -> Iterator[PullPage]:
        return listen(ctx)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return parts_of(message, account)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return send.send(ctx, part, idem=idem)

    def edit(self, ctx: Context, external_id: str, part: Part) -> None:
        send.edit(ctx, external_id, part)

    def delete(self, ctx: Context, external_id: str) -> None:
        send.delete(ctx, external_id)

    def fetch_media(self, ctx: Context, file: File) -> File:
        return send.fetch(ctx, file)

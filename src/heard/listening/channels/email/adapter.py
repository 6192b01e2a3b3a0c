"""E-mail by IMAP and SMTP; channel.md says what an administrator fills in."""

from collections.abc import Iterator
from typing import ClassVar

from heard.listening.channels.contract import (
    JSON,
    Account,
    BaseAdapter,
    Capabilities,
    ChannelError,
    ConfigField,
    Context,
    Event,
    Health,
    Outgoing,
    Part,
    PullPage,
    RawEvent,
    Sent,
)
from heard.listening.channels.email import compose, connect, incoming, outgoing
from heard.listening.channels.email.mime import MOST_BYTES, Unreadable
from heard.listening.channels.email.read import events_of

SECURITY = ("tls", "starttls", "none")


class Adapter(BaseAdapter):
    kind: ClassVar[str] = "email"
    label: ClassVar[str] = "E-mail"
    capabilities: ClassVar[Capabilities] = Capabilities(
        inbound=("poll", "stream"),
        outbound=True,
        visibilities=("private",),
        threading="subject",
        text_format="plain",
        subject=True,
        attachments=True,
        max_attachment_bytes=25_000_000,
        delivery_status=True,
        idempotent_send="client_id",
        can_reconcile=True,
        who_may_initiate="any",
        address_kind="email",
        requests_per_minute=60,
        silent_after_seconds=15 * 60,
        poll_every_seconds=60,
    )
    config_fields: ClassVar[tuple[ConfigField, ...]] = (
        ConfigField(name="imap_host", label="IMAP server", help="Where mail is read, for example imap.example.com."),
        ConfigField(name="imap_port", label="IMAP port", kind="number", required=False, help="993 with TLS, else 143."),
        ConfigField(name="imap_security", label="IMAP encryption", kind="choice", choices=SECURITY, default="tls"),
        ConfigField(name="smtp_host", label="SMTP server", help="Where answers are handed in, for example smtp.example.com."),
        ConfigField(name="smtp_port", label="SMTP port", kind="number", required=False, help="465 with TLS, 587 with STARTTLS."),
        ConfigField(name="smtp_security", label="SMTP encryption", kind="choice", choices=SECURITY, default="tls"),
        ConfigField(name="username", label="User name", required=False, help="When it is not the address itself."),
        ConfigField(
            name="password", label="Password", secret=True, help="Often an app password made in the mail account's settings."
        ),
        ConfigField(name="folder", label="Folder", required=False, default="INBOX"),
        ConfigField(
            name="sent_copies",
            label="Copies of what we send",
            kind="choice",
            choices=("append", "server", "none"),
            required=False,
            default="append",
            help="append: Heard puts them into the Sent folder. server: the server does it by itself, as Gmail does.",
        ),
        ConfigField(name="sent_folder", label="Sent folder", required=False, help="When the server does not mark it as such."),
        ConfigField(
            name="read_sent",
            label="Hear what colleagues send from their own mail program",
            kind="choice",
            choices=("no", "yes"),
            required=False,
            default="no",
            help="yes: the Sent folder is read as well, and what lies there is shown as said by us.",
        ),
        ConfigField(name="from_name", label="Sender name", required=False, help="What customers see beside the address."),
        ConfigField(name="aliases", label="Our other addresses", kind="list", required=False, help="Mail from them is ours too."),
        ConfigField(
            name="authserv_id",
            label="Name of the checking server",
            required=False,
            help="First word of the Authentication-Results header that your own mail server writes. Without it no sender counts as verified.",
        ),
        ConfigField(name="first_days", label="Days to read back at first", kind="number", required=False, default="30"),
    )

    def check(self, ctx: Context) -> Health:
        problems, details = [], {}
        for name, look in (("IMAP", self._look_at_imap), ("SMTP", self._look_at_smtp)):
            try:
                details[name] = look(ctx)
            except ChannelError as error:
                details[name] = str(error)
                problems.append(str(error))
        return Health(ok=not problems, message=" ".join(problems) or "Mail can be read and sent.", details=details)

    def _look_at_imap(self, ctx: Context) -> str:
        with connect.imap(ctx) as client:
            return incoming.describe(ctx, client)

    def _look_at_smtp(self, ctx: Context) -> str:
        with connect.smtp(ctx) as client:
            client.noop()
        return "signed in"

    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage:
        return incoming.pull(ctx, cursor, limit=limit)

    def stream(self, ctx: Context, cursor: JSON) -> Iterator[PullPage]:
        return incoming.stream(ctx, cursor)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        """Raises mime.Unreadable, a ValueError that says why, for what is too large to be interpreted."""
        if oversized := raw.headers.get("oversized_bytes"):
            raise Unreadable(
                f"This mail has {int(oversized) / 1e6:.0f} MB; Heard reads mails of up to {MOST_BYTES / 1e6:.0f} MB. "
                "Its beginning is kept here; the whole is still in the mailbox."
            )
        return events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return compose.parts_of(message, account)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return outgoing.send(ctx, part, idem=idem)

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        return outgoing.reconcile(ctx, part, idem=idem)

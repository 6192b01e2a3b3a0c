"""Chat on a web site. The visitor's page talks to heard.project.webchat, which keeps what it brings as deliveries; what we say
goes into our own store, from which the same door reads it to the page. So there is no network to call. See channel.md."""

from typing import ClassVar

from heard.listening.channels.contract import (
    Account,
    BaseAdapter,
    Capabilities,
    ConfigField,
    Context,
    Event,
    Health,
    Outgoing,
    Part,
    RawEvent,
    Rejected,
    Sent,
)
from heard.listening.channels.lengths import pieces
from heard.listening.channels.webchat.files import MAX_FILE_BYTES
from heard.listening.channels.webchat.payloads import MAX_WORDS, NETWORK
from heard.listening.channels.webchat.read import author_key, events_of
from heard.listening.channels.webchat.settings import ADDRESSES, COLOUR, settings_of

SECRET = "identify_secret"  # the name of the field


class Adapter(BaseAdapter):
    kind: ClassVar[str] = "webchat"
    label: ClassVar[str] = "Web chat"
    capabilities: ClassVar[Capabilities] = Capabilities(
        inbound=("form",),
        outbound=True,
        threading="flat",
        max_length=MAX_WORDS,
        overflow="split",
        attachments=True,
        max_attachment_bytes=MAX_FILE_BYTES,
        idempotent_send="native",
        can_reconcile=True,
        who_may_initiate="only_reply",
        address_kind="visitor",
        requests_per_minute=100_000,  # nobody is called
    )
    config_fields: ClassVar[tuple[ConfigField, ...]] = (
        ConfigField(
            name="origins",
            label="Your sites",
            kind="list",
            help="One a line, such as https://www.example.com. Only pages of exactly these may use the chat.",
        ),
        ConfigField(name="title", label="Title", help="At the top of the chat.", required=False),
        ConfigField(name="greeting", label="Greeting", help="The first thing a visitor reads.", required=False),
        ConfigField(name="colour", label="Colour", help="Of the button and the head, for example #0b6b52.", default=COLOUR),
        ConfigField(
            name="texts",
            label="Texts",
            kind="list",
            required=False,
            help="English and German are built in; to say something otherwise: “de.greeting = Guten Tag”. One a line.",
        ),
        ConfigField(
            name="opening_hours",
            label="Opening hours",
            kind="list",
            required=False,
            help="Such as “Mon-Fri 09:00-17:00”, one a line. Outside them visitors leave a message. None: always open.",
        ),
        ConfigField(name="time_zone", label="Time zone of these hours", required=False, default="UTC"),
        ConfigField(
            name="needs_colleague",
            label="Open only while a colleague has the desk open",
            kind="boolean",
            required=False,
            default="false",
        ),
        ConfigField(name="takes_files", label="Visitors may send files", kind="boolean", required=False, default="true"),
        ConfigField(
            name=SECRET,
            label="Secret for signed-in customers",
            required=False,
            secret=True,
            help="32 letters or more that your server shares with Heard, to vouch for who is signed in. Empty: nobody is believed.",
        ),
        ConfigField(
            name="ids_are",
            label="The ids that your server vouches for",
            kind="choice",
            choices=("ids of accounts", ADDRESSES),
            required=False,
            default="ids of accounts",
        ),
        ConfigField(
            name="generation",
            label="Generation of visitors",
            kind="number",
            required=False,
            default="1",
            help="Raise it by one to sign out every visitor at once: their pages begin anew and show nothing of before.",
        ),
    )

    def check(self, ctx: Context) -> Health:
        problems = settings_of(ctx.account).problems
        if problems:
            return Health(ok=False, message=" ".join(problems))
        secret = ctx.account.secrets.get(SECRET, "")
        if secret and len(secret) < 32:
            return Health(ok=False, message="The secret for signed-in customers is short: take 32 letters or more.")
        known = "signed-in customers are recognised" if secret else "nobody is recognised as signed in, for there is no secret"
        return Health(ok=True, message=f"Ready; {known}.", details=_details(ctx))

    def author_key(self, raw: RawEvent) -> str:
        return author_key(raw.body)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return events_of(raw.body, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        if message.to.network != NETWORK:
            raise Rejected("They left a mail address and are not in the chat; answer by mail.")
        if not (message.to.external_id + message.to.handle).isprintable():
            raise Rejected("This is not the address of a visitor.")
        if sum(len(file.data or b"") for file in message.attachments) > MAX_FILE_BYTES:
            raise Rejected(f"The files are larger than {MAX_FILE_BYTES // 2**20} MB together.")
        texts = pieces(message.text, MAX_WORDS, len) or [""]
        return [
            Part(
                text=text,
                to=message.to,
                number=number,
                total=len(texts),
                in_reply_to=message.in_reply_to,
                thread_ref=message.thread_ref,
                from_name=message.from_name,
                attachments=message.attachments if number == len(texts) else (),
            )
            for number, text in enumerate(texts, 1)
        ]

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        """Sent is what the caller writes down: the visitor's page reads it there."""
        return Sent(external_id=f"ours/{idem}", thread_ref=part.thread_ref, sent_at=ctx.now())

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        """Whatever is not written down did not go out, and the same key is the same message."""
        return None


def _details(ctx: Context) -> dict[str, str]:
    """What to put into the pages, and whose pages may have it."""
    house = ctx.hook_url.partition("/hooks/")[0]
    tag = f'<script async src="{house}/chat/{ctx.account.id}/widget.js"></script>'
    return {"script tag": tag, "sites": ", ".join(sorted(settings_of(ctx.account).origins))}

"""A Facebook Page with its Messenger. channel.md says why both are one account."""

from msgspec import Struct, field

from heard.listening.channels.contract import (
    Account,
    Capabilities,
    ChannelError,
    ConfigField,
    Context,
    Event,
    File,
    Health,
    Outgoing,
    Part,
    RawEvent,
    Rejected,
    Sent,
)
from heard.listening.channels.facebook import read, send
from heard.listening.channels.facebook.words import MAX_MESSAGE, UNIT, parts_of
from heard.listening.channels.meta.graph import ACCESS_TOKEN, FACEBOOK, GRAPH_VERSION, Graph, Success, base_url_field
from heard.listening.channels.meta.token import inspect
from heard.listening.channels.meta.webhook import APP_SECRET, VERIFY_TOKEN, WebhookAdapter

SCOPES = {
    "pages_messaging": "private messages",
    "pages_read_engagement": "what the Page itself says",
    "pages_read_user_content": "comments and posts of others",
    "pages_manage_engagement": "answering, hiding and deleting comments",
    "pages_manage_metadata": "being told of what happens",
}
SUBSCRIBED = (
    *("feed", "mention", "ratings", "messages", "messaging_postbacks", "message_reactions"),
    *("message_echoes", "message_edits", "message_deliveries", "message_reads"),
)
NEEDED = {"feed", "messages", "message_echoes"}


class Adapter(WebhookAdapter):
    kind = "facebook"
    label = "Facebook Page and Messenger"
    scope_words = SCOPES
    capabilities = Capabilities(
        inbound=("webhook",),
        outbound=True,
        visibilities=("public", "private"),
        threading="tree",
        text_format="plain",
        max_length=MAX_MESSAGE,
        length_unit=UNIT,
        overflow="split",
        attachments=True,
        max_attachment_bytes=16_000_000,  # Messenger takes 25 MB, a picture in a comment 4 MB less than that
        edit=True,
        delete=True,
        edit_where=("public",),  # comments; what was said in Messenger stays
        delete_where=("public",),
        hide=True,
        reactions=True,
        delivery_status=True,
        idempotent_send="none",
        can_reconcile=True,
        who_may_initiate="only_reply",
        private_reply=True,
        reply_window_seconds=7 * 24 * 3600,  # in private: a day for everybody, a week with Meta's seal for people
        address_kind="opaque",
        requests_per_minute=120,
    )
    config_fields = (
        ConfigField(name="app_id", label="App ID", help="App dashboard → App settings → Basic"),
        ConfigField(
            name=ACCESS_TOKEN,
            label="Page access token",
            secret=True,
            help="Of a system user for this Page; it then has no end",
        ),
        APP_SECRET,
        VERIFY_TOKEN,
        ConfigField(
            name="human_agent",
            label="Human Agent",
            kind="boolean",
            required=False,
            help="Your app has Meta's feature Human Agent: people may answer for seven days instead of one.",
        ),
        GRAPH_VERSION,
        base_url_field(FACEBOOK),
    )

    def check(self, ctx: Context) -> Health:
        try:
            return health(ctx)
        except ChannelError as error:
            return Health(ok=False, message=str(error))

    def author_key(self, raw: RawEvent) -> str:
        return read.author_key(raw.body)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return read.events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return parts_of(message, account)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return send.send(page(ctx), part, idem=idem)

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        return send.reconcile(page(ctx), part)

    def edit(self, ctx: Context, external_id: str, part: Part) -> None:
        send.edit(ctx, external_id, part)

    def delete(self, ctx: Context, external_id: str) -> None:
        send.delete(ctx, external_id)

    def hide(self, ctx: Context, external_id: str, *, hidden: bool) -> None:
        send.hide(ctx, external_id, hidden=hidden)

    def fetch_media(self, ctx: Context, file: File) -> File:
        return Graph(ctx).fetch(file)

    def disconnect(self, ctx: Context) -> str:
        Graph(page(ctx)).repeat(f"{ctx.account.address.strip()}/subscribed_apps", Success, method="DELETE")
        return "In Meta's business settings, take the Page away from the system user, or revoke its access token."


# ── The account ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Page(Struct, frozen=True):
    id: str
    name: str = ""


class App(Struct, frozen=True):
    id: str = ""
    subscribed_fields: list[str] = field(default_factory=list)


class Apps(Struct, frozen=True):
    data: list[App] = field(default_factory=list)


def page(ctx: Context) -> Context:
    """The same, once the address is the number of a Page: it becomes part of addresses. Raises Rejected."""
    if not ctx.account.address.strip().isascii() or not ctx.account.address.strip().isdigit():
        raise Rejected("the address of this account is the number of the Page (its Page ID), as in its section About")
    return ctx


def health(ctx: Context) -> Health:
    token = inspect(page(ctx))
    scopes = token.may(tuple(SCOPES))
    if not token.is_valid:
        return Health(ok=False, message="Meta does not accept the access token. Make a new one and enter it here.", scopes=scopes)
    missing = [f"{scope} ({SCOPES[scope]})" for scope, allowed in scopes.items() if not allowed]
    if missing:
        return Health(ok=False, message=f"The access token lacks {', '.join(missing)}. Make a new one.", scopes=scopes)
    graph, address = Graph(ctx), ctx.account.address.strip()
    name = graph.read(address, Page, fields="id,name").name
    apps = graph.read(f"{address}/subscribed_apps", Apps, fields="id,subscribed_fields")
    app_id = str(ctx.account.config.get("app_id", ""))
    told = {each for app in apps.data if app.id == app_id for each in app.subscribed_fields}
    at = token.ends_at()
    details = {"Page": name, "token ends": f"{at:%Y-%m-%d}" if at else "never", "webhook": ctx.hook_url}
    details |= {f"told of {each}": "yes" if each in told else "no" for each in SUBSCRIBED}
    if lacking := NEEDED - told:
        message = f"Meta does not tell us of {', '.join(sorted(lacking))}. Subscribe the Page to them; see step 5 of the guide."
        return Health(ok=False, message=message, details=details, scopes=scopes)
    return Health(ok=True, message=f"{name} answers.", details=details, scopes=scopes)

"""WhatsApp by Meta's Cloud API. channel.md says why it is as it is."""

from msgspec import Struct, field

from heard.listening.channels.contract import (
    Account,
    AuthExpired,
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
    Sent,
    Template,
)
from heard.listening.channels.meta.graph import ACCESS_TOKEN, FACEBOOK, GRAPH_VERSION, Graph, Success, base_url_field
from heard.listening.channels.meta.token import Token, inspect
from heard.listening.channels.meta.webhook import APP_SECRET, VERIFY_TOKEN, WebhookAdapter
from heard.listening.channels.whatsapp import read, send
from heard.listening.channels.whatsapp.words import MAX_TEXT, UNIT, parts_of

SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management")
SCOPE_WORDS = {
    "whatsapp_business_messaging": "hearing and answering",
    "whatsapp_business_management": "approved templates, and being called when somebody writes",
}


class Adapter(WebhookAdapter):
    kind = "whatsapp"
    label = "WhatsApp"
    scope_words = SCOPE_WORDS
    capabilities = Capabilities(
        inbound=("webhook",),
        outbound=True,
        visibilities=("private",),
        threading="flat",
        text_format="plain",
        max_length=MAX_TEXT,
        length_unit=UNIT,
        overflow="split",
        attachments=True,
        max_attachment_bytes=16_000_000,
        reactions=True,
        delivery_status=True,
        idempotent_send="none",
        can_reconcile=False,
        who_may_initiate="any",  # with a template, once they agreed to be written to
        reply_window_seconds=24 * 3600,
        templates=True,
        address_kind="phone",
        requests_per_minute=600,  # the number sends 80 a second; this keeps below the business account's own limit
    )
    config_fields = (
        ConfigField(name="waba_id", label="WhatsApp Business Account ID", help="App dashboard → WhatsApp → API Setup"),
        ConfigField(name="app_id", label="App ID", help="App dashboard → App settings → Basic"),
        ConfigField(
            name=ACCESS_TOKEN,
            label="Access token",
            secret=True,
            help="Of a system user, with whatsapp_business_messaging and whatsapp_business_management",
        ),
        APP_SECRET,
        VERIFY_TOKEN,
        GRAPH_VERSION,
        base_url_field(FACEBOOK),
    )

    def check(self, ctx: Context) -> Health:
        try:
            return health(ctx)
        except AuthExpired as error:
            return Health(ok=False, message=str(error))
        except ChannelError as error:
            return Health(ok=False, message=f"{error}")

    def author_key(self, raw: RawEvent) -> str:
        return read.author_key(raw.body)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return read.events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return parts_of(message, account)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return send.send(ctx, part, idem=idem)

    def templates(self, ctx: Context) -> list[Template]:
        return send.templates(ctx)

    def fetch_media(self, ctx: Context, file: File) -> File:
        return send.fetch(ctx, file)

    def disconnect(self, ctx: Context) -> str:
        return disconnect(ctx)


# ── The account ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Number(Struct, frozen=True):
    id: str
    display_phone_number: str = ""
    verified_name: str = ""
    quality_rating: str = ""


class Numbers(Struct, frozen=True):
    data: list[Number] = field(default_factory=list)


class App(Struct, frozen=True):
    id: str = ""
    name: str = ""


class Subscribed(Struct, frozen=True):
    whatsapp_business_api_data: App = field(default_factory=App)


class Subscriptions(Struct, frozen=True):
    data: list[Subscribed] = field(default_factory=list)


def health(ctx: Context) -> Health:
    token = inspect(ctx)
    graph, scopes = Graph(ctx), token.may(SCOPES)
    if problem := problem_of(token, scopes):
        return Health(ok=False, message=problem, scopes=scopes)
    number = graph.read(send.number_of(ctx), Number)
    apps = graph.read(f"{send.business_of(ctx)}/subscribed_apps", Subscriptions)
    details = {
        "number": f"{number.display_phone_number} ({number.verified_name})",
        "quality": number.quality_rating or "not told yet",
        "token ends": ends(token),
        "webhook": ctx.hook_url,
    }
    app_id = str(ctx.account.config.get("app_id", ""))
    if app_id not in {app.whatsapp_business_api_data.id for app in apps.data}:
        message = "Your app is not subscribed to the WhatsApp Business Account, so nothing comes in. See step 6 of the guide."
        return Health(ok=False, message=message, details=details, scopes=scopes)
    return Health(ok=True, message=f"{number.display_phone_number} answers.", details=details, scopes=scopes)


def problem_of(token: Token, scopes: dict[str, bool]) -> str:
    if not token.is_valid:
        return "Meta does not accept the access token. Make a new one for the system user and enter it here."
    missing = [scope for scope, allowed in scopes.items() if not allowed]
    return f"The access token lacks {' and '.join(missing)}. Make a new one with both and enter it here." if missing else ""


def ends(token: Token) -> str:
    at = token.ends_at()
    return f"{at:%Y-%m-%d}" if at else "never"


def disconnect(ctx: Context) -> str:
    """Other numbers of the same business account go on being heard; only the last one takes the subscription along."""
    graph, business = Graph(ctx), send.business_of(ctx)
    others = [number for number in graph.read(f"{business}/phone_numbers", Numbers).data if number.id != send.number_of(ctx)]
    revoke = "In Meta's business settings, revoke the access token of the system user"
    if others:
        return f"{revoke}, unless other numbers use it. The webhook stays for {len(others)} other number(s)."
    graph.repeat(f"{business}/subscribed_apps", Success, method="DELETE")
    return f"{revoke}."

"""Instagram by its API with Instagram Login. channel.md says why it is as it is."""

from collections.abc import Callable

from msgspec import Struct, field

from heard.listening.channels.contract import (
    JSON,
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
    PullPage,
    RawEvent,
    Rejected,
    Sent,
)
from heard.listening.channels.instagram import pull, read, send
from heard.listening.channels.instagram.words import MAX_MESSAGE, UNIT, parts_of
from heard.listening.channels.meta.graph import ACCESS_TOKEN, GRAPH_VERSION, Graph, Success, base_url_field
from heard.listening.channels.meta.webhook import APP_SECRET, VERIFY_TOKEN, WebhookAdapter

NEEDED = {"comments", "messages"}
SUBSCRIBED = ("comments", "live_comments", "mentions", "messages", "message_reactions", "messaging_postbacks", "messaging_seen")

SCOPE_WORDS = {
    "instagram_business_basic": "seeing whose account this is",
    "instagram_business_manage_messages": "messages, and answers to stories",
    "instagram_business_manage_comments": "comments, and answering them",
}


class Adapter(WebhookAdapter):
    kind = "instagram"
    label = "Instagram"
    scope_words = SCOPE_WORDS
    capabilities = Capabilities(
        inbound=("webhook", "poll"),
        outbound=True,
        visibilities=("private", "public"),
        threading="tree",
        text_format="plain",
        max_length=MAX_MESSAGE,  # of a message; a comment has 300 characters and is cut there
        length_unit=UNIT,
        overflow="split",
        delete=True,  # comments; what was said in private stays
        hide=True,
        reactions=True,
        delivery_status=True,
        idempotent_send="none",
        can_reconcile=True,
        who_may_initiate="only_reply",
        private_reply=True,
        reply_window_seconds=7 * 24 * 3600,  # in private: a day for everybody, a week with Meta's seal for people
        address_kind="opaque",
        requests_per_minute=60,
        silent_after_seconds=3600,
        poll_every_seconds=600,  # for what was deleted; all else is told at once
    )
    config_fields = (
        ConfigField(
            name=ACCESS_TOKEN,
            label="Access token",
            secret=True,
            help="App dashboard → Instagram → API setup with Instagram login → Generate token",
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
        base_url_field(send.INSTAGRAM),
    )

    def check(self, ctx: Context) -> Health:
        try:
            return health(send.with_fresh_token(ctx))
        except ChannelError as error:
            return Health(ok=False, message=str(error))

    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage:
        return pull.pull(numbered(ctx), cursor)

    def author_key(self, raw: RawEvent) -> str:
        return read.author_key(raw.body)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return read.events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return parts_of(message, account)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return send.send(numbered(ctx), part)

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        return send.reconcile(numbered(ctx), part)

    def delete(self, ctx: Context, external_id: str) -> None:
        send.delete(ctx, external_id)

    def hide(self, ctx: Context, external_id: str, *, hidden: bool) -> None:
        send.hide(ctx, external_id, hidden=hidden)

    def fetch_media(self, ctx: Context, file: File) -> File:
        return send.fetch(ctx, file)

    def disconnect(self, ctx: Context) -> str:
        send.api(numbered(ctx)).repeat(f"{ctx.account.address.strip()}/subscribed_apps", Success, method="DELETE")
        return "In the Instagram app, under Settings → Website permissions → Apps and websites, remove your app."


# ── The account ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Me(Struct, frozen=True):
    user_id: str
    username: str = ""


class Some(Struct, frozen=True):
    data: list[dict] = field(default_factory=list)


class App(Struct, frozen=True):
    subscribed_fields: list[str] = field(default_factory=list)


class Apps(Struct, frozen=True):
    data: list[App] = field(default_factory=list)


def numbered(ctx: Context) -> Context:
    """The same, once the address is a number: it becomes part of addresses. Raises Rejected."""
    address = ctx.account.address.strip()
    if not address.isascii() or not address.isdigit():
        raise Rejected("the address of this account is the number of the Instagram account; the dashboard shows it by the name")
    return ctx


def health(ctx: Context) -> Health:
    graph, address = send.api(numbered(ctx)), ctx.account.address.strip()
    me = graph.read("me", Me, fields="user_id,username")
    if me.user_id != address:
        message = f"The token belongs to @{me.username} ({me.user_id}), but this account is set up as {address}."
        return Health(ok=False, message=message)
    scopes = {
        "instagram_business_basic": True,
        "instagram_business_manage_messages": allowed(lambda: messages(graph, address)),
        "instagram_business_manage_comments": allowed(lambda: comments(graph, address)),
    }
    told = {each for app in graph.read(f"{address}/subscribed_apps", Apps).data for each in app.subscribed_fields}
    details = {"account": f"@{me.username}", "webhook": ctx.hook_url}
    details |= {f"told of {each}": "yes" if each in told else "no" for each in SUBSCRIBED}
    problem = missing(scopes) or untold(told)
    return Health(ok=not problem, message=problem or f"@{me.username} answers.", details=details, scopes=scopes)


def messages(graph: Graph, address: str) -> Some:
    return graph.read(f"{address}/conversations", Some, platform="instagram", limit=1)


def comments(graph: Graph, address: str) -> Some:
    return graph.read(f"{address}/media", Some, fields="id,comments.limit(1){id}", limit=1)


def allowed(question: Callable[[], Some]) -> bool:
    """Tokens of Instagram do not say what they may, so a question is asked that needs it."""
    try:
        question()
    except AuthExpired:
        raise
    except Rejected:
        return False
    return True


def missing(scopes: dict[str, bool]) -> str:
    lacking = [scope for scope, granted in scopes.items() if not granted]
    return f"The access token lacks {' and '.join(lacking)}. Make a new one with it and enter it here." if lacking else ""


def untold(told: set[str]) -> str:
    lacking = ", ".join(sorted(NEEDED - told))
    return f"Instagram does not tell us of {lacking}. Subscribe the account to them; see step 4 of the guide." if lacking else ""

"""X by its API, version 2. channel.md says why it is as it is."""

from msgspec import Struct

from heard.listening.channels.contract import (
    JSON,
    Account,
    BaseAdapter,
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
    Sent,
)
from heard.listening.channels.x import read, send, session
from heard.listening.channels.x.api import Api
from heard.listening.channels.x.payloads import User
from heard.listening.channels.x.pull import Puller
from heard.listening.channels.x.sign_in import XSignIn
from heard.listening.channels.x.words import MAX_POST, MOST_BYTES, UNIT, parts_of

SCOPES = (
    "tweet.read",
    "users.read",
    "offline.access",
    "tweet.write",
    "media.write",
    "dm.read",
    "dm.write",
    "tweet.moderate.write",
    "like.read",
)
NEEDED = SCOPES[:3]


class Adapter(BaseAdapter):
    kind = "x"
    label = "X"
    sign_in = XSignIn(SCOPES)
    capabilities = Capabilities(
        inbound=("poll",),
        outbound=True,
        visibilities=("public", "private"),
        threading="tree",
        text_format="plain",
        max_length=MAX_POST,
        length_unit=UNIT,
        overflow="split",
        attachments=True,
        max_attachment_bytes=MOST_BYTES,
        delete=True,
        hide=True,
        reactions=True,
        idempotent_send="none",
        can_reconcile=True,
        who_may_initiate="only_reply",
        private_reply=True,
        address_kind="opaque",
        requests_per_minute=20,  # 300 in 15 minutes where an app pays for what it uses; X says when it is less
        silent_after_seconds=3600,
        poll_every_seconds=120,
    )
    config_fields = (
        ConfigField(name="client_id", label="Client ID", help="console.x.com → your app → Keys and tokens → OAuth 2.0"),
        ConfigField(
            name="client_secret",
            label="Client secret",
            secret=True,
            required=False,
            help="Beside the client ID; leave it empty for a public client",
        ),
        ConfigField(
            name="refresh_token",
            label="Refresh token",
            secret=True,
            help="Signing in fills it. Else what authorising the app gave you",
        ),
        ConfigField(
            name="keywords",
            label="Keywords",
            kind="list",
            required=False,
            help="Also hear posts with these words, hashtags or names; X charges for each post that it finds",
        ),
        ConfigField(
            name="base_url",
            label="API",
            kind="url",
            required=False,
            default=session.API,
            help="Leave it, unless you use a gateway.",
        ),
    )

    def check(self, ctx: Context) -> Health:
        try:
            return health(ctx)
        except ChannelError as error:
            return Health(ok=False, message=str(error))

    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage:
        return Puller(ctx, cursor, limit=limit).run()

    def author_key(self, raw: RawEvent) -> str:
        return read.author_key(raw.body)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return read.events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return parts_of(message, account)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return send.send(ctx, part)

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        return send.reconcile(ctx, part)

    def delete(self, ctx: Context, external_id: str) -> None:
        send.delete(ctx, external_id)

    def hide(self, ctx: Context, external_id: str, *, hidden: bool) -> None:
        send.hide(ctx, external_id, hidden=hidden)

    def fetch_media(self, ctx: Context, file: File) -> File:
        return Api(ctx).fetch(file)

    def disconnect(self, ctx: Context) -> str:
        session.revoke(ctx)
        return "At x.com → Settings → Security and account access → Apps and sessions, see that the app is gone."


class Me(Struct, frozen=True):
    data: User


def health(ctx: Context) -> Health:
    api = Api(ctx, early=True)
    me = api.read("/2/users/me", Me).data
    scopes = {scope: api.may(scope) for scope in SCOPES}
    details = {"signed in as": f"@{me.username} ({me.name})", "number": me.id}
    if me.username.lower() != read.own_name(ctx.account):
        message = f"The sign-in belongs to @{me.username}, but this account is set up as @{read.own_name(ctx.account)}."
        return Health(ok=False, message=message, details=details, scopes=scopes)
    missing = [scope for scope in SCOPES if not scopes[scope]]
    if any(scope in NEEDED for scope in missing):
        message = f"The app was authorised without {', '.join(missing)}. Authorise it again with all of them."
        return Health(ok=False, message=message, details=details, scopes=scopes)
    without = f" Without {', '.join(missing)} not everything works; authorise the app again with them." if missing else ""
    return Health(ok=True, message=f"Signed in as @{me.username}.{without}", details=details, scopes=scopes)

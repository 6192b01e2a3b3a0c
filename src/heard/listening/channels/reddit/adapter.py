"""Reddit as a channel. channel.md says why it is as it is."""

from collections.abc import Mapping
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
    NotFound,
    Outgoing,
    Part,
    PullPage,
    RawEvent,
    Rejected,
    Sent,
)
from heard.listening.channels.reddit import pull, read, send
from heard.listening.channels.reddit.api import API, SIGN_IN, Api, revoke, username_of
from heard.listening.channels.reddit.payloads import Me

SCOPES = {
    "identity": "knowing as whom we are signed in",
    "privatemessages": "mentions, answers and messages",
    "read": "subreddits, searches, edits and deletions",
    "submit": "answering",
    "edit": "changing and deleting what we said",
    "history": "finding an answer again whose fate is unclear",
}


class Adapter(BaseAdapter):
    kind = "reddit"
    label = "Reddit"
    capabilities = Capabilities(
        inbound=("poll",),
        outbound=True,
        visibilities=("public", "private"),
        threading="tree",
        text_format="markdown",
        max_length=send.MAX_CHARACTERS,
        overflow="reject",
        edit=True,
        delete=True,
        idempotent_send="none",
        can_reconcile=True,
        who_may_initiate="only_reply",
        private_reply=True,
        address_kind="opaque",
        requests_per_minute=60,  # of 100 that Reddit allows
        silent_after_seconds=1800,
        poll_every_seconds=60,
    )
    config_fields = (
        ConfigField(name="client_id", label="Client ID", help="Below the name of your app at reddit.com/prefs/apps"),
        ConfigField(name="client_secret", label="Client secret", secret=True, help="Of the same app"),
        ConfigField(
            name="password",
            label="Password",
            secret=True,
            required=False,
            help="Of the Reddit account, for an app of type script. Leave it empty when you have a refresh token.",
        ),
        ConfigField(
            name="refresh_token",
            label="Refresh token",
            secret=True,
            required=False,
            help="For an app of type web app; it goes before the password.",
        ),
        ConfigField(
            name="subreddits",
            label="Subreddits",
            kind="list",
            required=False,
            help="All that is said there is heard; such as acme",
        ),
        ConfigField(
            name="keywords",
            label="Keywords",
            kind="list",
            required=False,
            help="Posts anywhere on Reddit with these words are heard",
        ),
        ConfigField(name="base_url", label="Reddit's API", kind="url", required=False, default=API, help="Leave it."),
        ConfigField(name="sign_in_url", label="Reddit's sign-in", kind="url", required=False, default=SIGN_IN, help="Leave it."),
    )
    scope_words: ClassVar[Mapping[str, str]] = SCOPES

    def check(self, ctx: Context) -> Health:
        try:
            return health(ctx)
        except ChannelError as error:
            return Health(ok=False, message=str(error))

    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage:
        return pull.pull(ctx, cursor, limit=limit)

    def author_key(self, raw: RawEvent) -> str:
        return read.author_key(raw.body)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return read.events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return send.parts_of(message, account)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return send.send(ctx, part)

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        return send.reconcile(ctx, part)

    def edit(self, ctx: Context, external_id: str, part: Part) -> None:
        send.edit(ctx, external_id, part)

    def delete(self, ctx: Context, external_id: str) -> None:
        send.delete(ctx, external_id)

    def disconnect(self, ctx: Context) -> str:
        revoke(ctx)
        return "At reddit.com/prefs/apps, delete the app if nothing else uses it; with a script app, change the password, too."


def health(ctx: Context) -> Health:
    api = Api(ctx)
    me = api.read("api/v1/me", Me)
    granted = api.scopes()
    scopes = {scope: "*" in granted or scope in granted for scope in SCOPES} if granted else {}
    if me.name.lower() != username_of(ctx).lower():
        return Health(
            ok=False, message=f"Reddit signed us in as u/{me.name}; the address of this account is another.", scopes=scopes
        )
    if me.is_suspended:
        return Health(ok=False, message=f"Reddit has suspended u/{me.name}; ask there why.", scopes=scopes)
    if missing := [f"{scope} ({SCOPES[scope]})" for scope, allowed in scopes.items() if not allowed]:
        return Health(ok=False, message=f"The sign-in lacks {', '.join(missing)}. Make a new one.", scopes=scopes)
    closed = [name for name in pull.words_of(ctx.account.config, "subreddits") if not is_open(api, name)]
    if closed:
        return Health(
            ok=False, message=f"These subreddits are closed to us, or do not exist: {', '.join(closed)}.", scopes=scopes
        )
    return Health(ok=True, message=f"u/{me.name} answers.", scopes=scopes)


def is_open(api: Api, subreddit: str) -> bool:
    name = subreddit.removeprefix("/").removeprefix("r/")
    if not pull.SUBREDDIT.fullmatch(name):
        return False
    try:
        api.page(f"r/{name}/new", limit=1)
    except (Rejected, NotFound):
        return False
    return True

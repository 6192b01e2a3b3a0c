"""The Mastodon API as a channel: Mastodon, GoToSocial, Pleroma, Akkoma, snac2. channel.md says why it is as it is."""

from collections.abc import Iterator

from heard.listening.channels.contract import (
    JSON,
    Account,
    AuthExpired,
    BaseAdapter,
    Capabilities,
    ChannelError,
    ConfigField,
    Context,
    Event,
    File,
    Health,
    NotFound,
    Outgoing,
    Part,
    PullPage,
    RawEvent,
    Rejected,
    Sent,
)
from heard.listening.channels.mastodon import scopes, send
from heard.listening.channels.mastodon.api import Api
from heard.listening.channels.mastodon.listen import listen
from heard.listening.channels.mastodon.payloads import Actor, Instance
from heard.listening.channels.mastodon.pull import Puller, words_of
from heard.listening.channels.mastodon.read import address_of, events_of, own_address
from heard.listening.channels.mastodon.sign_in import MastodonSignIn
from heard.listening.channels.mastodon.words import MAX_CHARACTERS, parts_of


class Adapter(BaseAdapter):
    kind = "mastodon"
    label = "Mastodon"
    capabilities = Capabilities(
        inbound=("poll", "stream"),
        outbound=True,
        visibilities=("public", "followers", "private"),
        threading="tree",
        text_format="plain",
        max_length=MAX_CHARACTERS,
        length_unit="characters",
        overflow="split",
        subject=True,
        attachments=True,
        max_attachment_bytes=16 * 1024 * 1024,
        edit=True,
        delete=True,
        reactions=True,
        idempotent_send="native",
        can_reconcile=True,
        who_may_initiate="any",
        address_kind="handle",
        requests_per_minute=60,  # Mastodon allows 300 in five minutes
        silent_after_seconds=900,
        poll_every_seconds=60,
    )
    scope_words = scopes.NEEDED_FOR
    sign_in = MastodonSignIn()
    config_fields = (
        ConfigField(name="base_url", label="Server", kind="url", help="https://HOST, where your account lives"),
        ConfigField(
            name="access_token",
            label="Access token",
            secret=True,
            help="From Preferences → Development → New application, with the scopes read and write",
        ),
        ConfigField(
            name="client_id",
            label="Client key",
            required=False,
            help="Of the same application. With it Heard can take the token back when you disconnect",
        ),
        ConfigField(name="client_secret", label="Client secret", required=False, secret=True, help="Of the same application"),
        ConfigField(name="hashtags", label="Hashtags", kind="list", required=False, help="Also hear posts with these hashtags"),
        ConfigField(
            name="keywords",
            label="Keywords",
            kind="list",
            required=False,
            help="Also hear public posts with these words, as far as the server searches",
        ),
        ConfigField(
            name="max_characters",
            label="Longest post",
            kind="number",
            required=False,
            default=str(MAX_CHARACTERS),
            help="Characters; the test button tells what the server takes",
        ),
    )

    def check(self, ctx: Context) -> Health:
        try:
            return health(ctx, Api(ctx))
        except AuthExpired:
            return Health(ok=False, message="The server does not accept the access token. Make a new one and enter it here.")
        except ChannelError as error:
            return Health(ok=False, message=str(error))

    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage:
        return Puller(ctx, cursor, limit=limit).run()

    def stream(self, ctx: Context, cursor: JSON) -> Iterator[PullPage]:
        return listen(ctx, cursor)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return parts_of(message, account)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return send.send(ctx, part, idem=idem)

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        return send.reconcile(ctx, part)

    def edit(self, ctx: Context, external_id: str, part: Part) -> None:
        send.edit(ctx, external_id, part)

    def delete(self, ctx: Context, external_id: str) -> None:
        send.delete(ctx, external_id)

    def disconnect(self, ctx: Context) -> str:
        return scopes.revoke(ctx)

    def fetch_media(self, ctx: Context, file: File) -> File:
        return send.fetch(ctx, file)


def health(ctx: Context, api: Api) -> Health:
    instance = api.instance()
    me = address_of(api.read("/api/v1/accounts/verify_credentials", Actor).acct, ctx.account)
    details = {
        "signed in as": f"@{me}",
        "server": f"{instance.title or api.base_url} ({instance.version})",
        "longest post": f"{instance.max_characters or MAX_CHARACTERS} characters",
        **{
            f"hashtag {tag}": answers(api, f"/api/v1/timelines/tag/{tag.lstrip('#')}")
            for tag in words_of(ctx.account.config, "hashtags")
        },
        **{
            f"keyword {word}": answers(api, "/api/v2/search", q=word, type="statuses")
            for word in words_of(ctx.account.config, "keywords")
        },
    }
    ours, allowed = own_address(ctx.account), scopes.allowed(api)
    if me != ours:
        wrong = f"The token belongs to @{me}, but this account is set up as @{ours}."
    else:
        wrong = scopes.lacking(allowed)
    words = wrong or f"Signed in as @{me}.{too_long(ctx.account, instance)}"
    return Health(ok=not wrong, message=words, details=details, scopes=allowed)


def answers(api: Api, path: str, **params: str) -> str:
    try:
        api.get(path, limit=1, **params)
    except (Rejected, NotFound) as error:
        return f"not on this server: {error}"
    return "answers"


def too_long(account: Account, instance: Instance) -> str:
    allowed = instance.max_characters or MAX_CHARACTERS
    chosen = str(account.config.get("max_characters") or MAX_CHARACTERS)
    if chosen.isdigit() and int(chosen) > allowed:
        return f" Its posts end at {allowed} characters, not at {chosen}; change the longest post."
    return ""

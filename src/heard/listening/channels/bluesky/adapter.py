"""Bluesky as a channel, and every other server of the AT Protocol. channel.md says why it is as it is."""

import base64
from collections.abc import Iterator
from contextlib import suppress

import msgspec

from heard.listening.channels.bluesky import deliveries, send
from heard.listening.channels.bluesky.api import Api
from heard.listening.channels.bluesky.firehose import SUBSCRIBE
from heard.listening.channels.bluesky.listen import listen, relay_of
from heard.listening.channels.bluesky.payloads import Notifications, Posts, Session
from heard.listening.channels.bluesky.pull import Puller, monitors_of
from heard.listening.channels.bluesky.read import events_of
from heard.listening.channels.bluesky.session import identifier_of
from heard.listening.channels.bluesky.websocket import connected
from heard.listening.channels.bluesky.words import MAX_GRAPHEMES, MAX_PICTURE_BYTES, parts_of
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

OWN_PASSWORD = "com.atproto.access"  # the scope of a session that was opened with the account's own password
BY_HAND = "Delete the app password: in Bluesky under Settings → Privacy and security → App passwords."


class Adapter(BaseAdapter):
    kind = "bluesky"
    label = "Bluesky"
    capabilities = Capabilities(
        inbound=("poll", "stream"),
        outbound=True,
        visibilities=("public",),
        threading="tree",
        text_format="plain",
        max_length=MAX_GRAPHEMES,
        length_unit="graphemes",
        overflow="split",
        attachments=True,
        max_attachment_bytes=MAX_PICTURE_BYTES,
        delete=True,
        reactions=True,
        idempotent_send="client_id",
        can_reconcile=True,
        who_may_initiate="any",
        address_kind="handle",
        requests_per_minute=60,  # bsky.social allows 3000 in five minutes
        silent_after_seconds=900,
        poll_every_seconds=30,
    )
    config_fields = (
        ConfigField(
            name="base_url",
            label="Server",
            kind="url",
            default="https://bsky.social",
            help="Where you sign in; https://bsky.social unless your organisation has a server of its own",
        ),
        ConfigField(
            name="app_password",
            label="App password",
            secret=True,
            help="From Settings → Privacy and security → App passwords; never the account's own password",
        ),
        ConfigField(name="hashtags", label="Hashtags", kind="list", required=False, help="Also hear posts with these hashtags"),
        ConfigField(
            name="keywords", label="Keywords", kind="list", required=False, help="Also hear posts with these words or phrases"
        ),
        ConfigField(
            name="firehose",
            label="Firehose",
            required=False,
            help="wss://HOST of a relay, to hear within seconds; empty: Heard asks every 30 seconds. Read what it costs first",
        ),
    )

    def check(self, ctx: Context) -> Health:
        try:
            return health(ctx, Api(ctx))
        except ChannelError as error:
            return Health(ok=False, message=str(error))

    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage:
        return Puller(ctx, cursor, limit=limit).run()

    def stream(self, ctx: Context, cursor: JSON) -> Iterator[PullPage]:
        return listen(ctx, cursor)

    def author_key(self, raw: RawEvent) -> str:
        return deliveries.author_key(raw)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return parts_of(message)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return send.send(ctx, part, idem=idem)

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        return send.reconcile(ctx, idem=idem)

    def delete(self, ctx: Context, external_id: str) -> None:
        send.delete(ctx, external_id)

    def disconnect(self, ctx: Context) -> str:
        """Ends our session. The app password can only be deleted by the account's owner."""
        with suppress(AuthExpired, NotFound, Rejected):  # it had ended already
            Api(ctx).sign_out()
        return BY_HAND

    def fetch_media(self, ctx: Context, file: File) -> File:
        return send.fetch(ctx, file)


# ── The test button ─────────────────────────────────────────────────────────────────────────────────────────────────


def health(ctx: Context, api: Api) -> Health:
    api.read("app.bsky.notification.listNotifications", Notifications, limit=1)
    session = api.session()
    details = {
        "signed in as": f"@{session.handle}",
        "identity": session.did,
        "server": api.base_url,
        **{f"monitor {name}": answers(api, question) for name, question in monitors_of(ctx.account.config).items()},
        "firehose": firehose_answers(ctx),
    }
    scopes = {"read notifications": True, "post": True}
    if identifier_of(ctx) not in (session.handle.lower(), session.did):
        wrong = f"This is now @{session.handle}; write that as the account's handle."
        return Health(ok=False, message=wrong, details=details, scopes=scopes)
    return Health(ok=True, message=f"Signed in as @{session.handle}.{advice(session)}", details=details, scopes=scopes)


def advice(session: Session) -> str:
    if scope_of(session.accessJwt) != OWN_PASSWORD:
        return ""
    return " But with the account's own password, which can do everything: make an app password and enter that one instead."


def scope_of(token: str) -> str:
    """What a token is for, by its own words; empty when it does not say."""
    try:
        payload = token.split(".")[1]
        return str(msgspec.json.decode(base64.urlsafe_b64decode(payload + "==")).get("scope", ""))
    except (IndexError, ValueError, AttributeError):
        return ""


def answers(api: Api, question: str) -> str:
    try:
        api.read("app.bsky.feed.searchPosts", Posts, q=question, limit=1)
    except (Rejected, NotFound) as error:
        return f"not on this server: {error}"
    return "answers"


def firehose_answers(ctx: Context) -> str:
    relay = relay_of(ctx.account)
    if not relay:
        return "not used"
    try:
        with connected(ctx.http, relay + SUBSCRIBE):
            return "answers"
    except ChannelError as error:
        return str(error)

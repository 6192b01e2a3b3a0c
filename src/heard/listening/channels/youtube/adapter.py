"""Comments on YouTube. channel.md says why it is as it is."""

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
    File,
    Health,
    Outgoing,
    Part,
    PullPage,
    RawEvent,
    Sent,
)
from heard.listening.channels.google.api import base_url_field, fetch
from heard.listening.channels.google.sign_in import SIGN_IN_URL, revoke, scopes_of
from heard.listening.channels.youtube import pull, read, send
from heard.listening.channels.youtube.quota import UNITS_PER_DAY, units_per_day
from heard.listening.channels.youtube.sign_in import YouTubeSignIn
from heard.listening.channels.youtube.tube import ROOT, SCOPE, Tube


class Adapter(BaseAdapter):
    kind = "youtube"
    label = "YouTube"
    sign_in = YouTubeSignIn()
    capabilities = Capabilities(
        inbound=("poll",),
        outbound=True,
        visibilities=("public",),
        threading="flat",
        text_format="plain",
        max_length=send.MAX_CHARACTERS,
        overflow="reject",
        edit=True,
        delete=True,
        hide=True,
        idempotent_send="none",
        can_reconcile=True,
        who_may_initiate="only_reply",
        address_kind="opaque",
        requests_per_minute=60,  # what is scarce are the units of a day: quota.py
        silent_after_seconds=3600,
        poll_every_seconds=60,
    )
    config_fields = (
        ConfigField(name="client_id", label="Client ID", help="Of the OAuth client in your Google Cloud project"),
        ConfigField(name="client_secret", label="Client secret", secret=True, help="Of the same OAuth client"),
        ConfigField(
            name="refresh_token",
            label="Refresh token",
            secret=True,
            help="Signing in as the channel fills it; see step 4 of the guide.",
        ),
        ConfigField(
            name="units_per_day",
            label="Units per day",
            kind="number",
            required=False,
            default=str(UNITS_PER_DAY),
            help="What your Google Cloud project may spend on the YouTube Data API; half of it is for listening.",
        ),
        base_url_field(ROOT),
        SIGN_IN_URL,
    )
    scope_words: ClassVar[Mapping[str, str]] = {SCOPE: "reading, answering, hiding and deleting comments"}

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

    def hide(self, ctx: Context, external_id: str, *, hidden: bool) -> None:
        send.hide(ctx, external_id, hidden=hidden)

    def fetch_media(self, ctx: Context, file: File) -> File:
        return fetch(ctx, file)

    def disconnect(self, ctx: Context) -> str:
        revoke(ctx, ctx.account.secrets.get("refresh_token", ""))
        return "If nothing else uses it, delete the OAuth client in Google Cloud (APIs & Services → Credentials)."


def health(ctx: Context) -> Health:
    """Whether we are signed in as the channel whose comments are wanted: a Google account may have several."""
    tube = Tube(ctx)
    ours = tube.ours()
    granted = scopes_of(ctx)
    scopes = {SCOPE: SCOPE in granted} if granted else {}
    if tube.channel not in [each.id for each in ours]:
        named = ", ".join(f"{each.snippet.title} ({each.id})" for each in ours) or "no channel"
        return Health(ok=False, message=f"Google signed us in as {named}. Choose the other channel in step 4.", scopes=scopes)
    if not all(scopes.values()):
        return Health(ok=False, message="The refresh token lacks the scope of step 4. Sign in again.", scopes=scopes)
    title = next(each.snippet.title for each in ours if each.id == tube.channel)
    details = {"units per day": str(units_per_day(ctx.account))}
    return Health(ok=True, message=f"{title} answers.", details=details, scopes=scopes)

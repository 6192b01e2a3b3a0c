"""Reviews on Google Play. channel.md says why it is as it is."""

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
    Retryable,
    Sent,
)
from heard.listening.channels.google.api import base_url_field, decoded
from heard.listening.channels.google.sign_in import SIGN_IN_URL
from heard.listening.channels.google_play import pull, read, send
from heard.listening.channels.google_play.payloads import Reviews
from heard.listening.channels.google_play.play import ROOT, Play


class Adapter(BaseAdapter):
    kind = "google_play"
    label = "Google Play"
    capabilities = Capabilities(
        inbound=("poll",),
        outbound=True,
        visibilities=("public",),
        threading="flat",
        text_format="plain",
        max_length=send.MAX_CHARACTERS,
        overflow="reject",
        idempotent_send="native",  # the same answer twice is one answer
        can_reconcile=True,
        who_may_initiate="only_reply",
        address_kind="opaque",
        requests_per_minute=3,  # of 200 an hour
        silent_after_seconds=3600,
        poll_every_seconds=60,
    )
    config_fields = (
        ConfigField(
            name="service_account_key",
            label="Key of the service account",
            secret=True,
            help="The whole JSON file that Google Cloud gave you for the key.",
        ),
        base_url_field(ROOT),
        SIGN_IN_URL,
    )

    def check(self, ctx: Context) -> Health:
        try:
            found = decoded(Play(ctx).list(limit=1), Reviews).reviews
        except ChannelError as error:
            return Health(ok=False, message=in_words(error))
        last = "Its last review can be read." if found else "Nobody reviewed it in words within the past week."
        return Health(ok=True, message=f"Google Play answers for {ctx.account.address.strip()}. {last}")

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

    def disconnect(self, ctx: Context) -> str:
        return (
            "In Google Cloud, delete the key of the service account (IAM → Service accounts → Keys); "
            "in the Play Console, remove the service account under Users and permissions."
        )


def in_words(error: ChannelError) -> str:
    if isinstance(error, Retryable):
        return str(error)
    return f"{error} If you have just invited the service account in the Play Console, it can take a day until Google lets it in."

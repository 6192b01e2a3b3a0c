"""Text messages, in Twilio's dialect. channel.md says why it is as it is."""

from html import escape

from msgspec import Struct

from heard.listening.channels.contract import (
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
    Outgoing,
    Part,
    RawEvent,
    Rejected,
    Request,
    Response,
    Sent,
)
from heard.listening.channels.sms import read
from heard.listening.channels.sms.keywords import keyword_of
from heard.listening.channels.sms.words import MOST_SEGMENTS, UNIT, parts_of
from heard.listening.channels.twilio.api import BASE_URL, COUNTRY, Api, Number
from heard.listening.channels.twilio.numbers import e164
from heard.listening.channels.twilio.webhook import AUTH_TOKEN, delivery, fields_of, prove, says

NOTHING = "<Response/>"


class Taken(Struct, frozen=True):
    sid: str
    status: str = ""
    error_code: int | None = None


class Adapter(BaseAdapter):
    kind = "sms"
    label = "SMS"
    capabilities = Capabilities(
        inbound=("webhook",),
        outbound=True,
        visibilities=("private",),
        threading="flat",
        text_format="plain",
        max_length=MOST_SEGMENTS,
        length_unit=UNIT,
        overflow="split",
        delivery_status=True,
        idempotent_send="none",
        can_reconcile=False,
        who_may_initiate="any",
        opt_out=True,
        address_kind="phone",
        requests_per_minute=60,  # a long code sends one segment a second; Twilio queues more, and at last refuses
    )
    config_fields = (
        ConfigField(name="account_sid", label="Account SID", help="On the first page of Twilio's console; begins with AC."),
        ConfigField(
            name=AUTH_TOKEN,
            label="Auth token",
            secret=True,
            help="Beside the account SID. It signs us in, and proves that a call comes from Twilio.",
        ),
        ConfigField(
            name="messaging_service",
            label="Messaging service",
            required=False,
            help="Begins with MG; only if you send through one, which then chooses the number.",
        ),
        COUNTRY,
        ConfigField(
            name="help_text",
            label="Answer to HELP",
            required=False,
            help="Who you are and how to stop. Leave it empty where Twilio answers HELP itself, or they get two answers.",
        ),
        ConfigField(
            name="stop_words",
            label="More words for STOP",
            kind="list",
            required=False,
            help="One a line, besides STOP and its translations. A text that is nothing else ends all texts to that number.",
        ),
        BASE_URL,
    )

    def check(self, ctx: Context) -> Health:
        try:
            return health(ctx)
        except ChannelError as error:
            return Health(ok=False, message=str(error))

    def verify(self, request: Request, account: Account) -> None:
        prove(request, account)

    def deliveries_of(self, request: Request) -> list[RawEvent]:
        return [delivery(request, "MessageSid", "MessageStatus", "ErrorCode")]

    def answer(self, request: Request, account: Account) -> Response | None:
        """Nothing, or who we are to somebody who asks for HELP. What a person says goes by `send`."""
        words = str(account.config.get("help_text") or "").strip()
        fields = fields_of(request.body)
        asked = keyword_of(fields.get("Body", ""), told=fields.get("OptOutType", "")) == "help"
        if "MessageStatus" in fields or not (asked and words):
            return says(NOTHING)
        return says(f"<Response><Message>{escape(words, quote=False)}</Message></Response>")

    def author_key(self, raw: RawEvent) -> str:
        return read.author_key(raw.body)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return read.events_of(raw, account)

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        return parts_of(message, account)

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        taken = Api(ctx).write("/Messages.json", Taken, {**sender(ctx.account), **words_of(ctx, part)})
        return Sent(external_id=taken.sid, thread_ref=part.to.external_id, sent_at=ctx.now())

    def disconnect(self, ctx: Context) -> str:
        return disconnect(ctx)

    def fetch_media(self, ctx: Context, file: File) -> File:
        return Api(ctx).fetch(file)


def sender(account: Account) -> dict[str, str]:
    """Raises Rejected."""
    if service := str(account.config.get("messaging_service") or "").strip():
        return {"MessagingServiceSid": service}
    return {"From": own_number(account)}


def words_of(ctx: Context, part: Part) -> dict[str, str]:
    return {"To": part.to.external_id, "Body": part.text, "StatusCallback": ctx.hook_url}


def own_number(account: Account) -> str:
    number = e164(account.address, str(account.config.get("country") or ""))
    if not number:
        raise Rejected("the address of this channel is our number at Twilio, such as +442079460958")
    return number


# ── The account ─────────────────────────────────────────────────────────────────────────────────────────────────────


def health(ctx: Context) -> Health:
    api = Api(ctx)
    there = api.account()
    if there.status != "active":
        return Health(ok=False, message=f"The account at Twilio is {there.status or 'not active'}; see its console.")
    details = {"account": there.friendly_name, "webhook": ctx.hook_url}
    if there.type == "Trial":
        details["trial"] = "A trial account texts only to numbers that were verified at Twilio."
    if ctx.account.config.get("messaging_service"):
        message = "Twilio lets us in. Texts go through the messaging service; its incoming messages must call the webhook below."
        return Health(ok=True, message=message, details=details)
    number = api.number(own_number(ctx.account))
    if number is None:
        return Health(ok=False, message=f"{ctx.account.address} is no number of this account at Twilio.", details=details)
    scopes = {"send and receive texts": number.capabilities.get("sms", False), "pictures": number.capabilities.get("mms", False)}
    if problem := problem_of(number, ctx.hook_url):
        return Health(ok=False, message=problem, details=details, scopes=scopes)
    return Health(ok=True, message=f"{number.phone_number} answers.", details=details, scopes=scopes)


def problem_of(number: Number, hook_url: str) -> str:
    if not number.capabilities.get("sms"):
        return f"{number.phone_number} cannot take texts. Buy a number at Twilio that has SMS."
    if number.sms_url != hook_url:
        return f"Nothing comes in: Twilio does not call us when a text arrives. Enter {hook_url} there; see step 4 of the guide."
    if (number.sms_method or "POST") != "POST":
        return "Twilio calls us by GET. Choose HTTP POST beside the webhook there."
    return ""


def disconnect(ctx: Context) -> str:
    left = "In Twilio's console, release the number if you need it no more; make a new auth token if nothing else uses this one."
    try:
        api = Api(ctx)
        number = None if ctx.account.config.get("messaging_service") else api.number(own_number(ctx.account))
    except AuthExpired:
        return left
    if number is None or number.sms_url != ctx.hook_url:
        return left
    api.write(f"/IncomingPhoneNumbers/{number.sid}.json", Number, {"SmsUrl": ""})
    return left

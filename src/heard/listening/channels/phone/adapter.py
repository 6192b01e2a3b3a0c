"""A telephone menu, in the dialect of Twilio's voice webhooks, which our own bridge to Asterisk speaks too. channel.md says why."""

from typing import ClassVar

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
    RawEvent,
    Request,
    Response,
)
from heard.listening.channels.phone import menu, read, say
from heard.listening.channels.phone.step import PLACES, step_of
from heard.listening.channels.twilio.api import BASE_URL, COUNTRY, Api, Number
from heard.listening.channels.twilio.numbers import e164
from heard.listening.channels.twilio.webhook import AUTH_TOKEN, delivery, fields_of, prove, says


class Adapter(BaseAdapter):
    kind = "phone"
    label = "Telephone"
    capabilities = Capabilities(
        inbound=("webhook",),
        visibilities=("private",),
        threading="call",
        who_may_initiate="nobody",
        address_kind="phone",
        requests_per_minute=600,
    )
    config_fields = (
        ConfigField(
            name=AUTH_TOKEN,
            label="Auth token",
            secret=True,
            help="Of Twilio, or a long word that you share with your own bridge. It proves where a call comes from.",
        ),
        ConfigField(
            name="account_sid",
            label="Account SID",
            required=False,
            help="On the first page of Twilio's console; begins with AC. Empty with a bridge of your own.",
        ),
        ConfigField(
            name="notices",
            label="Notices",
            kind="list",
            required=False,
            help="One a line; every caller hears them first, so that nobody has to ask.",
        ),
        ConfigField(name="greeting", label="Greeting", required=False, help="What a caller hears before the menu."),
        ConfigField(
            name="menu",
            label="Menu",
            kind="list",
            required=False,
            help=f"{menu.SHAPE}; {menu.ACTS}. Without a menu callers are asked for a number to be called back on.",
        ),
        ConfigField(
            name="language", label="Language", kind="choice", choices=menu.LANGUAGES, default=menu.LANGUAGES[0], required=False
        ),
        ConfigField(
            name="ring_seconds",
            label="Seconds to ring",
            kind="number",
            required=False,
            default="20",
            help="How long a person's telephone rings before the caller may leave a message.",
        ),
        COUNTRY,
        BASE_URL,
    )
    hook_calls: ClassVar = {"POST": PLACES}

    def problems(self, config: JSON) -> dict[str, str]:
        return menu.read(config).problems

    def in_words(self, account: Account) -> list[tuple[str, str]]:
        return menu.in_words(menu.menu_of(account))

    def check(self, ctx: Context) -> Health:
        if problem := next(iter(self.problems(ctx.account.config).values()), ""):
            return Health(ok=False, message=f"The menu cannot be used as it is. {problem}")
        if not ctx.account.secrets.get(AUTH_TOKEN):
            return Health(ok=False, message="Enter the auth token; without it every call is refused.")
        if not ctx.account.config.get("account_sid"):
            details = {"webhook": ctx.hook_url, "call status": f"{ctx.hook_url}status"}
            return Health(ok=True, message="Ready for a bridge that signs its calls.", details=details)
        try:
            return health(ctx)
        except ChannelError as error:
            return Health(ok=False, message=str(error))

    def verify(self, request: Request, account: Account) -> None:
        prove(request, account)

    def deliveries_of(self, request: Request) -> list[RawEvent]:
        step = step_of(request)
        place = {"place": step.place, "n": str(step.n), "tries": str(step.tries)}
        if step.place == "status":
            return [delivery(request, "CallSid", "status", "CallStatus", headers=place)]
        return [delivery(request, "CallSid", f"{step.place}-{step.n}-{step.tries}", headers=place)]

    def answer(self, request: Request, account: Account) -> Response | None:
        return says(say.answer(step_of(request), fields_of(request.body), menu.menu_of(account)))

    def author_key(self, raw: RawEvent) -> str:
        return read.author_key(raw.body)

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return read.events_of(raw, account)

    def disconnect(self, ctx: Context) -> str:
        return disconnect(ctx)

    def fetch_media(self, ctx: Context, file: File) -> File:
        return Api(ctx).fetch(file)


# ── The account at Twilio ───────────────────────────────────────────────────────────────────────────────────────────


def health(ctx: Context) -> Health:
    api = Api(ctx)
    there = api.account()
    if there.status != "active":
        return Health(ok=False, message=f"The account at Twilio is {there.status or 'not active'}; see its console.")
    details = {"account": there.friendly_name, "webhook": ctx.hook_url, "call status": f"{ctx.hook_url}status"}
    number = own_number(api, ctx)
    if number is None:
        return Health(ok=False, message=f"{ctx.account.address} is no number of this account at Twilio.", details=details)
    scopes = {"take calls": number.capabilities.get("voice", False)}
    if problem := problem_of(number, ctx.hook_url):
        return Health(ok=False, message=problem, details=details, scopes=scopes)
    return Health(ok=True, message=f"{number.phone_number} answers.", details=details, scopes=scopes)


def own_number(api: Api, ctx: Context) -> Number | None:
    number = e164(ctx.account.address, str(ctx.account.config.get("country") or ""))
    return api.number(number) if number else None


def problem_of(number: Number, hook_url: str) -> str:
    if not number.capabilities.get("voice"):
        return f"{number.phone_number} takes no calls. Buy a number at Twilio that has voice."
    if number.voice_url != hook_url or (number.voice_method or "POST") != "POST":
        return f"Nobody hears the menu: Twilio does not ask us when a call comes. Enter {hook_url} there, HTTP POST; see step 4."
    if number.status_callback != f"{hook_url}status":
        return f"We do not learn when a call ends. Enter {hook_url}status as “Call status changes” there; see step 4."
    return ""


def disconnect(ctx: Context) -> str:
    if not ctx.account.config.get("account_sid"):
        return "Stop the bridge, or take this address out of its settings."
    left = "In Twilio's console, release the number if you need it no more; make a new auth token if nothing else uses this one."
    try:
        api = Api(ctx)
        number = own_number(api, ctx)
    except AuthExpired:
        return left
    if number is not None and number.voice_url == ctx.hook_url:
        api.write(f"/IncomingPhoneNumbers/{number.sid}.json", Number, {"VoiceUrl": "", "StatusCallback": ""})
    return left

"""The test button: who the bot is, what it may read, and whether updates come as they should."""

from msgspec import Struct

from heard.listening.channels.contract import ChannelError, Context, Health
from heard.listening.channels.telegram.api import Api
from heard.listening.channels.telegram.listen import by_webhook, listen_as_chosen, problem_of, stop_calls
from heard.listening.channels.telegram.read import own_name


class Me(Struct, frozen=True):
    id: int
    is_bot: bool = False
    username: str = ""
    first_name: str = ""
    can_read_all_group_messages: bool = False
    can_connect_to_business: bool = False


def check(ctx: Context) -> Health:
    try:
        return health(ctx)
    except ChannelError as error:
        return Health(ok=False, message=str(error))


def health(ctx: Context) -> Health:
    me = Api(ctx).ask("getMe", Me)
    if me.username.lower() != own_name(ctx.account):
        message = f"The token belongs to @{me.username}, but this account is set up as @{own_name(ctx.account)}."
        return Health(ok=False, message=message)
    webhook = listen_as_chosen(ctx)
    details = {
        "bot": f"@{me.username} ({me.first_name})",
        "updates": "Telegram calls us" if by_webhook(ctx.account) else "Heard asks for them",
        "waiting at Telegram": str(webhook.pending_update_count),
    }
    scopes = {
        "read private messages": True,
        "read all that is said in groups": me.can_read_all_group_messages,
        "answer for a business account": me.can_connect_to_business,
    }
    if problem := problem_of(webhook, ctx) if by_webhook(ctx.account) else "":
        return Health(ok=False, message=problem, details=details, scopes=scopes)
    if ctx.account.config.get("groups") == "everything" and not me.can_read_all_group_messages:
        message = (
            "Telegram shows the bot only what names it. At @BotFather: /setprivacy, Disable; then take it into the group anew."
        )
        return Health(ok=False, message=message, details=details, scopes=scopes)
    return Health(ok=True, message=f"@{me.username} answers.", details=details, scopes=scopes)


def disconnect(ctx: Context) -> str:
    stop_calls(Api(ctx))
    return "At @BotFather: /revoke, and choose the bot. Its token then opens nothing any more."

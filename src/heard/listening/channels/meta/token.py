"""What Meta says of our access token: whether it works, until when, and what it may do."""

from datetime import datetime
from urllib.parse import urlencode

import msgspec
from msgspec import Struct, field

from heard.listening.channels.contract import Context, Rejected
from heard.listening.channels.meta.graph import ACCESS_TOKEN, Graph
from heard.listening.channels.meta.webhook import moment


class Token(Struct, frozen=True):
    is_valid: bool = False
    scopes: list[str] = field(default_factory=list)
    expires_at: int = 0  # seconds since 1970; 0: never
    data_access_expires_at: int = 0

    def may(self, wanted: tuple[str, ...]) -> dict[str, bool]:
        return {scope: scope in self.scopes for scope in wanted}

    def ends_at(self) -> datetime | None:
        return moment(self.expires_at) if self.expires_at else None


class Inspected(Struct, frozen=True):
    data: Token


class Batched(Struct, frozen=True):
    code: int
    body: str


def inspect(ctx: Context) -> Token:
    """Asked in a batch, so that the token stands in a body and in no address, which logs may keep. Raises ChannelError."""
    account = ctx.account
    app = f"{account.config.get('app_id', '')}|{account.secrets.get('app_secret', '')}"
    as_app = msgspec.structs.replace(ctx, account=msgspec.structs.replace(account, secrets={ACCESS_TOKEN: app}))
    question = "debug_token?" + urlencode({"input_token": account.secrets.get(ACCESS_TOKEN, "")})
    batch = msgspec.json.encode([{"method": "GET", "relative_url": question}]).decode()
    [answer] = Graph(as_app).repeat("", list[Batched], data={"batch": batch, "include_headers": "false"})
    if answer.code != 200:
        raise Rejected("Meta does not know this app. Check its number (app id) and its app secret.")
    try:
        return msgspec.json.decode(answer.body, type=Inspected).data
    except msgspec.MsgspecError as error:
        raise Rejected("Meta gave a damaged answer about the token") from error

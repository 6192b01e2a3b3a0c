"""What a colleague writes down by hand: a call, a meeting, a letter, a visit. See channel.md."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import JSON, Account, Author, BaseAdapter, Capabilities, ConfigField, Event, RawEvent, Said
from heard.listening.channels.log.who import author_of

Kind = Literal["call", "meeting", "letter", "visit"]
KINDS: tuple[Kind, ...] = ("call", "meeting", "letter", "visit")


class Logged(Struct, frozen=True, kw_only=True):
    """`who` is what was typed, or an author who is known already. `by` is the colleague's name."""

    kind: Kind
    who: Author | str
    occurred_at: datetime
    text: str
    by: str
    direction: Literal["inbound", "outbound"] = "inbound"
    extra: JSON = {}


class Adapter(BaseAdapter):
    kind = "log"
    label = "Calls, meetings, letters, visits"
    capabilities = Capabilities(inbound=("form",), who_may_initiate="nobody", address_kind="phone", threading="none")
    config_fields = (
        ConfigField(
            name="country",
            label="Country of phone numbers",
            help="Two letters, for example GB: how a number without + is read.",
            required=False,
        ),
    )

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        logged = msgspec.json.decode(raw.body, type=Logged)
        country = str(account.config.get("country") or "").upper()
        customer = logged.who if isinstance(logged.who, Author) else author_of(logged.who, country=country, otherwise_id=raw.key)
        ours = Author(network="own:log", external_id=f"{account.id}:{account.address}", name=account.name)
        inbound = logged.direction == "inbound"
        return [
            Said(
                external_id=raw.key,
                author=customer if inbound else ours,
                recipients=(ours,) if inbound else (customer,),
                occurred_at=logged.occurred_at,
                text=logged.text,
                kind=logged.kind,
                direction=logged.direction,
                extra={**logged.extra, "logged_by": logged.by},
            )
        ]

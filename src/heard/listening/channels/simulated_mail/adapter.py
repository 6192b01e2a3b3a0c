"""Simulated mail: the simulated network with the manners of a mailbox. See channel.md and simulated/."""

import msgspec

from heard.listening.channels.contract import JSON, BaseAdapter
from heard.listening.channels.simulated import adapter as simulated
from heard.listening.channels.simulated import wire
from heard.listening.channels.simulated.script import Character


class Adapter(simulated.Adapter):
    kind = "simulated_mail"
    label = "Simulated mail"
    plays = "live-mail"
    seconds_between_voices = 110.0
    edit = BaseAdapter.edit  # what was said is said
    delete = BaseAdapter.delete
    capabilities = msgspec.structs.replace(
        simulated.Adapter.capabilities,
        edit=False,
        delete=False,
        delete_within_seconds=None,
        visibilities=("private",),
        threading="subject",
        max_length=None,
        subject=True,
        reactions=False,
        address_kind="email",
    )

    def person(self, who: Character) -> wire.Person:
        return wire.Person(on="email", id=who.email, handle=who.email, name=who.name, proven=True)

    def manners(self, text: str, *, minutes: int = 0) -> JSON:
        return {}

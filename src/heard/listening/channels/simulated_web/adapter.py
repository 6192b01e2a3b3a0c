"""Simulated web chat, contact form and reviews of a company. See channel.md and simulated/."""

import msgspec

from heard.listening.channels.contract import JSON, BaseAdapter
from heard.listening.channels.simulated import adapter as simulated
from heard.listening.channels.simulated import wire
from heard.listening.channels.simulated.script import Character


class Adapter(simulated.Adapter):
    kind = "simulated_web"
    label = "Simulated web chat"
    plays = "live-web"
    seconds_between_voices = 80.0
    edit = BaseAdapter.edit  # what was said is said
    delete = BaseAdapter.delete
    capabilities = msgspec.structs.replace(
        simulated.Adapter.capabilities,
        edit=False,
        delete=False,
        delete_within_seconds=None,
        visibilities=("public", "private"),
        threading="flat",
        max_length=2000,
        reactions=False,
        who_may_initiate="only_reply",
        private_reply=True,
        address_kind="visitor",
    )

    def person(self, who: Character) -> wire.Person:
        return wire.Person(on="web", id=f"account-{who.key}", handle=who.handle.strip("_"), name=who.name)

    def manners(self, text: str, *, minutes: int = 0) -> JSON:
        return {}

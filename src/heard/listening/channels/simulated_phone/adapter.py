"""A simulated phone line. Calls come in as notes of whoever took them; what we say goes out as a text message. See channel.md."""

import msgspec

from heard.listening.channels.contract import JSON, BaseAdapter
from heard.listening.channels.simulated import adapter as simulated
from heard.listening.channels.simulated import wire
from heard.listening.channels.simulated.script import Character


class Adapter(simulated.Adapter):
    kind = "simulated_phone"
    label = "Simulated phone line"
    plays = "live-phone"
    seconds_between_voices = 150.0
    edit = BaseAdapter.edit  # what was said is said
    delete = BaseAdapter.delete
    capabilities = msgspec.structs.replace(
        simulated.Adapter.capabilities,
        edit=False,
        delete=False,
        delete_within_seconds=None,
        visibilities=("private",),
        threading="call",
        max_length=480,
        attachments=False,
        max_attachment_bytes=0,
        reactions=False,
        address_kind="phone",
    )

    def person(self, who: Character) -> wire.Person:
        return wire.Person(on="phone", id=who.phone, handle=who.phone, name=who.name)

    def manners(self, text: str, *, minutes: int = 0) -> JSON:
        if not minutes:
            return {}
        outcome = "voicemail" if text.startswith("Voicemail") else "dropped" if "dropped" in text else "talked"
        return {"kind": "call", "details": {"duration_seconds": minutes * 60, "outcome": outcome}}

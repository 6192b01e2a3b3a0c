"""Webhooks of WhatsApp as others recorded them, and the examples in Meta's own description: each means something, or is counted."""

import json
from collections import Counter

import pytest

from heard.listening.channels.contract import Account, RawEvent, Unknown
from heard.listening.channels.meta.webhook import split
from heard.listening.channels.whatsapp.adapter import Adapter
from tests.support.closed import recorded, whatsapp

pytestmark = pytest.mark.data


def meaning(update: dict) -> str:
    value = update["entry"][0]["changes"][0]["value"]
    number = value.get("metadata", {}).get("phone_number_id", "1")
    account = Account(id=1, kind="whatsapp", name="Acme", address=number)
    body = json.dumps(update).encode()
    assert split(body)
    try:
        events = Adapter().normalise(RawEvent(key="k", body=body), account)
    except ValueError:
        return "refused"
    return "unknown" if all(isinstance(event, Unknown) for event in events) else "understood"


def test_every_recorded_webhook_is_understood_or_known_to_say_nothing_about_a_customer():
    found = {name: meaning(update) for name, update in recorded.updates()}
    assert Counter(found.values()) == {"understood": 42, "unknown": 32}
    said = {
        name for name in found if name.partition(" ")[0] in ("message", "callback_button", "message_status", "outgoing_message")
    }
    assert {found[name] for name in said} == {"understood"}


def test_every_example_of_metas_description_is_understood():
    """Groups that are made, renamed and left are nobody's words."""
    examples = whatsapp.description()["paths"]["/whatsapp/webhooks"]["post"]["requestBody"]["content"]["application/json"][
        "examples"
    ]
    found = {name: meaning(example["value"]) for name, example in examples.items()}
    assert Counter(found.values()) == {"understood": 12, "unknown": 4}

"""What a caller hears next, as TwiML. Pure: https://www.twilio.com/docs/voice/twiml."""

from html import escape

from heard.listening.channels.phone.menu import Entry, Menu
from heard.listening.channels.phone.step import MOST_TRIES, Step, pressed
from heard.listening.channels.twilio.numbers import WITHHELD, e164
from heard.listening.channels.twilio.webhook import Fields

NOTHING = "<Response/>"
OWN_NUMBER, MESSAGE_INSTEAD = "1", "2"  # keys of the question for a number
VOICEMAIL_SECONDS = 180
LEADS_NOWHERE = "That key leads nowhere."
NOTHING_PRESSED = "We did not hear a key."
ASK_NUMBER = (
    "To be called back on the number that you are calling from, press 1. To leave a message instead, press 2. "
    "Or type another number in full. Then press the hash key."
)
ASK_NUMBER_WITHHELD = "To be called back, type your number in full. To leave a message instead, press 2. Then press the hash key."
NOBODY = "Nobody can take your call at this moment."
SPEAK = "Please speak after the tone. Press the hash key when you have finished."
NOT_RECORDED = "No message was recorded."
GOODBYE = "Thank you. Goodbye."


def answer(step: Step, fields: Fields, menu: Menu) -> str:
    """The TwiML document for one step."""
    if step.place == "status":
        return NOTHING
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{next_(step, fields, menu)}</Response>'


def next_(step: Step, fields: Fields, menu: Menu) -> str:
    match step.place:
        case "menu":
            return after_key(step, fields, menu)
        case "number":
            return after_number(step, fields, menu)
        case "dialled":
            return after_dialling(step, fields, menu)
        case "voicemail":
            return after_voicemail(step, fields, menu)
    words = [*menu.notices, menu.greeting]
    return "".join(say(each, menu) for each in words if each) + choose(step, fields, menu)


def after_key(step: Step, fields: Fields, menu: Menu) -> str:
    key = pressed(fields)
    if entry := menu.entry(key):
        return do(entry, step, fields, menu)
    sorry = say(LEADS_NOWHERE if key else NOTHING_PRESSED, menu)
    if step.tries + 1 < MOST_TRIES:
        return sorry + choose(step, fields, menu, tries=step.tries + 1)
    return sorry + to_a_person(step, fields, menu)


def do(entry: Entry, step: Step, fields: Fields, menu: Menu) -> str:
    if entry.act == "say":
        return say(entry.what, menu) + choose(step, fields, menu)
    if entry.act == "person":
        return put_through(entry, step, menu)
    return ask_number(step, fields, menu) if entry.act == "call back" else record(step, menu)


def to_a_person(step: Step, fields: Fields, menu: Menu) -> str:
    return put_through(menu.person, step, menu) if menu.person else ask_number(step, fields, menu)


def after_number(step: Step, fields: Fields, menu: Menu) -> str:
    if call_back_number(fields, menu):
        return say("We will call you back.", menu) + say(GOODBYE, menu) + "<Hangup/>"
    if pressed(fields) == MESSAGE_INSTEAD:
        return record(step, menu)
    if step.tries + 1 < MOST_TRIES:
        return say("That is no telephone number.", menu) + ask_number(step, fields, menu, tries=step.tries + 1)
    return record(step, menu)


def after_dialling(step: Step, fields: Fields, menu: Menu) -> str:
    if fields.get("DialCallStatus") in ("completed", "answered"):
        return "<Hangup/>"
    return say(NOBODY, menu) + ask_number(step, fields, menu)


def after_voicemail(step: Step, fields: Fields, menu: Menu) -> str:
    if fields.get("RecordingUrl"):
        return say(GOODBYE, menu) + "<Hangup/>"
    if step.tries + 1 < MOST_TRIES:
        return say(NOT_RECORDED, menu) + record(step, menu, tries=step.tries + 1)
    return say(GOODBYE, menu) + "<Hangup/>"


def call_back_number(fields: Fields, menu: Menu) -> str:
    """Where they want to be called back; empty when they said nothing of the kind."""
    typed = pressed(fields).strip("*#")
    own = fields.get("From", "")
    if typed == OWN_NUMBER and own.lower() not in WITHHELD:
        return e164(own, menu.country)
    return e164(typed, menu.country) or (e164(f"+{typed.removeprefix('00')}") if typed.startswith("00") else "")


# ── Verbs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def say(words: str, menu: Menu) -> str:
    return f'<Say language="{menu.language}">{escape(printable(words), quote=False)}</Say>'


def choose(step: Step, fields: Fields, menu: Menu, *, tries: int = 0) -> str:
    if not menu.entries:
        return ask_number(step, fields, menu)
    words = " ".join(f"{entry.label}: press {spoken(entry.key)}." for entry in menu.entries)
    return gather(words, step.then("menu", tries=tries), menu, one_key=True)


def ask_number(step: Step, fields: Fields, menu: Menu, *, tries: int = 0) -> str:
    words = ASK_NUMBER_WITHHELD if fields.get("From", "").lower() in WITHHELD else ASK_NUMBER
    return gather(words, step.then("number", tries=tries), menu, one_key=False)


def gather(words: str, action: str, menu: Menu, *, one_key: bool) -> str:
    """The same step follows whether a key is pressed or none is."""
    how = 'numDigits="1" finishOnKey=""' if one_key else 'finishOnKey="#"'
    return (
        f'<Gather input="dtmf" {how} timeout="8" actionOnEmptyResult="true" method="POST" action="{attribute(action)}">'
        f"{say(words, menu)}</Gather>"
    )


def put_through(entry: Entry, step: Step, menu: Menu) -> str:
    dial = f'<Dial timeout="{menu.ring_seconds}" method="POST" action="{attribute(step.then("dialled"))}">'
    return say("You are being put through.", menu) + f"{dial}<Number>{entry.what}</Number></Dial>"


def record(step: Step, menu: Menu, *, tries: int = 0) -> str:
    """When nothing is said, no step follows a recording; so the next verb goes there."""
    there = attribute(step.then("voicemail", tries=tries))
    how = f'maxLength="{VOICEMAIL_SECONDS}" timeout="5" finishOnKey="#" playBeep="true" trim="trim-silence"'
    return say(SPEAK, menu) + f'<Record {how} method="POST" action="{there}"/><Redirect method="POST">{there}</Redirect>'


def attribute(value: str) -> str:
    return escape(value, quote=True)


def spoken(key: str) -> str:
    return {"*": "star", "#": "hash"}.get(key, key)


def printable(words: str) -> str:
    """XML knows no signs for control."""
    return "".join(c if c.isprintable() else " " for c in words)

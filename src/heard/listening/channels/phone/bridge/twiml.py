"""What Heard answers, as things to do. Pure. Only the verbs that the channel `phone` says: https://www.twilio.com/docs/voice/twiml."""

from typing import Literal
from xml.etree import ElementTree

from msgspec import Struct


class Say(Struct, frozen=True):
    words: str
    language: str


class Gather(Struct, frozen=True):
    says: tuple[Say, ...]
    action: str
    most_digits: int | None
    ends_with: str
    timeout_seconds: float
    tells_silence: bool


class Dial(Struct, frozen=True):
    number: str
    action: str
    timeout_seconds: int


class Record(Struct, frozen=True):
    action: str
    most_seconds: int
    silence_seconds: int
    ends_with: str


class Redirect(Struct, frozen=True):
    action: str


class Hangup(Struct, frozen=True):
    pass


Verb = Say | Gather | Dial | Record | Redirect | Hangup
Name = Literal["Say", "Gather", "Dial", "Record", "Redirect", "Hangup"]


def verbs_of(document: str) -> list[Verb]:
    """Raises ValueError for what is no TwiML, or asks for more than this bridge can do."""
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise ValueError(f"no TwiML: {error}") from error
    return [_verb(each) for each in root]


def _verb(each: ElementTree.Element) -> Verb:
    action = each.get("action", "")
    match each.tag:
        case "Say":
            return _say(each)
        case "Gather":
            return Gather(
                says=tuple(_say(inner) for inner in each if inner.tag == "Say"),
                action=action,
                most_digits=int(each.get("numDigits", 0)) or None,
                ends_with=each.get("finishOnKey", "#"),
                timeout_seconds=float(each.get("timeout", 5)),
                tells_silence=each.get("actionOnEmptyResult") == "true",
            )
        case "Dial":
            number = each.findtext("Number") or each.text or ""
            return Dial(number=number.strip(), action=action, timeout_seconds=int(each.get("timeout", 30)))
        case "Record":
            return Record(
                action=action,
                most_seconds=int(each.get("maxLength", 3600)),
                silence_seconds=int(each.get("timeout", 5)),
                ends_with=each.get("finishOnKey", "#"),
            )
        case "Redirect":
            return Redirect(action=(each.text or "").strip())
        case "Hangup":
            return Hangup()
    raise ValueError(f"this bridge cannot do <{each.tag}>")


def _say(each: ElementTree.Element) -> Say:
    return Say(words=" ".join((each.text or "").split()), language=each.get("language", "en-GB"))

"""Words as texts that a phone takes and is billed for, in segments of GSM 03.38. Pure."""

import re

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Author, LengthUnit, Outgoing, Part, Rejected
from heard.listening.channels.lengths import GSM_ONE, GSM_TWO, length_of, pieces
from heard.listening.channels.twilio.numbers import e164, shown

UNIT: LengthUnit = "sms_segments"
MOST_SEGMENTS = 10  # Twilio takes 1600 characters: ten segments of either alphabet are less
GSM_ROOM, UCS_ROOM = 153 * MOST_SEGMENTS, 67 * MOST_SEGMENTS  # in joined segments
NUMBERING = len(" (999/999)")


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    """One text, or several that say which they are. Raises Rejected for what is no number."""
    to = addressee(message.to, str(account.config.get("country") or ""))
    if message.attachments:
        raise Rejected("files cannot go out by text message; send a link")
    words = re.sub(r"\r\n?", "\n", message.text).strip()
    if not words:
        raise Rejected("there are no words to send")
    texts = split(words)
    return [
        Part(
            text=text,
            to=to,
            number=number,
            total=len(texts),
            visibility="private",
            thread_ref=to.external_id,
            from_name=message.from_name,
        )
        for number, text in enumerate(texts, 1)
    ]


def split(words: str) -> list[str]:
    if length_of(words, UNIT) <= MOST_SEGMENTS:
        return [words]
    if is_gsm(words):
        found = pieces(words, GSM_ROOM - NUMBERING, septets)
    else:
        found = pieces(words, UCS_ROOM - NUMBERING, lambda text: length_of(text, "utf16"))
    return [f"{piece} ({number}/{len(found)})" for number, piece in enumerate(found, 1)]


def is_gsm(text: str) -> bool:
    return all(c in GSM_ONE or c in GSM_TWO for c in text)


def septets(text: str) -> int:
    return sum(2 if c in GSM_TWO else 1 for c in text)


def addressee(to: Author, country: str) -> Author:
    number = e164(to.external_id, country) if to.external_id.isprintable() else ""
    if not number:
        raise Rejected("a text goes to a number such as +442079460958; this is none")
    return replace(to, external_id=number, handle=shown(number))

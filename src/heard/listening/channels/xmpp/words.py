"""Words as messages. Pure. A server may refuse a stanza of more than 10,000 bytes (RFC 6120, 13.12), so parts stay well below."""

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Author, Outgoing, Part
from heard.listening.channels.lengths import length_of, numbered
from heard.listening.channels.xmpp.jid import addressee
from heard.listening.channels.xmpp.xml import clean

MAX_BYTES = 6000


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    """In a room each part begins with the name of whom it is for, as people do there."""
    who = addressee(message.to.external_id or message.to.handle)
    to = replace(message.to, external_id=who, handle=who)
    called = f"{name_in_room(to)}: " if message.visibility == "public" else ""
    room = MAX_BYTES - length_of(called, "bytes")
    texts = numbered(clean(message.text).strip(), room, lambda text: length_of(text, "bytes"))
    return [
        Part(
            text=called + text,
            to=to,
            number=number,
            total=len(texts),
            visibility=message.visibility,
            in_reply_to=message.in_reply_to if number == 1 else "",  # the later ones answer the part before them
            thread_ref=message.thread_ref,
            references=message.references,
            from_name=message.from_name,
            attachments=message.attachments if number == 1 else (),
        )
        for number, text in enumerate(texts, 1)
    ]


def name_in_room(to: Author) -> str:
    return " ".join(clean(to.name or to.external_id).split())[:100]

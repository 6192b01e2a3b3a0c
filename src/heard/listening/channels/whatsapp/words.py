"""Words as messages that WhatsApp takes, and templates with their gaps filled. Pure."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Author, File, LengthUnit, Outgoing, Part, Rejected, Template
from heard.listening.channels.lengths import length_of, numbered

MAX_TEXT, MAX_CAPTION = 4096, 1024  # characters; how an emoji counts is not told, so each counts as its UTF-16 units
UNIT: LengthUnit = "utf16"
KINDS = {  # what is shown as itself; everything else goes as a document
    "image/jpeg": "image",
    "image/png": "image",
    "video/mp4": "video",
    "video/3gpp": "video",
    "audio/aac": "audio",
    "audio/amr": "audio",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "audio/ogg": "audio",
}
MOST_BYTES = {"image": 5_000_000, "video": 16_000_000, "audio": 16_000_000}
NUMBER = re.compile(r"\+?[0-9]{5,20}")
USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    """The words, then each file by itself; one file whose caption they fit takes them along."""
    message = replace(message, to=addressee(message.to))
    if message.template:
        return [part(message, filled(message.template), template=message.template)]
    words = message.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    found = list(pieces(words, message.attachments))
    total = len(found)
    return [part(message, text, number=number, total=total, attachments=files) for number, (text, files) in enumerate(found, 1)]


def pieces(words: str, files: tuple[File, ...]) -> Iterator[tuple[str, tuple[File, ...]]]:
    captioned = len(files) == 1 and kind_of(files[0]) != "audio" and length_of(words, UNIT) <= MAX_CAPTION
    if captioned:
        yield words, files
        return
    if words or not files:
        for text in numbered(words, MAX_TEXT, lambda text: length_of(text, UNIT)):
            yield text, ()
    for file in files:
        yield "", (file,)


def part(
    message: Outgoing,
    text: str,
    *,
    number: int = 1,
    total: int = 1,
    attachments: tuple[File, ...] = (),
    template: Template | None = None,
) -> Part:
    return Part(
        text=text,
        to=message.to,
        number=number,
        total=total,
        visibility="private",
        in_reply_to=message.in_reply_to if number == 1 else "",
        thread_ref=message.to.external_id,
        from_name=message.from_name,
        attachments=attachments,
        template=template,
    )


def addressee(to: Author) -> Author:
    """Raises Rejected for what is neither a number nor the id of somebody who hides theirs."""
    address = re.sub(r"[ ()/-]", "", to.external_id)
    if not (NUMBER.fullmatch(address) or USER_ID.fullmatch(address)):
        raise Rejected("WhatsApp writes to numbers such as +491701234567; this is none")
    handle = to.handle if to.handle.isprintable() else ""
    return replace(to, external_id=address, handle=handle)


def kind_of(file: File) -> str:
    kind = KINDS.get(file.content_type, "document")
    size = len(file.data) if file.data is not None else file.size_bytes or 0
    return kind if size <= MOST_BYTES.get(kind, size) else "document"


# ── Templates ───────────────────────────────────────────────────────────────────────────────────────────────────────


def gaps(text: str) -> list[str]:
    """Names of the gaps in the order in which they are filled: numbered ones by their number, others as they come."""
    names = list(dict.fromkeys(GAP.findall(text)))
    return sorted(names, key=int) if all(map(str.isdigit, names)) else names


def filled(template: Template) -> str:
    """As it will be read. Raises Rejected where a gap is left, or holds what WhatsApp does not take in one."""
    names = gaps(template.text)
    if len(names) != len(template.values):
        raise Rejected(f"the template {template.name} has {len(names)} gaps, and {len(template.values)} are filled")
    for value in template.values:
        if not value.strip() or re.search(r"[\n\r\t\x00]| {5}", value):
            raise Rejected("what fills a gap is one line of words, without tabs and without more than four spaces in a row")
    by_name = dict(zip(names, template.values, strict=True))
    return GAP.sub(lambda gap: by_name[gap[1]], template.text)


def parameters(template: Template) -> list[dict[str, str]]:
    """What fills the gaps, as the API takes it."""
    named = zip(gaps(template.text), template.values, strict=True)
    return [
        {"type": "text", "text": value} if name.isdigit() else {"type": "text", "parameter_name": name, "text": value}
        for name, value in named
    ]

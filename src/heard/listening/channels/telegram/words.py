"""Words and files as messages that Telegram takes. Pure."""

from collections.abc import Iterator

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Author, File, LengthUnit, Outgoing, Part, Rejected
from heard.listening.channels.lengths import length_of, numbered
from heard.listening.channels.telegram.refs import Place, place_of

MAX_TEXT, MAX_CAPTION = 4096, 1024
UNIT: LengthUnit = "utf16"
PICTURES = ("image/jpeg", "image/png", "image/webp")
MOST_BYTES, MOST_BYTES_OF_PICTURE = 50_000_000, 10_000_000


def parts_of(message: Outgoing, account: Account) -> list[Part]:
    """The words, then each file by itself; one file whose caption they fit takes them along."""
    place = destination(message)
    message = replace(
        message,
        to=replace(message.to, handle=message.to.handle if message.to.handle.isprintable() else ""),
        visibility=message.visibility if place.is_group else "private",
        in_reply_to=message.in_reply_to if place.message else "",
        thread_ref=place.thread,
    )
    words = message.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    found = list(pieces(words, message.attachments))
    return [part(message, text, files, number, len(found)) for number, (text, files) in enumerate(found, 1)]


def destination(message: Outgoing | Part) -> Place:
    """Where it goes. What is private never goes to a group; there it would be read by all. Raises Rejected for nobody's number."""
    spoken_in = place_of(message.in_reply_to) or place_of(message.thread_ref)
    if spoken_in and spoken_in.is_group and message.visibility != "private":
        return spoken_in
    person = number_of(message.to)
    if spoken_in and spoken_in.chat == person:
        return spoken_in
    return Place(chat=person)


def number_of(to: Author) -> int:
    if not (to.external_id.isascii() and to.external_id.isdigit() and len(to.external_id) <= 20):
        raise Rejected("Telegram writes to people by their number; this is none, so they can only be answered in the group")
    return int(to.external_id)


def pieces(words: str, files: tuple[File, ...]) -> Iterator[tuple[str, tuple[File, ...]]]:
    for file in files:
        if size_of(file) > MOST_BYTES:
            raise Rejected(f"{file.name} is larger than the 50 MB that Telegram takes from a bot")
    if len(files) == 1 and length_of(words, UNIT) <= MAX_CAPTION:
        yield words, files
        return
    if words or not files:
        for text in numbered(words, MAX_TEXT, lambda text: length_of(text, UNIT)):
            yield text, ()
    for file in files:
        yield "", (file,)


def part(message: Outgoing, text: str, files: tuple[File, ...], number: int, total: int) -> Part:
    return Part(
        text=text,
        to=message.to,
        number=number,
        total=total,
        visibility=message.visibility,
        in_reply_to=message.in_reply_to if number == 1 else "",  # the later ones answer the part before them
        thread_ref=message.thread_ref,
        from_name=message.from_name,
        attachments=files,
    )


def is_picture(file: File) -> bool:
    return file.content_type in PICTURES and size_of(file) <= MOST_BYTES_OF_PICTURE


def size_of(file: File) -> int:
    return len(file.data) if file.data is not None else file.size_bytes or 0

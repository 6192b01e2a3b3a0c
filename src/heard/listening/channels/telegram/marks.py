"""Formatting as Telegram sends it: plain words, and beside them entities with places in units of UTF-16. Pure."""

import re
from html import escape

from heard.listening.channels.telegram.payloads import Entity

TAGS = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}


def cut(text: str, entity: Entity) -> str:
    """The words that an entity is about."""
    units = text.encode("utf-16-le", "surrogatepass")
    found = units[max(entity.offset, 0) * 2 : max(entity.offset + entity.length, 0) * 2]
    return found.decode("utf-16-le", "replace")


def html_of(text: str, entities: list[Entity]) -> str:
    """Empty where the plain words say it all. Each stretch wears all of its tags, so that nothing overlaps whatever was sent."""
    shaped = [entity for entity in entities if tags_of(entity) and entity.length > 0 and entity.offset >= 0]
    if not shaped:
        return ""
    units = text.encode("utf-16-le", "surrogatepass")
    edges = {0, len(units) // 2, *(e.offset for e in shaped), *(e.offset + e.length for e in shaped)}
    places = sorted(place for place in edges if place <= len(units) // 2)
    return "".join(stretch(units, shaped, start, end) for start, end in zip(places, places[1:], strict=False))


def stretch(units: bytes, entities: list[Entity], start: int, end: int) -> str:
    words = escape(units[start * 2 : end * 2].decode("utf-16-le", "replace")).replace("\n", "<br>")
    for entity in entities:
        tags = tags_of(entity)
        if tags and entity.offset <= start and end <= entity.offset + entity.length:
            words = words.join(tags)
    return words


def tags_of(entity: Entity) -> tuple[str, str] | None:
    if entity.type == "text_link" and re.match(r"https?://", entity.url):
        return f'<a href="{escape(entity.url)}">', "</a>"
    tag = TAGS.get(entity.type)
    return (f"<{tag}>", f"</{tag}>") if tag else None

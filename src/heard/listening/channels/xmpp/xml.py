"""XML of a stream, as far as XMPP allows it (RFC 6120, 11.1: no document types, no entities, no instructions).

A stanza comes as the bytes that arrived and as the element they are. Names are `{namespace}name`; stanzas themselves are in
no namespace, whichever the stream around them has.
"""

import re
from typing import NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape as escape_text
from xml.sax.saxutils import quoteattr

LARGEST_STANZA = 1_000_000
DEEPEST = 100
STREAMS = "http://etherx.jabber.org/streams"
PLAIN = ("jabber:component:accept", "jabber:client", "jabber:server")
_TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Stanza(NamedTuple):
    raw: bytes
    element: Element


class BadXml(ValueError):
    pass


class Reader:
    """Bytes in, stanzas out. `header` holds what the stream says of itself, once it has begun."""

    def __init__(self) -> None:
        self.header: dict[str, str] | None = None
        self.is_over = False
        self._depth = 0
        self._start = self._dropped = 0
        self._buffer = b""
        self._builder = TreeBuilder()
        self._found: list[Stanza] = []
        self._parser = parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._begin, self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._forbidden

    def feed(self, data: bytes) -> list[Stanza]:
        """Raises BadXml."""
        self._buffer += data
        try:
            self._parser.Parse(data, False)
        except expat.ExpatError as error:
            raise BadXml(f"no XML: {error}") from error
        if len(self._buffer) > LARGEST_STANZA:
            raise BadXml(f"a stanza of more than {LARGEST_STANZA} bytes")
        found, self._found = self._found, []
        return found

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self.header = dict(attributes)
            return
        if self._depth > DEEPEST:
            raise BadXml("too deep")
        if self._depth == 2:
            self._builder, self._start = TreeBuilder(), self._parser.CurrentByteIndex
        self._builder.start(_named(name), {_named(key): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.is_over = True
            return
        self._builder.end(_named(name))
        if self._depth == 1:
            self._found.append(Stanza(self._cut(), self._builder.close()))

    def _cut(self) -> bytes:
        """The bytes of the stanza that just ended; what came before it is forgotten."""
        start = self._start - self._dropped
        last = _TAG.match(self._buffer, start)  # of `<presence/>` the first tag is the last
        if last is None or not last[0].endswith(b"/>"):
            last = _TAG.match(self._buffer, self._parser.CurrentByteIndex - self._dropped)
        end = last.end() if last else len(self._buffer)
        raw = self._buffer[start:end]
        self._buffer, self._dropped = self._buffer[end:], self._dropped + end
        return raw

    def _text(self, text: str) -> None:
        if self._depth > 1:
            self._builder.data(text)

    def _forbidden(self, *_: object) -> None:
        raise BadXml("a document type or an entity")


def parsed(raw: bytes) -> Element:
    """One stanza by itself. Raises BadXml."""
    reader = Reader()
    found = reader.feed(f"<stream:stream xmlns='{PLAIN[0]}' xmlns:stream='{STREAMS}'>".encode()) + reader.feed(raw)
    if len(found) != 1:
        raise BadXml("not one stanza")
    return found[0].element


def _named(name: str) -> str:
    space, found, local = name.rpartition("}")
    return local if not found or space in PLAIN else f"{{{space}}}{local}"


# ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def tag(name: str, /, *inside: str, **attributes: str) -> str:
    """An element. `inside` is XML already, see `words`; an attribute that is empty is left out; `from_` is `from`."""
    given = "".join(f" {key.rstrip('_')}={quoteattr(clean(value))}" for key, value in attributes.items() if value)
    return f"<{name}{given}>{''.join(inside)}</{name}>"


def words(text: str) -> str:
    return escape_text(clean(text))


def clean(text: str) -> str:
    """Without characters that no XML may hold."""
    return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))

"""Raw bytes to the parts of a mail, in one pass and without recursion: a thousand nested multiparts are just a longer list.

Bodies stay bytes until somebody asks: `Part.content()` undoes the transfer encoding.
"""

import binascii
import re
from dataclasses import dataclass, field

from heard.listening.channels.email.charset import decoded
from heard.listening.channels.email.headers import base64_bytes, value_and_parameters

MOST_PARTS = 2_000
MOST_BYTES = 50_000_000
LONGEST_HEADER = 1_000_000
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:[ \t]*(.*(?:\r?\n[ \t]+.*)*)", re.M)
_META_CHARSET = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", re.I)
_KIND = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,90}")
_DELIMITER = re.compile(rb"^--(.*)$", re.M)


class Unreadable(ValueError):
    """We refuse to interpret this mail; the text says why. It stays as it came, for a person to look at."""


@dataclass(slots=True)
class Part:
    """A leaf, or a multipart whose leaves carry it as `parent`."""

    fields: dict[bytes, list[bytes]]  # lower-case name → raw values in order
    parent: "Part | None" = None
    kind: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    outermost_alternative: "Part | None" = None

    def first(self, name: bytes) -> bytes:
        found = self.fields.get(name)
        return found[0] if found else b""

    def content(self) -> bytes:
        """The body without its transfer encoding; as it is when the encoding is unknown or a lie."""
        encoding = self.first(b"content-transfer-encoding").strip().lower()
        if encoding.startswith(b"base64"):
            return base64_bytes(self.body)
        if encoding.startswith(b"quoted-printable"):
            return binascii.a2b_qp(self.body)
        if encoding.startswith((b"x-uuencode", b"uuencode", b"x-uue")):
            return _uudecoded(self.body)
        return self.body

    def text(self) -> str:
        data = self.content()
        charset = self.parameters.get("charset", "")
        if not charset and self.kind == "text/html" and (said := _META_CHARSET.search(data[:4000])):
            charset = said[1].decode("ascii")
        return decoded(data, charset).replace("\r\n", "\n").replace("\r", "\n")


def parse(raw: bytes) -> tuple[Part, list[Part]]:
    """The root, and all leaves in order. Raises Unreadable for what is too large to be a mail that somebody wrote."""
    if len(raw) > MOST_BYTES:
        raise Unreadable(f"This mail has {len(raw) / 1e6:.0f} MB; Heard reads mails of up to {MOST_BYTES / 1e6:.0f} MB.")
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    root, body_at = _head(raw, _mbox_line(raw), None)
    if not _boundary(root):
        root.kind, root.body = _leaf_kind(root.kind), raw[body_at:]
        return root, [root]
    leaves = _leaves(raw, root, body_at)
    if not leaves:  # announced as multipart, but no delimiter anywhere: a text after all
        root.kind, root.body = "text/plain", raw[body_at:]
        leaves = [root]
    return root, leaves


def _leaves(raw: bytes, root: Part, body_at: int) -> list[Part]:
    """Walk the delimiter lines once. `opened` holds the multiparts around the place where we are."""
    opened = [root]
    depth_of = {_boundary(root): 0}
    leaves: list[Part] = []
    leaf: Part | None = None
    leaf_at = position = body_at
    for match in _DELIMITER.finditer(raw, max(0, body_at - 1)):
        if match.start() < position:
            continue
        name = match[1].rstrip()
        is_end = name not in depth_of and name.endswith(b"--") and name[:-2] in depth_of
        if not is_end and name not in depth_of:
            continue
        if leaf is not None:
            leaf.body = _without_last_newline(raw, leaf_at, match.start())
            leaf = None
        depth = depth_of[name[:-2] if is_end else name]
        for closed in opened[depth + 1 :]:
            depth_of.pop(_boundary(closed), None)
        del opened[depth + 1 :]
        position = match.end() + 1
        if is_end:
            continue
        part, leaf_at = _head(raw, position, opened[depth])
        position = max(position, leaf_at)
        boundary = _boundary(part)
        if boundary and boundary not in depth_of:
            depth_of[boundary] = len(opened)
            opened.append(part)
            continue
        part.kind = _leaf_kind(part.kind)
        leaf = part
        leaves.append(leaf)
        if len(leaves) > MOST_PARTS:
            raise Unreadable(f"This mail has more than {MOST_PARTS} parts; nobody wrote that by hand.")
    if leaf is not None:
        leaf.body = raw[leaf_at:]
    return leaves


def _head(raw: bytes, at: int, parent: Part | None) -> tuple[Part, int]:
    """The part whose headers begin at `at`, and where its body begins."""
    if parent is not None and not _FIELD.match(raw, at):  # no headers at all
        blank = 1 if raw.startswith(b"\n", at) else 2 if raw.startswith(b"\r\n", at) else 0
        return Part(fields={}, parent=parent, outermost_alternative=_alternative(parent), kind=_default_kind(parent)), at + blank
    limit = at + LONGEST_HEADER
    delimiter = raw.find(b"\n--", at, limit) if parent is not None else -1
    if delimiter >= 0 and _is_open(raw, delimiter + 1, parent):  # headers that end without a blank line
        limit = delimiter + 1
    stop, body_at = _blank_line(raw, at, min(limit, len(raw)))
    fields, fields_end = _fields_and_end(raw[at:stop])
    if raw[at + fields_end : stop].strip():  # text right after the fields, without a blank line: it is body
        body_at = at + fields_end
    if parent is None and not fields:
        body_at = at
    part = Part(fields=fields, parent=parent, outermost_alternative=_alternative(parent))
    content_type = part.first(b"content-type")
    if content_type:
        kind, part.parameters = value_and_parameters(content_type)
        part.kind = _sane_kind(kind)
    else:
        part.kind = _default_kind(parent)
    return part, body_at


def _default_kind(parent: Part | None) -> str:
    return "message/rfc822" if parent is not None and parent.kind == "multipart/digest" else "text/plain"


def _blank_line(raw: bytes, at: int, limit: int) -> tuple[int, int]:
    """Where the first empty line begins, and where what follows it begins; the limit twice when there is none."""
    found: list[tuple[int, int]] = []
    for mark in (b"\n\n", b"\n\r\n"):
        place = raw.find(mark, at, found[0][0] + 2 if found else limit)
        if place >= 0:
            found.append((place, place + len(mark)))
    return min(found, default=(limit, limit))


def _alternative(parent: Part | None) -> Part | None:
    if parent is None:
        return None
    return parent.outermost_alternative or (parent if parent.kind == "multipart/alternative" else None)


def _sane_kind(kind: str) -> str:
    """RFC 2045: what is no media type is text; what looks like one but is none is just bytes."""
    if "/" not in kind:
        return "text/plain"
    return kind if _KIND.fullmatch(kind) else "application/octet-stream"


def _leaf_kind(kind: str) -> str:
    """A multipart that names no boundary of its own can only be read as text."""
    return "text/plain" if kind.startswith("multipart/") else kind


def _is_open(raw: bytes, at: int, parent: Part | None) -> bool:
    """True when a delimiter of an enclosing multipart stands at `at`."""
    stop = raw.find(b"\n", at)
    line = raw[at + 2 : stop if stop >= 0 else len(raw)].rstrip()
    for _ in range(20):
        if parent is None:
            return False
        if line in (own := _boundary(parent), own + b"--"):
            return True
        parent = parent.parent
    return False


def fields_of(block: bytes) -> dict[bytes, list[bytes]]:
    """Header fields by lower-case name. Lines that are no field are passed over."""
    return _fields_and_end(block)[0]


def _fields_and_end(block: bytes) -> tuple[dict[bytes, list[bytes]], int]:
    fields: dict[bytes, list[bytes]] = {}
    end = 0
    for match in _FIELD.finditer(block):
        fields.setdefault(match[1].lower(), []).append(match[2].rstrip(b"\r"))
        end = match.end()
    return fields, end


def _boundary(part: Part) -> bytes:
    if not part.kind.startswith("multipart/"):
        return b""
    return part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")


def _mbox_line(raw: bytes) -> int:
    """Where the headers begin: after an mbox "From " line and blank lines, which some exports leave in."""
    start = 0
    while raw[start : start + 1] in (b"\n", b"\r"):
        start += 1
    if raw.startswith((b"From ", b">From "), start):
        return raw.find(b"\n", start) + 1
    return start


def _without_last_newline(raw: bytes, start: int, stop: int) -> bytes:
    """A body up to its delimiter; the line break before the delimiter belongs to the delimiter."""
    if stop > start and raw[stop - 1 : stop] == b"\n":
        stop -= 1
        if stop > start and raw[stop - 1 : stop] == b"\r":
            stop -= 1
    return raw[start:stop]


def _uudecoded(body: bytes) -> bytes:
    out = []
    for line in body.splitlines():
        if line.startswith((b"begin ", b"end")) or not line.strip():
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                return body
    return b"".join(out)

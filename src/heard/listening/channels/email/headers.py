"""Header fields of mails: encoded words, parameters, addresses, message ids, dates. All of it tolerant and linear in time."""

import binascii
import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from urllib.parse import unquote_to_bytes

from heard.listening.channels.email.charset import decoded, storable

LONGEST_FIELD = 200_000  # characters of one field that we look at
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_SIMPLE_ADDRESS = re.compile(r'\s*(?:"([^"\\]*)"|([^"<>,;:()\\@]*?))\s*<\s*([^<>\s,;:"()]+@[^<>\s,;:"()@]+)\s*>\s*')
_BARE_ADDRESS = re.compile(r'\s*([^<>\s,;:"()@]+@[^<>\s,;:"()@]+)\s*')
_ADDRESS = re.compile(r"(?:\"[^\"\\\\]{1,64}\"|[^\s@<>\",;:()]+)@[^\s@<>\"',;:()]+")
_COMMENT = re.compile(r"\([^()]{0,1000}\)")
_MESSAGE_ID = re.compile(r"<([^<>\r\n]{1,996})>")


def text_of(field: bytes) -> str:
    """A raw field value, unfolded and decoded (RFC 2047), as one line."""
    return one_line(words(unfolded(field)))


def unfolded(field: bytes) -> str:
    text = decoded(field[:LONGEST_FIELD])
    return text.replace("\r", "").replace("\n", "") if "\n" in text or "\r" in text else text


def one_line(text: str) -> str:
    """Without control characters: nothing that comes out of a header can start another one."""
    return storable(_CONTROL.sub(" ", text)).strip()


# ── Encoded words ───────────────────────────────────────────────────────────────────────────────────────────────────


def words(text: str) -> str:
    """Decode `=?charset?B?...?=`. Neighbours of one charset are joined before decoding, for some mailers split characters."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    waiting, waiting_charset, end = b"", "", 0
    for match in _ENCODED_WORD.finditer(text):
        between = text[end : match.start()]
        charset = match[1].partition("*")[0].lower()
        glued = end and not between.strip()
        if waiting and not (glued and charset == waiting_charset):
            pieces.append(decoded(waiting, waiting_charset))
            waiting = b""
        if not glued:
            pieces.append(between)
        waiting += _word_bytes(match[2], match[3])
        waiting_charset, end = charset, match.end()
    pieces.append(decoded(waiting, waiting_charset))
    pieces.append(text[end:])
    return "".join(pieces)


def _word_bytes(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "surrogateescape") if not payload.isascii() else payload.encode("ascii")
    return base64_bytes(raw) if encoding in "bB" else binascii.a2b_qp(raw.replace(b" ", b"_"), header=True)


def base64_bytes(data: bytes) -> bytes:
    """Whatever base64 can still be read, without complaint about padding, blanks or a cut-off end."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = _NOT_BASE64.sub(b"", data)
        whole = len(clean) - (1 if len(clean) % 4 == 1 else 0)
        return binascii.a2b_base64(clean[:whole] + b"=" * (-whole % 4))


# ── Parameters ──────────────────────────────────────────────────────────────────────────────────────────────────────


def value_and_parameters(field: bytes) -> tuple[str, dict[str, str]]:
    """`text/plain; charset="utf-8"` → ("text/plain", {"charset": "utf-8"}). Knows RFC 2231 and the wild."""
    head, *rest = _split(unfolded(field), ";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for item in rest:
        name, _, value = item.partition("=")
        name, value = name.strip().lower(), _unquoted(value)
        base, star, number = name.partition("*")
        if not star:
            plain.setdefault(name, value)
        else:
            encoded = name.endswith("*")
            index = number.rstrip("*")
            pieces.setdefault(base, {})[int(index) if index.isdecimal() and len(index) < 5 else 0] = (value, encoded)
    joined = {name: _joined(parts) for name, parts in pieces.items()}
    return head.strip().lower(), plain | joined


def _split(text: str, separator: str) -> list[str]:
    """Split at separators that stand outside quotes."""
    if '"' not in text:
        return text.split(separator)
    parts, start, quoted, i = [], 0, False, 0
    for match in re.finditer(rf'["\\{separator}]', text):
        i = match.start()
        if text[i] == '"' and (i == 0 or text[i - 1] != "\\"):
            quoted = not quoted
        elif text[i] == separator and not quoted:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value.strip("\"'") if value[:1] in ('"', "'") else value


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    charset, data = "", b""
    for position, number in enumerate(sorted(parts)):
        value, encoded = parts[number]
        if encoded and position == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
    return decoded(data, charset)


# ── Addresses ───────────────────────────────────────────────────────────────────────────────────────────────────────


def addresses(field: bytes) -> list[tuple[str, str]]:
    """(name, address) of everybody in From, To, Cc or Reply-To; groups are opened, what is no address is left out."""
    text = unfolded(field)
    if match := _SIMPLE_ADDRESS.fullmatch(text):
        return [(_name(match[1] if match[1] is not None else match[2]), match[3])]
    if match := _BARE_ADDRESS.fullmatch(text):
        return [("", match[1])]
    return [pair for item in _items(text) if (pair := _address(item))]


def _items(text: str) -> list[str]:
    """The members of an address list. Commas and semicolons inside quotes, comments and <> do not count; `group:` falls off."""
    items, start, quoted, depth, angle = [], 0, False, 0, False
    for match in re.finditer(r'[",;:()<>\\]', text):
        i, c = match.start(), match[0]
        if c == '"' and (i == 0 or text[i - 1] != "\\"):
            quoted = not quoted
        elif quoted:
            continue
        elif c in "()":
            depth = max(0, depth + (1 if c == "(" else -1))
        elif depth:
            continue
        elif c in "<>":
            angle = c == "<"
        elif c in ",;" and not angle or c == ":" and not angle and "@" not in text[start:i]:
            if c != ":":
                items.append(text[start:i])
            start = i + 1
    items.append(text[start:])
    return _items(text.replace('"', "")) if quoted else items


def _address(item: str) -> tuple[str, str] | None:
    if match := _SIMPLE_ADDRESS.fullmatch(item):
        return _name(match[1] if match[1] is not None else match[2]), match[3]
    comment = item.partition("(")[2].rpartition(")")[0]
    name, found, rest = _COMMENT.sub(" ", item).rpartition("<")
    if found:
        address = _ADDRESS.search("".join(rest.partition(">")[0].split()))
        return (_name(name or comment), address[0].lstrip("'")) if address else None
    if bare := _ADDRESS.search(rest):
        return _name(comment or rest[: bare.start()]), bare[0].lstrip("'")
    spread = _ADDRESS.search("".join(rest.split()))
    return (_name(comment), spread[0]) if spread else None


def _name(text: str) -> str:
    return one_line(words(_unquoted(text.strip())))[:200].strip("\"' ")


# ── Message ids and dates ───────────────────────────────────────────────────────────────────────────────────────────


def message_ids(field: bytes) -> list[str]:
    """All ids of Message-ID, In-Reply-To or References, in order, without brackets and doubles.

    Encoded words have no place there, but programs that are written in Python make them of long ids.
    """
    text = words(unfolded(field))
    found = [_id(m) for m in _MESSAGE_ID.findall(text)]
    if not found and "<" not in text:
        found = [w for w in text.split()[:50] if "@" in w and len(w) > 3]
    return list(dict.fromkeys(i for i in found if i))


def _id(inside: str) -> str:
    return one_line("".join(inside.split()))


def date_of(text: str) -> datetime | None:
    """An aware UTC datetime, or None for what nobody can read. A date without a zone is taken as UTC."""
    try:
        parsed = parsedate_tz(text[:200])
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if parsed is None:
        return None
    try:
        offset = timedelta(seconds=parsed[9] or 0)
        return datetime(*parsed[:5], min(parsed[5], 59), tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

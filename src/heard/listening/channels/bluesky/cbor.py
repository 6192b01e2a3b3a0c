"""DAG-CBOR and CAR, as far as the firehose needs them: https://ipld.io/specs/codecs/dag-cbor/spec/ and .../transport/car/carv1/

Strict about what is allowed and bounded in depth, for the bytes come from anybody. All raise ValueError and nothing else.
"""

import struct
from base64 import b32encode
from collections.abc import Iterator
from typing import Any

DEEPEST = 64
_LONG = {24: (1, ">B"), 25: (2, ">H"), 26: (4, ">I"), 27: (8, ">Q")}
_SIMPLE = {20: False, 21: True, 22: None}


def decoded(data: bytes, start: int = 0, *, depth: int = 0) -> tuple[Any, int]:
    """The value at `start`, and where the next one begins. A CID is a str, as JSON writes it ("bafy...")."""
    try:
        return _value(data, start, depth)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"damaged DAG-CBOR: {error}") from error


def _value(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > DEEPEST:
        raise ValueError("DAG-CBOR that is nested too deeply")
    major, info = data[at] >> 5, data[at] & 31
    if major == 7:
        return _simple(data, at, info)
    number, at = _argument(data, at + 1, info)
    match major:
        case 0:
            return number, at
        case 1:
            return -1 - number, at
        case 2:
            return _taken(data, at, number), at + number
        case 3:
            return _taken(data, at, number).decode(), at + number
        case 4:
            return _list(data, at, number, depth)
        case 5:
            return _map(data, at, number, depth)
        case _:
            return _link(data, at, number, depth)


def _argument(data: bytes, at: int, info: int) -> tuple[int, int]:
    if info < 24:
        return info, at
    if info not in _LONG:
        raise ValueError("DAG-CBOR knows no lengths that are told at the end")
    size, form = _LONG[info]
    return struct.unpack_from(form, data, at)[0], at + size


def _simple(data: bytes, at: int, info: int) -> tuple[Any, int]:
    if info == 27:
        return struct.unpack_from(">d", data, at + 1)[0], at + 9
    if info not in _SIMPLE:
        raise ValueError(f"DAG-CBOR knows no simple value {info}")
    return _SIMPLE[info], at + 1


def _taken(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise ValueError("DAG-CBOR that ends too soon")
    return data[at : at + size]


def _list(data: bytes, at: int, size: int, depth: int) -> tuple[list[Any], int]:
    items = []
    for _ in range(size):
        item, at = _value(data, at, depth + 1)
        items.append(item)
    return items, at


def _map(data: bytes, at: int, size: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    for _ in range(size):
        name, at = _value(data, at, depth + 1)
        if not isinstance(name, str):
            raise ValueError("DAG-CBOR has names of text only")
        found[name], at = _value(data, at, depth + 1)
    return found, at


def _link(data: bytes, at: int, tag: int, depth: int) -> tuple[str, int]:
    content, at = _value(data, at, depth + 1)
    if tag != 42 or not isinstance(content, bytes) or content[:1] != b"\0":
        raise ValueError("DAG-CBOR has no tags but links")
    return cid_text(content[1:]), at


def cid_text(cid: bytes) -> str:
    """base32, as the AT Protocol writes it."""
    return "b" + b32encode(cid).decode().rstrip("=").lower()


# ── Archives ────────────────────────────────────────────────────────────────────────────────────────────────────────


def blocks_of(archive: bytes) -> dict[str, bytes]:
    """The blocks of a CAR by their CID."""
    sections = _sections(archive)
    next(sections, None)  # the header, which only names the root
    return dict(_block(section) for section in sections)


def _sections(archive: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(archive):
        size, at = _varint(archive, at)
        yield _taken(archive, at, size)
        at += size


def _block(section: bytes) -> tuple[str, bytes]:
    version, at = _varint(section, 0)
    _codec, at = _varint(section, at)
    _hash, at = _varint(section, at)
    size, at = _varint(section, at)
    if version != 1:
        raise ValueError("a CAR with CIDs of a version that we do not know")
    return cid_text(section[: at + size]), section[at + size :]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 63, 7):
        if at >= len(data):
            raise ValueError("a CAR that ends too soon")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise ValueError("a CAR with a number that is too large")

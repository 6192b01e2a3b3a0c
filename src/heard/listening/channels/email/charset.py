"""Bytes of a mail to text, whatever the mail says about their charset.

The declared charset is believed only as far as it fits: `us-ascii` and `iso-8859-1` stand for what Windows sends under
their name, text that is valid UTF-8 with multi-byte characters is UTF-8, and unknown names fall back in the same way.
What comes out is always storable: no NUL, no lone surrogate.
"""

import codecs
import re
from functools import lru_cache

ALIASES = {  # names seen in real mail that Python does not know, or that are a subset of what is really sent
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "ansi_x3.110-1983": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "unicode": "utf-8",
    "utf8mb4": "utf-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "windows-874": "cp874",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
}
FORBIDDEN = {
    "idna",
    "punycode",
    "unicode_escape",
    "unicode-escape",
    "raw_unicode_escape",
    "raw-unicode-escape",
    "undefined",
    "mbcs",
    "oem",
}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_JAPANESE_ESCAPE = re.compile(rb"\x1b\$[@B]")


def decoded(data: bytes, charset: str = "") -> str:
    """The text of `data`, which claims to be in `charset`. Never fails; what cannot be read is U+FFFD."""
    return storable(_decoded(data, charset))


def storable(text: str) -> str:
    return _UNSTORABLE.sub("", text) if _UNSTORABLE.search(text) else text


def _decoded(data: bytes, charset: str) -> str:
    if (
        data.isascii()
        and b"\x1b" not in data
        and charset[:5].lower() not in ("utf-7", "utf-1", "utf-3", "unico", "x-uni", "hz-gb", "hz")
    ):
        return data.decode("ascii")
    codec = codec_of(charset)
    if codec is None and _JAPANESE_ESCAPE.search(data):
        codec = "iso2022_jp_ext"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and codec in (None, "cp1252", "utf-8"):
        return data.decode("utf-16", "replace")
    if codec in (None, "cp1252", "utf-8") or (codec or "").startswith("cp125"):
        return _western(data, codec)
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError):
        return _rescued(data, codec)


def _western(data: bytes, codec: str | None) -> str:
    """UTF-8 wherever it is valid: text in another charset hardly ever is, by chance."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if codec == "utf-8" and _mostly_utf8(data, error.start):
            return data.decode("utf-8-sig", "replace")
        return data.decode(codec if codec and codec != "utf-8" else "cp1252", "replace")


def _mostly_utf8(data: bytes, first_error: int) -> bool:
    """Damaged UTF-8, rather than another charset under its name: it has more good characters than bad bytes."""
    sample = data[: max(20_000, min(len(data), first_error + 1000))].decode("utf-8", "replace")
    bad = sample.count("\ufffd")
    good = sum(1 for c in sample if c > "\x7f") - bad
    return good >= bad


def _rescued(data: bytes, codec: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode(codec, "replace")
    except (UnicodeError, LookupError):  # a codec of bytes, or one that cannot replace
        return data.decode("cp1252", "replace")


@lru_cache(maxsize=512)
def codec_of(charset: str) -> str | None:
    """Python's codec for a charset as mails name it; None when nobody knows it."""
    name = charset.strip("\"' \t;").lower()
    if not name or len(name) > 40 or name in FORBIDDEN:
        return None
    name = ALIASES.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    return name if getattr(info, "_is_text_encoding", True) and info.name not in FORBIDDEN else None

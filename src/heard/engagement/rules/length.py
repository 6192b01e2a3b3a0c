"""How long a text is, in the unit in which a network counts. `capabilities.length_unit` names it."""

import regex

GSM_ONE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWO = frozenset("\f^{}\\[~]|€")  # sent as escape plus one; GSM 03.38
_CLUSTER = regex.compile(r"\X")


def length_of(text: str, unit: str) -> int:
    """In `unit`: characters (code points), graphemes (what a reader calls a letter), utf16, bytes (UTF-8), sms_segments."""
    return _COUNT[unit](text)


def over_by(text: str, *, unit: str, limit: int | None) -> int:
    """How much too long; 0 when it fits."""
    return 0 if limit is None else max(0, length_of(text, unit) - limit)


def _graphemes(text: str) -> int:
    return len(text) if text.isascii() and "\r" not in text else len(_CLUSTER.findall(text))


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _sms_segments(text: str) -> int:
    """One letter outside GSM 03.38 turns the whole message into UCS-2: 70 in one, 67 in each of several."""
    if all(c in GSM_ONE or c in GSM_TWO for c in text):
        return _segments(sum(2 if c in GSM_TWO else 1 for c in text), alone=160, joined=153)
    return _segments(_utf16(text), alone=70, joined=67)


def _segments(size: int, *, alone: int, joined: int) -> int:
    return 1 if size <= alone else -(-size // joined)


_COUNT = {"characters": len, "graphemes": _graphemes, "utf16": _utf16, "bytes": _bytes, "sms_segments": _sms_segments}

"""How long a text is, in the unit in which a network counts, and where to cut it. `capabilities.length_unit` names the unit.

characters     code points                    graphemes   what a reader calls a letter (UAX 29)
utf16          units of UTF-16                bytes       of UTF-8
sms_segments   messages that a phone is billed for (GSM 03.38)
weighted       as X counts: most letters 1, CJK and emoji 2, a link 23 (twitter-text, configuration 3)

frontend/islands/lengths.ts counts the same; a test holds the two together.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

import regex

GSM_ONE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWO = frozenset("\f^{}\\[~]|€")  # sent as escape plus one; GSM 03.38
_CLUSTER = regex.compile(r"\X")
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[0-9#*]\uFE0F?\u20E3|\p{Regional_Indicator}{2}")
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_LINK_WEIGHT = 23
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))  # code points that weigh 1; others 2
# Where to cut, the best first, and the least part of a piece that must then be used.
_BREAKS = ((r"\n\s*\n", 0.5), (r"\n", 0.5), (r"(?<=[.!?…])\s", 0.5), (r"\s", 0))


def length_of(text: str, unit: str) -> int:
    """In one of the units above."""
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


def _weighted(text: str) -> int:
    bare, links = _LINK.subn("", unicodedata.normalize("NFC", text))
    if bare.isascii():
        return links * _LINK_WEIGHT + len(bare)
    return links * _LINK_WEIGHT + sum(_weight(cluster) for cluster in _CLUSTER.findall(bare))


def _weight(cluster: str) -> int:
    """An emoji weighs 2, however many code points make it."""
    if _EMOJI.search(cluster):
        return 2
    return sum(1 if any(first <= ord(c) <= last for first, last in _LIGHT) else 2 for c in cluster)


_COUNT: dict[str, Callable[[str], int]] = {
    "characters": len,
    "graphemes": _graphemes,
    "utf16": _utf16,
    "bytes": _bytes,
    "sms_segments": _sms_segments,
    "weighted": _weighted,
}


# ── Where to cut ────────────────────────────────────────────────────────────────────────────────────────────────────


def pieces(text: str, room: int, length: Callable[[str], int]) -> list[str]:
    """`text` in pieces of at most `room`, as `length` counts.

    Cut between paragraphs, lines, sentences or words, and within a word only if it alone is too long; never within what a
    reader calls a letter.
    """
    return list(_pieces(text.strip(), room, length))


def numbered(text: str, limit: int, length: Callable[[str], int]) -> list[str]:
    """`text` as it is when it fits into `limit`, else in pieces that end with (1/3), (2/3), ..."""
    if length(text) <= limit:
        return [text]
    found = pieces(text, limit - len(" (999/999)"), length)
    return [f"{piece} ({number}/{len(found)})" for number, piece in enumerate(found, 1)]


def _pieces(words: str, room: int, length: Callable[[str], int]) -> Iterator[str]:
    while words:
        fits = _longest_fit(words, room, length)
        place = len(words) if fits == len(words) else _cut_place(words, fits)
        yield words[:place].strip()
        words = words[place:].strip()


def _cut_place(words: str, fits: int) -> int:
    for break_, least in _BREAKS:
        places = [found.end() for found in re.finditer(break_, words[: fits + 1])]
        if places and places[-1] > fits * least:
            return places[-1]
    return _before_letter(words, fits)


def _longest_fit(words: str, room: int, length: Callable[[str], int]) -> int:
    """How many characters from the start count as at most `room`; one at least."""
    low, high = 1, min(len(words), max(room, 1))
    while high < len(words) and length(words[:high]) <= room:  # so that a piece costs its own length and not that of all words
        low, high = high, min(len(words), high * 2)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(words[:middle]) <= room else (low, middle - 1)
    return low


def _before_letter(words: str, place: int) -> int:
    """`place`, or the last one before it that is between two letters."""
    begins = [found.start() for found in _CLUSTER.finditer(words, 0, min(len(words), place + 40))]
    return max((start for start in begins if 0 < start <= place), default=place)

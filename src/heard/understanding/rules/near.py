"""Which texts say nearly the same: a signature of 64 bits for each, made of its pairs of words.

The signature is sixteen marks of four bits. A mark is drawn from the pair that comes first in one of sixteen shuffled orders of all
pairs there could be, so two texts agree in about as many marks as they share pairs, of sixteen. Links, handles, emoji, case and
punctuation say nothing; numbers do. docs/algorithms/duplicates.md tells what that finds and what it does not.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

AT_ONCE = 512  # texts: the buffers then stay in the processor's cache
LONGEST_BYTES = 2000  # of one text; copies of a longer one agree in its beginning
LEAST_PAIRS = 10  # different pairs of words; below that people say the same by chance
LEAST_OF_SPAM = 5  # where nobody asked for it, fewer are enough
MARKS, BITS = 16, 4
ENOUGH_MARKS = 10  # of 16: three pairs of five are shared; different tweets about one matter share nine at most
BAND = 4  # marks that make a key; of those who are alike nearly all have a key in common

Numbers = npt.NDArray[np.uint64]
Halves = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_dice = np.random.default_rng(48611)
ORDERS: Halves = _dice.integers(2**28, 2**32, MARKS, dtype=np.uint32) | np.uint32(1)
PLACES: Numbers = np.arange(MARKS, dtype=np.uint64) * np.uint64(BITS)  # of the marks in a signature
HEAD, TAIL, LENGTH, PAIR, MIX = _dice.integers(2**62, 2**63, 5, dtype=np.uint64) | np.uint64(1)
WINDOW = 8  # bytes of a word that are read at once: its first and its last ones tell it from others
UP_TO: Numbers = np.array([2 ** (8 * n) - 1 for n in range(WINDOW + 1)], np.uint64)  # keeps the first n bytes of a window
SPACE, AT, COLON, SLASH, LAST_BLANK = 32, ord("@"), ord(":"), ord("/"), 32


FOLDED = bytes(  # what is no part of a word is a space
    n + 32 if 65 <= n <= 90 else n if 48 <= n <= 57 or 97 <= n <= 122 or n >= 128 else SPACE for n in range(256)
)
IDEOGRAPHS = (0xE3, 0xED)  # first bytes of scripts that put no space between words: each sign is a word


def signatures(texts: Sequence[str]) -> tuple[list[int], list[int]]:
    """(signatures, how many different pairs of words each text has). A signature fits a signed 64-bit column.

    That of a text without pairs is 0 and means nothing; see LEAST_PAIRS.
    """
    found: list[int] = []
    counts: list[int] = []
    for start in range(0, len(texts), AT_ONCE):
        some, pairs = _signatures(texts[start : start + AT_ONCE])
        found += some
        counts += pairs
    return found, counts


def _signatures(texts: Sequence[str]) -> tuple[list[int], list[int]]:
    encoded = [text.encode("utf-8", "ignore")[:LONGEST_BYTES] for text in texts]
    written = b" ".join([*encoded, b" " * WINDOW])
    letters, begins = _letters(written)
    starts, ends = _words(letters, begins)
    ends_of_texts = np.cumsum(np.fromiter(map(len, encoded), np.intp, len(encoded)) + 1)
    text_of_word = np.searchsorted(ends_of_texts, starts, side="right")
    pairs, text_of_pair = _pairs(_hashes(letters, starts, ends), text_of_word)
    counts = np.bincount(text_of_pair, minlength=len(texts))
    found = np.zeros(len(texts), np.uint64)
    with_pairs = counts.nonzero()[0]
    if len(with_pairs):
        found[with_pairs] = _marks(pairs, np.cumsum(counts[with_pairs]) - counts[with_pairs])
    return found.view(np.int64).tolist(), counts.tolist()


def keys_of(signature: int) -> tuple[int, int, int, int]:
    """Four numbers below 2**16. Of texts that share nine pairs of ten, 98 % have one of them in common; of four of five, 88 %."""
    first, second, third, fourth = ((signature >> shift) & 0xFFFF for shift in range(0, MARKS * BITS, BAND * BITS))
    return first, second, third, fourth


def are_alike(one: int, other: int) -> bool:
    return marks_shared(one, other) >= ENOUGH_MARKS


def marks_shared(one: int, other: int) -> int:
    """0 to 16; divided by 16 about the share of pairs that both texts have."""
    differing = (one ^ other) & (2**64 - 1)
    differing |= differing >> 2
    differing |= differing >> 1
    return MARKS - (differing & 0x1111111111111111).bit_count()


def _letters(written: bytes) -> tuple[Bytes, Places]:
    """(lower case, spaces for whatever is no part of a word; where a sign stands that is a word by itself)."""
    buffer = np.frombuffer(written, np.uint8)
    letters = np.frombuffer(bytearray(written.translate(FOLDED)), np.uint8)
    if b"@" in written or b"://" in written:
        _blank_chunks(buffer, letters)
    if written.isascii():
        return letters, np.zeros(0, np.intp)
    at = (buffer >= 0xE2).nonzero()[0]
    first, second = buffer[at], buffer[at + 1]
    for signs, width in ((first >= 0xF0, 4), ((first == 0xE2) & (second <= 0x80), 3)):  # emoji; dashes and curly quotes
        for step in range(width):
            letters[at[signs] + step] = SPACE
    return letters, at[(first >= IDEOGRAPHS[0]) & (first <= IDEOGRAPHS[1])]


def _blank_chunks(buffer: Bytes, letters: Bytes) -> None:
    """Spaces for handles and links, whole, up to the next blank."""
    blank = buffer <= LAST_BLANK
    at = (buffer == AT).nonzero()[0]
    at = at[blank[at - 1] | (at == 0)]
    colons = (buffer == COLON).nonzero()[0]
    colons = colons[(buffer[colons + 1] == SLASH) & (buffer[colons + 2] == SLASH)]
    if not len(at) and not len(colons):
        return
    blanks = blank.nonzero()[0]
    after = np.searchsorted(blanks, colons)
    begin = np.concatenate([at, np.where(after > 0, blanks[after - 1], 0)])
    lengths = blanks[np.searchsorted(blanks, begin, side="right")] - begin
    before = np.cumsum(lengths) - lengths
    letters[np.arange(lengths.sum()) + np.repeat(begin - before, lengths)] = SPACE


def _words(letters: Bytes, begins: Places) -> tuple[Places, Places]:
    """Where each word starts, and where it ends. What `letters` end with is a space."""
    wordly = letters != SPACE
    borders = (wordly[1:] != wordly[:-1]).nonzero()[0] + 1
    if wordly[0]:
        borders = np.concatenate([[0], borders])
    starts, ends = borders[::2], borders[1::2]
    if not len(begins):
        return starts, ends
    cuts = np.setdiff1d(begins[wordly[begins]], starts, assume_unique=True)
    return np.sort(np.concatenate([starts, cuts])), np.sort(np.concatenate([ends, cuts]))


def _hashes(letters: Bytes, starts: Places, ends: Places) -> Numbers:
    """One number per word, of its length, its first bytes and its last ones."""
    windows = np.ndarray(len(letters) - WINDOW + 1, "<u8", letters.data, strides=(1,))
    lengths = ends - starts
    head = windows[starts] & UP_TO[np.minimum(lengths, WINDOW)]
    tail = windows[np.maximum(ends - WINDOW, starts)] & UP_TO[np.minimum(lengths, WINDOW)]
    hashes = (head * HEAD) ^ (tail * TAIL) ^ (lengths.astype(np.uint64) * LENGTH)
    hashes ^= hashes >> np.uint64(31)
    return hashes * MIX


def _pairs(words: Numbers, text_of_word: Places) -> tuple[Halves, Places]:
    """The different pairs of neighbours, and the text of each, in its order."""
    at = (text_of_word[1:] == text_of_word[:-1]).nonzero()[0]
    mixed = (words[at] * PAIR + words[at + 1]) * MIX
    keyed = (text_of_word[at].astype(np.uint64) << np.uint64(32)) | (mixed >> np.uint64(32))
    keyed.sort()
    differs = np.ones(len(keyed), bool)
    differs[1:] = keyed[1:] != keyed[:-1]
    keyed = keyed[differs]
    return keyed.astype(np.uint32), (keyed >> np.uint64(32)).astype(np.intp)


def _marks(pairs: Halves, begin: Places) -> Numbers:
    """The signature of each text, whose pairs begin there."""
    first = np.minimum.reduceat(ORDERS[:, None] * pairs, begin, axis=1).astype(np.uint64) * MIX
    return np.bitwise_or.reduce((first ^ (first >> np.uint64(29))) * PAIR >> np.uint64(60) << PLACES[:, None], axis=0)

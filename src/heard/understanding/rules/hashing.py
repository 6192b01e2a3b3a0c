"""Texts as bags of hashed n-grams, in pure numpy: character 3- to 5-grams of the words, words, and pairs of words.

The whole batch is one buffer of bytes and no Python loop runs per text or word, which makes this about twenty times as
fast as a vectoriser that does. Nothing but the pairs reaches over a space, so rules/weighed.py can do it once per word.
docs/algorithms/understanding.md tells how it works and what it costs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BITS = 18  # rows of a weight table: 2**18
FINE = 20  # of one that is finer: its rows over 2**(FINE - BITS) are those of the other
CHAR_GRAMS = (3, 4, 5)
LONGEST_BYTES = 4000  # of one text; what stands later in a long mail changes no sentiment

Numbers = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xD6E8FEB86659FD93)
PAIR = np.uint64(0xC2B2AE3D27D4EB4F)
POSITIONS = np.random.default_rng(12345).integers(1, 2**63, 64, dtype=np.uint64) | np.uint64(1)
SPACE = 32

LOWER = np.arange(256, dtype=np.uint8)
LOWER[65:91] += 32
LOWER[:32] = SPACE
WORDLY = np.zeros(256, bool)
WORDLY[[*range(48, 58), *range(97, 123), *range(128, 256), *map(ord, "'_#@")]] = True

# Each begins with what is written so and not otherwise, which is many times as fast to look for as one pattern for both.
LINK = re.compile(r"https?://\S+")
WWW = re.compile(r"www\.\S+")
HANDLE = re.compile(r"@(?<!\w@)\w+")
BETWEEN = "\n\0"  # two texts that are looked through as one; a link does not reach over it


@dataclass(frozen=True)
class Bag:
    """The features of a batch, ordered by text within each of its `parts`.

    A part is (row of the weight table, text, token) per feature. `starts` and `ends` are the places of the tokens in
    `buffer`, which holds all texts one after the other; `words` are their hashes.
    """

    count: int
    parts: list[tuple[Places, Places, Places]]
    starts: Places
    ends: Places
    text_of_token: Places
    words: Numbers
    buffer: bytes

    def written(self) -> list[str]:
        """Each token as it stands in the text."""
        places = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [self.buffer[start:end].decode("utf-8", "ignore") for start, end in places]


def plain(texts: Sequence[str]) -> list[str]:
    """Links and handles say nothing of how somebody feels, except that they stand there."""
    joined = BETWEEN.join(texts)
    if joined.count(BETWEEN) >= max(1, len(texts)):
        joined = BETWEEN.join([text.replace(BETWEEN, " ") for text in texts])
    joined = HANDLE.sub("@user", WWW.sub("http", LINK.sub("http", joined)))
    return joined.split(BETWEEN) if texts else []


def encoded(texts: Sequence[str]) -> list[bytes]:
    """What is looked at of each of `texts`."""
    return [text.encode("utf-8", "ignore")[:LONGEST_BYTES] for text in plain(texts)]


def bag_of(texts: Sequence[str], bits: int = BITS) -> Bag:
    """Features of each text in `texts`, which may be empty strings."""
    return bag_of_bytes(encoded(texts), bits)


def bag_of_bytes(texts: Sequence[bytes], bits: int = BITS) -> Bag:
    """The same for texts that are encoded already."""
    encoded = [b" " + text + b" " for text in texts]
    buffer = b"".join(encoded)
    lengths = np.fromiter(map(len, encoded), np.intp, len(encoded))
    text_of_byte = np.repeat(np.arange(len(encoded)), lengths)
    letters = LOWER[np.frombuffer(buffer, np.uint8)]
    starts, ends, token_of_byte = _tokens(letters)
    words = _word_hashes(letters, starts, ends)
    text_of_token = text_of_byte[starts]
    parts = [
        *_char_grams(letters, text_of_byte, token_of_byte, bits),
        (_row(words * GOLDEN, bits), text_of_token, np.arange(len(starts))),
        _pairs(words, text_of_token, bits),
    ]
    return Bag(len(encoded), parts, starts, ends, text_of_token, words, buffer)


def _tokens(letters: npt.NDArray[np.uint8]) -> tuple[Places, Places, Places]:
    """A token is a run of word characters or one mark of punctuation: their starts, their ends, and the token at each byte."""
    wordly = WORDLY[letters]
    mark = ~wordly & (letters != SPACE)
    begins, finishes = mark.copy(), mark.copy()
    begins[1:] |= wordly[1:] & ~wordly[:-1]
    finishes[:-1] |= wordly[:-1] & ~wordly[1:]
    return np.flatnonzero(begins), np.flatnonzero(finishes) + 1, np.maximum(np.cumsum(begins) - 1, 0)


def _char_grams(
    letters: npt.NDArray[np.uint8], text_of_byte: Places, token_of_byte: Places, bits: int
) -> list[tuple[Places, Places, Places]]:
    """Windows of 3 to 5 bytes with a space at most at either end. They cannot reach into the next text: two spaces lie between."""
    wide = letters.astype(np.uint64) + np.uint64(1)
    space = letters == SPACE
    rolling = wide
    crosses: Flags = np.zeros(len(letters), bool)
    found = []
    for length in range(2, CHAR_GRAMS[-1] + 1):
        size = len(letters) - length + 1
        if size <= 0:
            break
        rolling = rolling[:size] * np.uint64(257) + wide[length - 1 :]
        if length == 2:
            crosses = crosses[:size]
            continue
        crosses = crosses[:size] | space[length - 2 : length - 2 + size]
        at = np.flatnonzero(~crosses)
        found.append((_row((rolling[at] * MIX + np.uint64(length)) * GOLDEN, bits), text_of_byte[at], token_of_byte[at + 1]))
    return found


def _word_hashes(letters: npt.NDArray[np.uint8], starts: Places, ends: Places) -> Numbers:
    """One number per token: the sum of its bytes, each times a number that belongs to its place in the token."""
    if not len(starts):
        return np.zeros(0, np.uint64)
    first = np.zeros(len(letters), np.intp)
    first[starts] = starts
    place = np.minimum(np.arange(len(letters)) - np.maximum.accumulate(first), 63)
    values = (letters.astype(np.uint64) + np.uint64(7)) * POSITIONS[place]
    values ^= values >> np.uint64(29)
    sums = np.zeros(len(letters) + 1, np.uint64)
    np.cumsum(values, out=sums[1:])
    hashes = (sums[ends] - sums[starts]) * MIX
    return hashes ^ (hashes >> np.uint64(32))


def _pairs(words: Numbers, text_of_token: Places, bits: int) -> tuple[Places, Places, Places]:
    at = np.flatnonzero(text_of_token[1:] == text_of_token[:-1])
    return rows_of_pairs(words[at], words[at + 1], bits), text_of_token[at], at


def rows_of_pairs(first: Numbers, second: Numbers, bits: int = BITS) -> Places:
    """The row of the weight table for each word in `first` with the one in `second` after it."""
    mixed = (first * PAIR + second) * GOLDEN
    mixed ^= mixed >> np.uint64(31)
    return _row(mixed * MIX, bits)


def dialect(rows: Places, language: str) -> Places:
    """Rows of a table of 2**FINE for the same features in `language`: what words mean there and nowhere else."""
    return (rows * 2_654_435_761 + int.from_bytes(language.encode(), "big") * 40_503) & ((1 << FINE) - 1)


def _row(hashes: Numbers, bits: int) -> Places:
    return (hashes >> np.uint64(64 - bits)).astype(np.intp)

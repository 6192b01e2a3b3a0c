"""The weights of words, each weighed once and remembered: most words of a text have been said before.

A word is here what stands between two spaces, as it is written. Of all features (rules/hashing.py) only the pair of the last
token of one word and the first of the next reaches over a space. The weights are whole numbers, so that sums of them are exact:
neither the order of adding nor what was remembered or forgotten changes a score.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.hashing import BITS, FINE, Bag, Numbers, Places, bag_of_bytes, dialect, encoded, rows_of_pairs

MOST_WORDS = 65_536  # 20 MB; then everything is forgotten, and the common words are back within a batch
FEW_WORDS = 8192  # of a language that few speak
MOST_BYTES = 1_000_000  # of the words themselves: where nobody writes spaces, a sentence is a word
AT_SIGN = ord("@")  # handles stand for people, not for what is said

# What begins a text among the words; no text in UTF-8 holds this byte. Its row is the first.
BEGIN = b"\xff"
CONTROLS_TO_SPACES = bytes(max(byte, 32) for byte in range(256))

Table = npt.NDArray[np.int16]
Sums = npt.NDArray[np.int32]  # of the 20,000 features of the longest text: below 2**31
FEELINGS = 3  # the first columns, for which it is remembered what each token weighs
COARSER = FINE - BITS


class _Rows(dict[bytes, int]):
    """The row of each word; a word that is new gets the next one and waits in `fresh` to be weighed."""

    def __init__(self) -> None:
        super().__init__({BEGIN: 0})
        self.fresh: list[bytes] = []

    def __missing__(self, word: bytes) -> int:
        row = self[word] = len(self)
        self.fresh.append(word)
        return row


class Spoken(NamedTuple):
    """A batch as rows of the memory. `begins` has the place of each text's BEGIN in `rows`; `pairs`, per word, what it and
    the next one of its text weigh together; `totals` [texts, columns] is everything."""

    rows: Places
    begins: Places
    pairs: Sums
    totals: Sums


class Words:
    """Remembers the words of `fine` [2**FINE, 4] and `coarse` [2**BITS, more], side by side. For one thread at a time.

    In a `language` the feelings are those of `foreign` [2**FINE, 4], which knows words that mean the same everywhere, and words of that
    language; how much a feature counts for there stands in the fourth column.
    """

    def __init__(self, fine: Table, coarse: Table, foreign: Table | None = None, language: str = "") -> None:
        self._fine, self._coarse, self._foreign, self._language = fine, coarse, foreign, language
        self._most = FEW_WORDS if language else MOST_WORDS
        self._columns = fine.shape[1] + coarse.shape[1]
        self.forget()

    def forget(self) -> None:
        self._rows = _Rows()
        self._bytes = 0
        # per word: what it weighs, the hashes of its first and last token, its first token and how many they are
        self._weights: Sums = np.zeros((1, self._columns), np.int32)
        self._edges: Numbers = np.zeros((1, 2), np.uint64)
        self._tokens: Places = np.zeros((1, 2), np.intp)
        # per token: what it weighs, whether it can be shown as evidence, and how it is written
        self._of_token: Sums = np.zeros((0, FEELINGS), np.int32)
        self._can_be_shown = np.zeros(0, bool)
        self._written: list[str] = []

    def spoken(self, texts: Sequence[str]) -> Spoken:
        """`texts`, at least one, as words."""
        if len(self._rows) > self._most or self._bytes > MOST_BYTES:
            self.forget()
        joined = b" \xff ".join([b"", *encoded(texts), b""])
        words = joined.translate(CONTROLS_TO_SPACES).split()
        all_rows = np.fromiter(map(self._rows.__getitem__, words), np.intp, len(words))
        self._weigh_fresh()
        rows, after = all_rows[:-1], all_rows[1:]
        begins = (rows == 0).nonzero()[0]
        of_pairs = self._gathered(rows_of_pairs(self._edges[rows, 1], self._edges[after, 0], FINE))
        of_pairs[begins] = 0  # nothing goes over the beginning of a text, nor over the one of the next
        of_pairs[begins[1:] - 1] = 0
        of_pairs[-1] = 0
        weights = self._weights.take(rows, 0)
        weights += of_pairs
        return Spoken(rows, begins, of_pairs[:, :FEELINGS], np.add.reduceat(weights, begins))

    def tokens(self, spoken: Spoken, places: Places) -> tuple[Places, Places, Sums]:
        """The tokens of the words at `places` of `spoken`: for each its number, its place, and what it weighs there."""
        first, count = self._tokens.take(spoken.rows[places], 0).T
        after = count.cumsum()
        tokens = np.repeat(first - after + count, count) + np.arange(after[-1] if len(after) else 0)
        weights = self._of_token.take(tokens, 0)
        weights[after - 1] += spoken.pairs[places]
        return tokens, np.repeat(places, count), weights

    def can_be_shown(self, tokens: Places) -> npt.NDArray[np.bool_]:
        return self._can_be_shown[tokens]

    def written(self, token: int) -> str:
        return self._written[token]

    def _weigh_fresh(self) -> None:
        fresh, self._rows.fresh = self._rows.fresh, []
        if not fresh:
            return
        self._bytes += sum(map(len, fresh))
        bag = bag_of_bytes(fresh, FINE)
        of_token = self._weights_of_tokens(bag)
        count = np.bincount(bag.text_of_token)
        last = np.cumsum(count) - 1
        first = last - count + 1
        words, tokens = len(self._rows) - len(fresh), len(self._written)
        self._weights = _kept(self._weights, words, np.add.reduceat(of_token, first))
        self._edges = _kept(self._edges, words, np.stack([bag.words[first], bag.words[last]], axis=1))
        self._tokens = _kept(self._tokens, words, np.stack([first + tokens, count], axis=1))
        self._of_token = _kept(self._of_token, tokens, of_token[:, :FEELINGS])
        long_enough = (bag.ends - bag.starts) > 2
        handle = np.frombuffer(bag.buffer, np.uint8)[bag.starts] == AT_SIGN
        self._can_be_shown = _kept(self._can_be_shown, tokens, long_enough & ~handle)
        self._written += bag.written()

    def _gathered(self, rows: Places) -> Sums:
        """[rows, columns] of both tables."""
        found = np.empty((len(rows), self._columns), np.int32)
        found[:, : self._fine.shape[1]] = self._fine.take(rows, 0)
        found[:, self._fine.shape[1] :] = self._coarse.take(rows >> COARSER, 0)
        if self._foreign is not None:
            here = self._foreign.take(rows, 0).astype(np.int32)
            here[:, :FEELINGS] += self._foreign.take(dialect(rows, self._language), 0)[:, :FEELINGS]
            found[:, :FEELINGS] = here[:, :FEELINGS] * here[:, FEELINGS:]
        return found

    def _weights_of_tokens(self, bag: Bag) -> Sums:
        tokens = np.concatenate([tokens for _, _, tokens in bag.parts])
        order = np.argsort(tokens, kind="stable")
        gathered = self._gathered(np.concatenate([rows for rows, _, _ in bag.parts])[order])
        return np.add.reduceat(gathered, np.searchsorted(tokens[order], np.arange(len(bag.starts))))


def _kept(array: npt.NDArray, used: int, more: npt.NDArray) -> npt.NDArray:
    """`array` with `more` after its first `used` rows; in a larger array where there is no room."""
    needed = used + len(more)
    if needed > len(array):
        larger = np.zeros((max(needed, 2 * len(array)), *array.shape[1:]), array.dtype)
        larger[:used] = array[:used]
        array = larger
    array[used:needed] = more
    return array

"""What texts mean, roughly, from their words alone: the sum of a vector for each piece of a word. For everybody, without any model.

The vectors (weights/sense.npz) were fitted so that their sums come near what MiniLM says of whole sentences (train/sense.py), which
costs nothing of MiniLM when a text is read. "Crossed out" is near "strikethrough", which shared letters cannot tell; the order of words
is not seen. Mostly for English. Words are cut into pieces as BERT's uncased vocabulary has them. docs/algorithms/topics.md
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from threading import Lock

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.hashing import plain

Floats = npt.NDArray[np.float32]

MOST_LETTERS = 1500  # of one text: what an article or a letter is about is said by then
MOST_WORDS = 20_000  # that are remembered; 16 MB
LONGEST_WORD = 100  # letters; what is longer is no word
UNKNOWN = "[UNK]"
FORMAT = frozenset(("Cc", "Cf"))


class Sense:
    """`sense(texts)`: [texts, dimensions], each of length 1, or 0 where nothing is known; products are cosines. From any thread."""

    def __init__(self, vocabulary: Sequence[str], table: npt.NDArray[np.int8], scale: Floats) -> None:
        self._place = {piece: n for n, piece in enumerate(vocabulary)}
        self._table, self._scale = table, scale
        self._one_at_a_time = Lock()
        self._forget()

    @property
    def dimensions(self) -> int:
        return int(self._table.shape[1])

    def __call__(self, texts: Sequence[str]) -> Floats:
        with self._one_at_a_time:
            if len(self._row) > MOST_WORDS:
                self._forget()
            split = _words(texts)
            for word in {word for words in split for word in words if word not in self._row}:
                self._remember(word)
            rows = np.fromiter((self._row[word] for words in split for word in (*words, "")), np.intp)
            ends = np.cumsum([len(words) + 1 for words in split])
            known = self._vectors[rows]
        sums = np.add.reduceat(known, ends - [len(words) + 1 for words in split]) if len(texts) else known
        return (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """Of each text the places in the vocabulary."""
        return [[place for word in words for token in _tokens(word) for place in self._pieces(token)] for words in _words(texts)]

    def _forget(self) -> None:
        self._row: dict[str, int] = {"": 0}
        self._vectors = np.zeros((256, self.dimensions), np.float32)

    def _remember(self, word: str) -> None:
        places = [place for token in _tokens(word) for place in self._pieces(token)]
        row = self._row[word] = len(self._row)
        if row == len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
        self._vectors[row] = self._scale[places] @ self._table[places].astype(np.float32) if places else 0

    def _pieces(self, token: str) -> list[int]:
        """The longest that the vocabulary has, one after the other (WordPiece); unknown where one is missing."""
        start, found = 0, []
        while start < len(token):
            end = len(token)
            while end > start and ("##" if start else "") + token[start:end] not in self._place:
                end -= 1
            if end == start or len(token) > LONGEST_WORD:
                return [self._place[UNKNOWN]]
            found.append(self._place[("##" if start else "") + token[start:end]])
            start = end
        return found


def _words(texts: Sequence[str]) -> list[list[str]]:
    return [text.lower().split() for text in plain([text[:MOST_LETTERS] for text in texts])]


def _tokens(word: str) -> list[str]:
    """Without accents; each mark of punctuation and each Chinese character by itself."""
    if word.isalnum() and word.isascii():
        return [word]
    found = [""]
    for letter in unicodedata.normalize("NFD", word):
        kind = unicodedata.category(letter)
        if kind == "Mn" or kind in FORMAT:
            continue
        if kind[0] == "P" or (letter.isascii() and not letter.isalnum()) or "\u4e00" <= letter <= "\u9fff":
            found += [letter, ""]
        else:
            found[-1] += letter
    return [token for token in found if token]


def vocabulary() -> list[str]:
    """BERT's, uncased (Google, Apache-2.0)."""
    return (files("heard.understanding") / "weights" / "minilm-vocab.txt").read_text("utf-8").rstrip("\n").split("\n")


@cache
def sense() -> Sense:
    """The vectors that come with Heard."""
    with (files("heard.understanding") / "weights" / "sense.npz").open("rb") as file, np.load(file, allow_pickle=False) as saved:
        return Sense(vocabulary(), saved["table"], saved["scale"].astype(np.float32))

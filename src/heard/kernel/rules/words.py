"""The words by which a text is found, the same for writing and asking. Pure.

Case, accents and vowel points do not matter. A word is a run of letters, digits and "_", with its "@" or "#"; a symbol such
as an emoji is a word of its own. Chinese and Japanese put no spaces between words: there every pair of neighbours is one.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

LONGEST_TEXT = 60_000  # characters of one document; PostgreSQL refuses a tsvector over 1 MB
LONGEST_WORD = 200  # characters; PostgreSQL takes 2046 bytes
MOST_ASKED = 12  # words of one question
SHORTEST_BEGINNING = 3  # shorter ones begin a fifth of all words there are, and finding them all is felt

_WORDLIKE = re.compile(r"[\w@#]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+")
_ASCII = bytes(ord(chr(o).lower()) if _WORDLIKE.match(chr(o)) else 32 for o in range(128)) + bytes(range(128, 256))


class _Folds(dict[int, str]):
    """What each character beyond ASCII becomes, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = "".join(map(_folded_character, unicodedata.normalize("NFKD", chr(code).casefold())))
        return self[code]


def _folded_character(c: str) -> str:
    category = unicodedata.category(c)
    if category == "Mn":
        return ""
    if category == "So":
        return f" {c} "
    return c.lower() if category == "Mc" or _WORDLIKE.match(c) else " "


_folds = _Folds()


def folded(text: str) -> str:
    """The words of a text in their order, with one or more spaces between."""
    # Bytes first: ASCII is most of what is said, and one table for it is twenty times as fast as a pattern.
    plain = text[:LONGEST_TEXT].encode("utf-8", "replace").translate(_ASCII).decode()
    if not plain.isascii():
        plain = _BEYOND_ASCII.sub(_beyond_ascii, plain)
    if len(plain) > LONGEST_WORD and any(" " not in part for part in _parts(plain, LONGEST_WORD // 2)):
        plain = " ".join(word[:LONGEST_WORD] for word in plain.split())
    return plain


def indexed(text: str) -> str:
    """What a document is found by: its words, and for "#fail", "@acme" or "dana@example" also their parts."""
    plain = folded(text)
    if "@" in plain or "#" in plain:
        marked = " ".join(word for word in plain.split() if "@" in word or "#" in word)
        return f"{plain} {marked.replace('@', ' ').replace('#', ' ')}"
    return plain


def asked(question: str) -> list[str]:
    """The words to look for, each once, in the order asked."""
    words = folded(question).split()
    # The last of a run of pairs stands alone only so that it is found by itself.
    tails = {i for i in range(1, len(words)) if len(words[i]) == 1 and _UNSPACED.match(words[i]) and words[i - 1][1:] == words[i]}
    return list(dict.fromkeys(word for i, word in enumerate(words) if i not in tails))[:MOST_ASKED]


def may_be_beginning(word: str) -> bool:
    """Whether the last word asked also stands for longer words."""
    return len(word) >= SHORTEST_BEGINNING or bool(_UNSPACED.match(word))


def has_all(words: Sequence[str], said: Iterable[str]) -> bool:
    """Whether a document of the words `said` answers a question for `words`."""
    found = set(said)
    *whole, last = words
    return found.issuperset(whole) and (last in found or may_be_beginning(last) and any(w.startswith(last) for w in found))


def _beyond_ascii(run: re.Match[str]) -> str:
    return _UNSPACED.sub(_pairs, run[0].translate(_folds))


def _pairs(run: re.Match[str]) -> str:
    unspaced = run[0]
    return f" {' '.join(unspaced[i : i + 2] for i in range(len(unspaced)))} "


def _parts(text: str, length: int) -> Iterator[str]:
    """Whole parts of `length`: a word twice as long fills one of them."""
    return (text[i : i + length] for i in range(0, len(text) - length + 1, length))

"""The straightforward way to know which brands a post names: fold each post, and ask one regular expression of all names."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from heard.listening.rules.matcher import forms

LETTER = r"[^\W\u0e00-\u0eff\u3040-\u9fff]"  # of a script that writes spaces between its words


def fold(text: str) -> str:
    """Lower case, without accents, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c))
    return " ".join(bare.lower().split())


class Alternation:
    """Of (kind, text) patterns as heard.listening.rules.matcher takes them."""

    def __init__(self, patterns: Sequence[tuple[str, str]]) -> None:
        each = [[(*edges(kind, form), re.escape(form)) for form in forms(kind, text)] for kind, text in patterns]
        self.all = re.compile(alternation(form for several in each for form in several))
        self.each = [re.compile(alternation(several)) for several in each]

    def names_any(self, post: str) -> bool:
        return self.all.search(fold(post)) is not None

    def match(self, post: str) -> tuple[int, ...]:
        """The positions of the patterns found in it: by asking each on its own, since an alternation tells one for a place."""
        folded = fold(post)
        return tuple(n for n, one in enumerate(self.each) if one.search(folded))


def alternation(edged: Iterable[tuple[str, str, str]]) -> str:
    """One group for all with the same edges, so that the edge is asked once for all of them."""
    groups = defaultdict(list)
    for begin, end, escaped in edged:
        groups[begin, end].append(escaped)
    return "|".join(f"{begin}(?:{'|'.join(several)}){end}" for (begin, end), several in groups.items())


def edges(kind: str, form: str) -> tuple[str, str]:
    begin = rf"(?<!{LETTER})" if re.match(rf"[#@]|{LETTER}", form) else ""
    end = rf"(?!{LETTER})" if re.search(rf"{LETTER}\Z", form) else ""
    return begin, end + (r"(?![.-][0-9a-z])" if kind == "account" else "")

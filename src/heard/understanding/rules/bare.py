"""Words without whoever they are about, for machines outside the house: what kind of thing stood there is said, and nothing of it. Pure."""

import re
from collections.abc import Iterable

from heard.understanding.rules.personal_data import personal_data

LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
HANDLE = re.compile(r"(?<![\w@])@[\w.-]+(?:@[\w.-]+)?")
DIGITS = re.compile(r"\d[\d .,/-]{3,}\d")  # may be a number of something; what it is, nobody needs to know
SHORTEST_NAME = 3  # letters
LONGEST = 4000  # characters that leave the house


def bare(words: str, names: Iterable[str] = ()) -> str:
    """`words` with personal data, links, handles, long numbers and these `names` replaced by what they are: "[phone]", "[name]"."""
    pieces, end = list[str](), 0
    for datum in sorted(personal_data(words), key=lambda d: (d.start, -d.end)):
        if datum.end <= end:
            continue
        pieces += [words[end : datum.start], f"[{datum.kind}]"]
        end = datum.end
    said = "".join([*pieces, words[end:]])
    for pattern, shown in ((LINK, "[link]"), (HANDLE, "[handle]"), (DIGITS, "[number]"), (_any_of(names), "[name]")):
        said = pattern.sub(shown, said) if pattern else said
    return said[:LONGEST]


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    parts = {part for name in names for part in (name, *re.split(r"[\s@._-]+", name)) if len(part) >= SHORTEST_NAME}
    if not parts:
        return None
    longest_first = sorted(parts, key=lambda part: (-len(part), part))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)

"""By which words a customer is found, and how a question is asked: names, handles, addresses and numbers as people write them.

A number is found however it is set apart, with its country or without. Handles and mail addresses are taken apart, "@dana_w77"
into dana, w and 77: else a million of them would be a million words that begin alike, and gathering these is felt. Pure.
"""

import re
from collections.abc import Iterable

import phonenumbers

from heard.kernel.rules.words import asked as words_asked

NOT_A_DIGIT = re.compile(r"\D+")
NUMBER = re.compile(r"[\d+()/. -]+")
FEWEST_DIGITS = 5  # of what is asked for as a number; fewer are read as they stand
PHONES = frozenset({"phone", "sms", "whatsapp"})  # networks and fields whose values are dialled
SET_APART = re.compile(r"[\s-]+")
SEAM = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|[_@]")


def words_of(names: Iterable[str], numbers: Iterable[str], codes: Iterable[str]) -> str:
    """One text. `numbers` are dialled; `codes` are postcodes and numbers of orders, also found when written in one piece."""
    said = [apart(name) for name in names if name]
    for number in numbers:
        said += dialled(number)
    for code in codes:
        said.append(code)
        if SET_APART.search(code):
            said.append(SET_APART.sub("", code))
    return " \n ".join(dict.fromkeys(said))


def dialled(number: str) -> list[str]:
    """The ways in which one number is dialled: abroad, at home, without the nought. As it stands where it is none."""
    digits = NOT_A_DIGIT.sub("", number).removeprefix("00")
    if len(digits) < FEWEST_DIGITS:
        return [number]
    try:
        parsed = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return [digits]
    own = str(parsed.national_number)
    return list(dict.fromkeys([digits, f"0{own}", own]))


def apart(name: str) -> str:
    return SEAM.sub(" ", name)


def questions(asked: str) -> list[str]:
    """What to look for: the words as they stand, taken apart, and what is written like a number also in one piece."""
    ways = [asked, apart(asked)]
    digits = NOT_A_DIGIT.sub("", asked)
    if NUMBER.fullmatch(asked.strip()) and len(digits) >= FEWEST_DIGITS:
        ways.insert(0, digits.removeprefix("00"))
    return list({tuple(words_asked(way)): way for way in reversed(ways)}.values())[::-1]


def may_be_said(asked: str) -> bool:
    """Whether it is worth looking among what people said, too: a number stands there more often than on record."""
    return any(c.isdigit() for c in asked) and len(asked.strip()) >= 3

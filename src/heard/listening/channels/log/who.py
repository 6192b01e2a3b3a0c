"""Whom a colleague means by what they typed: a number, an address, or just a name."""

import re

import phonenumbers

from heard.listening.channels.contract import Author

_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")


def author_of(typed: str, *, country: str, otherwise_id: str) -> Author:
    """`country` (two letters) reads numbers without "+". A bare name is nobody else of that name: it gets `otherwise_id`.

    "Mrs Smith <smith@example.org>" and "Mrs Smith, 020 7946 0958" give the name as well.
    """
    text = " ".join(typed.split())
    if found := _EMAIL.search(text):
        address = found.group()
        return Author(network="email", external_id=address.lower(), handle=address, name=_rest(text, found.span()))
    for match in phonenumbers.PhoneNumberMatcher(text, country or None, leniency=phonenumbers.Leniency.POSSIBLE):
        number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        shown = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        return Author(network="phone", external_id=number, handle=shown, name=_rest(text, (match.start, match.end)))
    return Author(network="name", external_id=otherwise_id, name=text[:200])


def _rest(text: str, span: tuple[int, int]) -> str:
    return (text[: span[0]] + " " + text[span[1] :]).strip(" ,;:<>()-")[:200]

"""Telephone numbers in one form, so that a call and a text of one number are one identity. Pure."""

import re

import phonenumbers

from heard.listening.channels.contract import Author

NETWORK = "phone"
# What stands in for a number that the caller withheld: the word on the keys of a telephone, or the word itself.
# https://help.twilio.com/articles/223179988
WITHHELD = {
    "+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "+464",
    "266696687", "7378742833", "2562533", "8656696", "86282452253",
    "anonymous", "restricted", "blocked", "unknown", "unavailable", "private", "",
}  # fmt: skip


def e164(number: str, country: str = "") -> str:
    """ "+442079460958"; empty for what cannot be a number. `country` (two letters) reads numbers without "+"."""
    try:
        parsed = phonenumbers.parse(number, country.upper() or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def shown(number: str) -> str:
    """As people write it."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def author_of(given: str, *, country: str, otherwise_id: str, name: str = "", verified: bool = False) -> Author:
    """Who withheld the number is nobody else who did: they are told apart by `otherwise_id`. Raises ValueError for nonsense."""
    given = " ".join(given.split())
    if given.lower() in WITHHELD:
        return Author(network="name", external_id=otherwise_id, name=name or "Number withheld")
    is_short_code = given.isdigit() and len(given) < 7
    if not is_short_code and (number := e164(given, country)):
        return Author(network=NETWORK, external_id=number, handle=shown(number), name=name, verified=verified)
    if given.startswith(("sip:", "client:")):
        network, _, address = given.partition(":")
        return Author(network=network, external_id=address.partition(";")[0][:320], handle=address[:320], name=name)
    if not re.fullmatch(r"[\w .+*#-]{1,40}", given):
        raise ValueError("nobody can have such a number")
    return Author(network=NETWORK, external_id=given, handle=given, name=name)  # a short code, an extension, a name for texts

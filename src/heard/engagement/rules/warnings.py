"""What a colleague may want to know about words before they go out, said beside the words. A warning never stops anyone."""

from heard.understanding.rules.personal_data import personal_data

NAMES = {
    "card": "a card number",
    "iban": "an IBAN",
    "ssn": "a national person number",
    "phone": "a phone number",
    "email": "a mail address",
    "address": "a postal address",
    "password": "a password",
    "health": "something about health",
    "order": "an order or contract number",
}
NEVER_ANYWHERE = ("card", "ssn", "password")  # no channel is private enough for these


MAY_BE_PUBLIC = ("email", "order", "health")  # in public said to be seen by all; the rest is held: rules/holding.py


def warnings(text: str, *, visibility: str) -> list[str]:
    """Whole sentences, the gravest first; none for words that are fine."""
    found = list(dict.fromkeys(datum.kind for datum in personal_data(text)))
    if visibility in ("public", "followers"):
        named = [NAMES[kind] for kind in found if kind in MAY_BE_PUBLIC]
        return [f"Everyone can read this, and it holds {name}. Offer a private channel instead." for name in named]
    return [f"This holds {NAMES[kind]}. Better not to send it at all." for kind in found if kind in NEVER_ANYWHERE]

"""Which personal data is made unreadable before it is stored: a policy of the house, by kind. What is masked is gone for good."""

from collections.abc import Mapping

NEVER, IN_PUBLIC, ALWAYS = "never", "public", "always"
WHEN = {NEVER: "Never", IN_PUBLIC: "In what everyone can read", ALWAYS: "Always"}
KINDS = {
    "card": "Payment cards",
    "ssn": "National person numbers",
    "password": "Passwords",
    "iban": "Bank accounts (IBAN)",
    "phone": "Phone numbers",
    "address": "Postal addresses",
    "email": "Mail addresses",
}
# What nobody may keep, or needs, is never kept; a phone number that was given to us in private is how we call back.
DEFAULT = {
    "card": ALWAYS,
    "ssn": ALWAYS,
    "password": ALWAYS,
    "iban": IN_PUBLIC,
    "phone": IN_PUBLIC,
    "address": IN_PUBLIC,
    "email": NEVER,
}


def masked_kinds(policy: Mapping[str, str], *, is_public: bool) -> frozenset[str]:
    """The kinds that `policy`, {kind: when}, masks in a voice; kinds it does not name follow the default."""
    masking = (ALWAYS, IN_PUBLIC) if is_public else (ALWAYS,)
    return frozenset(kind for kind, when in {**DEFAULT, **policy}.items() if when in masking)

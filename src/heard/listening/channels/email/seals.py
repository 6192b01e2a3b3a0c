"""Message-IDs of ours that nobody can make up (threats 1 to 3).

`uuid.AAAAAAAAAABBBBBBBBBB@domain`: A says that we made this id, B for whom, each 50 bits of an HMAC-SHA256 with a key that only this
account has; longer ids break in mail programs that fold them. The uuid names one answer in one conversation, so the seal is bound to the conversation and to the recipient. An answer that
refers to such an id comes from somebody who has had our mail. The Message-ID carries it and no address, because every mail
program keeps it, while many servers take no plus-addresses, and customers would see and store them.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from typing import Literal, NamedTuple

KEY = "reply_key"  # among the account's secrets; made when the mailbox is first read
Proof = Literal["recipient", "another", "unproven"]
MOST_LOOKED_AT = 30
STRENGTH: dict[Proof, int] = {"recipient": 2, "another": 1, "unproven": 0}
_SEALED = re.compile(r"([A-Za-z0-9._-]{1,200})\.([a-z2-7]{10})([a-z2-7]{10})@([^@]+)", re.I)
_LETTERS = 10  # of base32


class Answers(NamedTuple):
    """That a mail refers to one of ours. `proof`: "recipient" when its author is whom we wrote to, "another" when the id is ours
    but was made for somebody else (forwarded, another address of theirs), "unproven" when it only looks like one of ours."""

    proof: Proof
    message_id: str


def new_key() -> str:
    return secrets.token_urlsafe(32)


def sealed(key: str, idem: str, address: str) -> str:
    """What stands before the @ of the id of a mail to `address`. Without a key nothing is sealed."""
    return f"{idem}.{_made_by_us(key, idem)}{_made_for(key, idem, address)}" if key else idem


def is_made_by_us(key: str, message_id: str) -> bool:
    found = _SEALED.fullmatch(message_id)
    return bool(key) and found is not None and hmac.compare_digest(_made_by_us(key, found[1]), found[2].lower())


def answered(key: str, refers_to: Iterable[str], *, author: str, domain: str) -> Answers | None:
    """The best proven of the ids that a mail refers to and that look like ours; None where none does."""
    looks_ours = [i for i in refers_to if (found := _SEALED.fullmatch(i)) and found[4].lower() == domain.lower()]
    judged = [Answers(_proof(key, message_id, author), message_id) for message_id in looks_ours[:MOST_LOOKED_AT]]
    return max(judged, key=lambda answers: STRENGTH[answers.proof], default=None)


def _proof(key: str, message_id: str, author: str) -> Proof:
    found = _SEALED.fullmatch(message_id)
    if found is None or not is_made_by_us(key, message_id):
        return "unproven"
    return "recipient" if hmac.compare_digest(_made_for(key, found[1], author), found[3].lower()) else "another"


def _made_by_us(key: str, idem: str) -> str:
    return _seal(key, "mail", idem)


def _made_for(key: str, idem: str, address: str) -> str:
    return _seal(key, "to", idem, address.strip().lower())


def _seal(key: str, *what: str) -> str:
    digest = hmac.digest(key.encode(), "\0".join(what).encode("utf-8", "replace"), hashlib.sha256)
    return base64.b32encode(digest).decode().lower()[:_LETTERS]

"""What a visitor's page keeps to be known again: signed by this house, for one account, one visitor and one generation.

Nobody can make one or change one (the keys in it are random as well), and raising the generation ends them all.
"""

from datetime import timedelta

from django.core import signing

from heard.listening.channels.webchat.payloads import Visitor

LASTS = timedelta(days=400)  # longer than anybody's absence that is still the same conversation
MOST_LETTERS = 4000


class NoVisitor(Exception):
    """This token is none of ours, is over, or belongs to another chat."""


def token_of(visitor: Visitor, *, account_id: int, generation: int) -> str:
    told = [account_id, generation, visitor.key, visitor.was, visitor.name, visitor.email]
    return _signer().sign_object(told, compress=False)


def visitor_of(token: str, *, account_id: int, generation: int) -> Visitor:
    """Raises NoVisitor."""
    if len(token) > MOST_LETTERS:
        raise NoVisitor
    try:
        account, of, key, was, name, email = _signer().unsign_object(token, max_age=LASTS)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NoVisitor from error
    if (account, of) != (account_id, generation):
        raise NoVisitor
    return Visitor(key=key, was=was, name=name, email=email)


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt="heard.webchat.visitor")

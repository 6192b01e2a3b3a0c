"""Reactions as all of Meta's networks have them: everybody has one to a thing. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from heard.listening.channels.contract import Author, Reacted

JUST_BEFORE = timedelta(microseconds=1)


def only_one(target: str, author: Author, reaction: str, at: datetime) -> Iterator[Reacted]:
    """A new reaction takes the place of the old; an empty one takes it back, for Meta does not say which it was."""
    yield Reacted(target=target, author=author, reaction="", occurred_at=at - JUST_BEFORE if reaction else at, active=False)
    if reaction:
        yield Reacted(target=target, author=author, reaction=reaction, occurred_at=at)

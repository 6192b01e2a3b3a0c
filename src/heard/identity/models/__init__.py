"""The nouns of this room: who people are believed to be, and why."""

from heard.identity.models.matching import ReviewPair, Trait
from heard.identity.models.people import Customer, Face, IdentityLink, Organisation

__all__ = ["Customer", "Face", "IdentityLink", "Organisation", "ReviewPair", "Trait"]

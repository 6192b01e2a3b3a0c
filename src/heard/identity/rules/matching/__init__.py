"""Whether two records are one person: normal forms, keys to find who may be meant, evidence in bits, and who goes together.

Pure. `Book` is all of it, newcomer after newcomer; the walk fills one with what the store knows about those whom it met, the
bench with a whole file. docs/algorithms/identity.md explains and measures it.
"""

from heard.identity.rules.matching.book import Book, Found, Link, candidates, could_be
from heard.identity.rules.matching.compare import Evidence, Part, compare
from heard.identity.rules.matching.gather import gather
from heard.identity.rules.matching.keys import Keys, found_by, keys_of
from heard.identity.rules.matching.normal import Profile, profile_of
from heard.identity.rules.matching.weights import SHIPPED, Counts, Weights

__all__ = [
    "SHIPPED",
    "Book",
    "Counts",
    "Evidence",
    "Found",
    "Keys",
    "Link",
    "Part",
    "Profile",
    "Weights",
    "candidates",
    "compare",
    "could_be",
    "found_by",
    "gather",
    "keys_of",
    "profile_of",
]

"""How many bits an agreement or a contradiction is worth: the tables of Fellegi and Sunter, with frequencies of values.

A level's weight is `base + share * log2(1 / f)`, never above `most`; f is the share of people who have the value, so that two
Featherstonehaughs say more than two Smiths. Levels whose share is 0 are worth their base, whatever the value. A base is
log2(m / u): how often the level is met within one person, by how often between two. See docs/algorithms/identity.md.
"""

from collections.abc import Mapping
from math import log2

from msgspec import Struct

EASE = 2.5  # bits: so much likelier than chance has it are two who were found by one key; nought is where a join begins
PEOPLE_BEFORE = 500  # as many unknown people as our idea of what is typical weighs
STRICT_BITS = 2.5  # `attach_bits` for who would rather miss two than join one wrongly
HUB_PEOPLE = 5  # an address that more people have belongs to none of them
HUBS = frozenset(("email", "phone", "handle", "link", "avatar_hash", "customer_number"))

# The share of people who have a value that we have not met yet.
TYPICAL = {
    "given_name": 0.004,
    "surname": 0.0006,
    "middle": 0.002,
    "birth_date": 0.00008,
    "birth_place": 0.004,
    "gender": 0.5,
    "email": 0.00002,
    "phone": 0.00002,
    "handle": 0.0001,
    "street": 0.0003,
    "postcode": 0.0002,
    "district": 0.002,
    "city": 0.01,
    "country": 0.2,
    "employer": 0.005,
    "occupation": 0.01,
    "link": 0.0001,
    "avatar_hash": 0.0002,
    "customer_number": 0.00001,
}
# What an agreement is evidence of. Two names are one kind of evidence, and never enough; a town or a country is none by itself.
KINDS = {
    "name": "name",
    "given_name": "name",
    "surname": "name",
    "middle": "name",
    "birth_date": "birth",
    "birth_place": "birthplace",
    "email": "email",
    "phone": "phone",
    "handle": "handle",
    "street": "home",
    "postcode": "home",
    "employer": "work",
    "occupation": "trade",
    "link": "link",
    "avatar_hash": "picture",
    "customer_number": "number",
}


# What whoever wants to pass for somebody else can copy from their profile, and what colleagues who are namesakes share: all of it
# together joins nobody.
CLAIMABLE = frozenset(("name", "handle", "picture", "work"))


class Level(Struct, frozen=True, gc=False):
    base: float
    share: float = 0.0
    most: float = 20.0


class Weights(Struct, frozen=True):
    """`version` stands beside every judgement that these weights made."""

    version: str
    levels: dict[str, dict[str, Level]]
    attach_bits: float = 0.0
    review_bits: float = -2.0
    surest: float = 0.4  # of a group's weight, the share of its best pair; the rest is the mean of all pairs
    learnt_from: int = 0  # pairs; 0: shipped


class Counts:
    """How many people have a value. Counted per person, not per record: who writes often does not make a name common.

    `people`: all there are; `counted`: those whose values are. More are known of than ever said what could be counted.
    """

    def __init__(self, people: int = 0, counted: int | None = None, having: Mapping[tuple[str, str], int] | None = None) -> None:
        self.people = people
        self.counted = people if counted is None else counted
        self.having: dict[tuple[str, str], int] = dict(having or {})
        self.came = 0  # people since this was made

    def come(self, people: int) -> None:
        """Less than none: some turned out to be one."""
        self.people += people
        self.counted += people
        self.came += people

    def rarity(self, field: str, value: str) -> float:
        """log2(1 / the share of people who have it)."""
        met = self.having.get((field, value), 0)
        return -log2((met + TYPICAL[field] * PEOPLE_BEFORE) / (self.counted + PEOPLE_BEFORE))

    def is_hub(self, field: str, value: str) -> bool:
        return field in HUBS and self.having.get((field, value), 0) > HUB_PEOPLE

    def prior(self) -> float:
        """Bits against any two being one person, before anything is known of them."""
        return EASE - log2(self.people + PEOPLE_BEFORE)


SHIPPED = Weights(
    version="heard-2",
    levels={
        "given_name": {
            "exact": Level(-0.6, 1, 9),
            "nickname": Level(-2.0, 0.9, 6),
            "initial": Level(1.5),
            "close": Level(-1.5, 0.8, 6),
            "alike": Level(0.5),
            "differs": Level(-4.0),
        },
        "surname": {
            "exact": Level(-0.3, 1, 12),
            "close": Level(-1.5, 0.8, 9),
            "alike": Level(1.0),
            "part": Level(-2.0, 0.8, 8),
            "differs": Level(-5.0),
        },
        "middle": {"exact": Level(-1.0, 0.7, 6), "initial": Level(1.0), "differs": Level(-0.7)},
        "name": {"turned": Level(-1.5, 0.8, 16), "lone": Level(-2.0, 0.8, 9), "differs": Level(-4.0)},
        "birth_date": {
            "exact": Level(-0.5, 1, 13),
            "one digit": Level(6.0),
            "turned": Level(6.5),
            "one digit of a year": Level(2.0),
            "two parts": Level(3.0),
            "year": Level(0.5),
            "differs": Level(-5.0),
        },
        "birth_place": {"exact": Level(-0.7, 1, 8), "close": Level(-2.0, 0.9, 6), "differs": Level(-1.5)},
        "gender": {"exact": Level(0.6), "differs": Level(-2.0)},
        "email": {
            "exact": Level(-0.5, 1, 15),
            "close": Level(9.0),
            "same name": Level(5.0),
            "differs": Level(-2.0),
        },
        "phone": {"exact": Level(-0.7, 1, 14), "one digit": Level(6.0), "differs": Level(-0.7)},
        "handle": {"exact": Level(-2.0, 1, 10), "as named": Level(4.0), "close": Level(1.5), "differs": Level(0.0)},
        "street": {"exact": Level(-0.7, 1, 10), "close": Level(-2.0, 0.8, 7), "differs": Level(-0.7)},
        "postcode": {
            "exact": Level(-1.0, 1, 11),
            "one character": Level(6.0),
            "district": Level(-2.0, 1, 6),
            "differs": Level(-1.5),
        },
        "city": {"exact": Level(-0.6, 1, 7), "close": Level(-1.5, 0.9, 6), "differs": Level(-1.0)},
        "country": {"exact": Level(-0.2, 1, 5), "differs": Level(-1.0)},
        "employer": {"exact": Level(-1.0, 1, 8), "close": Level(-2.5, 0.9, 6), "differs": Level(-0.5)},
        "occupation": {"exact": Level(-0.7, 1, 7), "close": Level(-2.5, 0.9, 5), "differs": Level(-1.2)},
        "link": {"proved": Level(-0.7, 1, 14), "claimed": Level(2.0)},
        "avatar_hash": {"exact": Level(-1.0, 1, 10), "close": Level(4.0)},
        "customer_number": {"exact": Level(-0.3, 1, 16), "one digit": Level(8.0), "differs": Level(-3.0)},
    },
)

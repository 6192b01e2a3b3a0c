"""What may be plugged in to understanding: assessors, here and elsewhere. Each reads texts in batches and says what it found, with reasons.

An assessor is pure: no rows, no network, no clock. It fills in the fields of a `Reading` that it knows about. Assessors
run in the order in which they were plugged in; a later one sees what earlier ones found. docs/how-to/add-an-assessor.md
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct, field

from heard.kernel.registry import Slot
from heard.understanding.rules.wording import NOTHING, Wording

Sentiment = Literal["negative", "neutral", "positive", "mixed"]
SENTIMENTS = ("negative", "neutral", "positive", "mixed")
KINDS = ("support", "sales", "praise", "product", "marketing", "community", "risk", "spam")
PRIVATE = ("card", "iban", "ssn", "phone", "email", "address", "password", "health", "order")
EMOTIONS = ("anger", "joy", "optimism", "sadness")
COMPLEXITIES = ("low", "medium", "high")
FIELDS = (
    "language",
    "sentiment",
    "kinds",
    "answer_due",
    "operational",
    "analytical",
    "urgency",
    "private",
    "emotion",
    "complexity",
    "offence",
    "ironic",
)


class Reason(Struct, frozen=True, gc=False):
    """Why a field has its value, in words a colleague can read, with the words of the text that say so."""

    field: str
    value: str
    because: str
    evidence: tuple[str, ...] = ()


class Text(Struct, frozen=True, kw_only=True, gc=False):
    """One voice as an assessor sees it: the words with their channel, and nothing else. Well-formed Unicode without NUL."""

    text: str
    subject: str = ""
    channel: str = ""  # kind of the account: email, mastodon, feed, form, log, ...
    kind: str = "message"
    visibility: str = "private"
    addressed: bool = True
    language_hint: str = ""

    @property
    def words(self) -> str:
        """Subject and text, as one reads them."""
        return f"{self.subject}.\n{self.text}" if self.subject else self.text


class Reading(Struct, kw_only=True, gc=False):
    """What the assessors make of one text; docs/labels.md says what each value means."""

    language: str = ""
    sentiment: Sentiment = "neutral"
    kinds: list[str] = field(default_factory=list)
    answer_due: bool = False
    operational: bool = False
    analytical: bool = False
    urgency: int = 0
    private: list[str] = field(default_factory=list)
    confidence: float = 0.0
    emotion: str = ""  # one of EMOTIONS; "" for none that is plain
    complexity: str = ""  # one of COMPLEXITIES; "" where it was not judged
    offence: bool = False
    ironic: bool = False
    topic: str = ""
    topic_id: int | None = None
    targets: list[tuple[str, Sentiment]] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)  # fields that nobody should rely upon
    group: int | None = None  # the same for texts that say nearly the same
    reasons: list[Reason] = field(default_factory=list)
    wording: Wording = NOTHING  # phrases that were found, for later assessors; not stored
    words: str = ""  # which words of the voice were read, where that is not the first ones (Heard.words); not stored
    version: int = 0  # of what was in use when it was read; 0: as Heard ships
    scores: list[float] | None = None  # of the linear heads, in the order of rules/heads.py OUTPUTS; not stored


class Assessor(Protocol):
    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        """Fill in `readings`, which stand in the order of `texts`. Never raises on any text."""


assessors: Slot[Assessor] = Slot("understanding.assessors")


class Remote(Struct, frozen=True, kw_only=True):
    """An assessor elsewhere, asked over HTTP about `fields` of which Heard is unsure: off until switched on, and only about those who
    allowed it (remote/asking.py). `per_day` questions at most, each given up after `timeout_seconds`."""

    url: str
    fields: tuple[str, ...]
    token: str = ""  # sent as a bearer token
    per_day: int = 500
    timeout_seconds: float = 5.0


remotes: Slot[Remote] = Slot("understanding.remotes")

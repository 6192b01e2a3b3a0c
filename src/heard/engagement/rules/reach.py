"""May this account of ours speak to that identity, how openly, and if not, why not; in words for the composer."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from heard.kernel.rules import moments

NETWORK_OF_ADDRESS = {"email": "email", "phone": "phone"}  # other addresses mean something on one network only
WORDS_OF_STATE = {
    "off": "a colleague paused this channel",
    "paused": "this channel has stopped: an administrator must sign in to it again",
}
WORDS_OF_SILENCE = "they asked us not to write to them here any more, and only they can take that back"
OPENNESS = ("private", "followers", "public")  # the safest first


@dataclass(frozen=True)
class Speaker:
    """An account of ours: its adapter's `capabilities` and its state."""

    kind: str
    state: str
    outbound: bool
    address_kind: str
    who_may_initiate: str
    visibilities: tuple[str, ...]
    private_reply: bool = False
    reply_window_seconds: int | None = None
    templates: bool = False
    is_silenced: bool = False  # they said that we must not write to them there

    @property
    def may_go_private(self) -> bool:
        """Whether who spoke to us in public may be written to in private, although they never wrote to us there."""
        return self.private_reply or self.who_may_initiate == "any"


@dataclass(frozen=True)
class Heard:
    """The newest that an identity said to one account of ours in one visibility."""

    id: int
    visibility: str
    at: datetime


@dataclass(frozen=True)
class Way:
    """How openly something may be said, and as an answer to what. Free words may go where `why_not` is empty."""

    visibility: str
    answers: int | None
    why_not: str = ""
    closed_at: datetime | None = None  # since when free words are refused, although they were not before
    takes_templates: bool = False  # words that the network approved may go all the same


def is_on_network(speaker: Speaker, *, network: str, was_heard_here: bool) -> bool:
    """Whether the identity has an address that this account can write to at all.

    Who left a mail address in a chat was heard there, and is not there to read an answer.
    """
    if speaker.address_kind == "visitor" and network in NETWORK_OF_ADDRESS.values():
        return False
    return speaker.outbound and (was_heard_here or network == NETWORK_OF_ADDRESS.get(speaker.address_kind, speaker.kind))


def ways(speaker: Speaker, heard: Collection[Heard], *, now: datetime) -> list[Way]:
    """Every way of one account to one identity, given what it heard from them there; what they last chose first."""
    newest = _newest(heard)
    offered = visibilities(speaker, heard_as=newest.visibility if newest else "")
    return [_way(speaker, visibility, heard, now) for visibility in offered]


def _way(speaker: Speaker, visibility: str, heard: Collection[Heard], now: datetime) -> Way:
    answered = _answered(speaker, visibility, heard)
    answers = answered.id if answered else None
    refusal = why_not(speaker, was_heard_here=bool(heard))
    if not refusal and heard and answered is None:
        refusal = "they wrote to us in public only, and this channel writes in private only to who wrote in private"
    if refusal or visibility != "private" or speaker.reply_window_seconds is None:
        return Way(visibility, answers, refusal)
    if answered is None:
        never = f"they have not written to us here, and only then may one write freely{_instead(speaker)}"
        return Way(visibility, None, never, takes_templates=speaker.templates)
    window = timedelta(seconds=speaker.reply_window_seconds)
    closed_at = answered.at + window
    if now < closed_at:
        return Way(visibility, answers)
    span, since = moments.in_words(window.total_seconds()), moments.ago(closed_at, now)
    words = f"free words may follow within {span} of their last ones, and that ended {since}{_instead(speaker)}"
    return Way(visibility, answers, words, closed_at, speaker.templates)


def _instead(speaker: Speaker) -> str:
    return "; words that the network approved may still go" if speaker.templates else ""


def _answered(speaker: Speaker, visibility: str, heard: Collection[Heard]) -> Heard | None:
    """What the network will show it as an answer to: in private, only what may be followed there."""
    if visibility == "private" and not speaker.may_go_private:
        return _newest(words for words in heard if words.visibility == "private")
    return _newest(heard)


def _newest(heard: Iterable[Heard]) -> Heard | None:
    return max(heard, key=lambda words: (words.at, words.id), default=None)


def why_not(speaker: Speaker, *, was_heard_here: bool) -> str:
    """Empty when the account may speak now."""
    if speaker.state in WORDS_OF_STATE:
        return WORDS_OF_STATE[speaker.state]
    if speaker.is_silenced:
        return WORDS_OF_SILENCE
    if speaker.who_may_initiate == "nobody":
        return "this channel only listens"
    if speaker.who_may_initiate == "only_reply" and not was_heard_here:
        return "they have not written to us here, and this channel allows answers only"
    return ""


def visibilities(speaker: Speaker, *, heard_as: str) -> tuple[str, ...]:
    """In which ways it may be said, the safest first choice first. What came in private is never answered in public."""
    if not heard_as:
        return ("private",) if "private" in speaker.visibilities else speaker.visibilities[:1]
    allowed = [v for v in (heard_as, "private") if v in speaker.visibilities]
    if heard_as == "private" and not allowed:
        return ()
    return tuple(dict.fromkeys(allowed)) or speaker.visibilities[:1]

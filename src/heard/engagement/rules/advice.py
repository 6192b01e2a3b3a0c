"""The right channel for what somebody asks: private for what is personal, a call for what is long or knotted. Pure; only advice."""

from dataclasses import dataclass
from typing import Literal

from heard.engagement.rules.holding import HELD, IN_PUBLIC, listed

LONG_WORDS = 150  # more than a screen of a phone
MANY_QUESTIONS = 3
MANY_KINDS = 3  # things that one message is about


@dataclass(frozen=True)
class Asked:
    """The customer's newest words and what was made of them."""

    text: str
    private: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Advice:
    """One line with its reason: to go private, or to call. `way` is to be taken by one click; empty where there is none."""

    about: Literal["private", "call"]
    words: str
    way: str = ""


def advice(asked: Asked, *, visibility: str, in_private: str) -> Advice | None:
    """What privacy asks for goes first. `in_private` is the private way that is open, if there is one."""
    personal = [kind for kind in HELD if kind in asked.private]
    if visibility in IN_PUBLIC and personal:
        return Advice("private", f"Their public words hold {listed(personal)}: better answered in private.", in_private)
    if reason := _why_complex(asked):
        return Advice("call", f"{reason}: a call may settle it sooner. Offer to ring them back.")
    return None


def _why_complex(asked: Asked) -> str:
    words = len(asked.text.split())
    questions = sum(asked.text.count(sign) for sign in "?？؟")
    if words >= LONG_WORDS:
        return f"They wrote {words} words"
    if questions >= MANY_QUESTIONS:
        return f"They asked {questions} things at once"
    if len(asked.kinds) >= MANY_KINDS:
        return f"This is about {len(asked.kinds)} things at once"
    return ""

"""What Twilio's codes mean to us: https://www.twilio.com/docs/api/errors. Pure."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import (
    Ambiguous,
    AuthExpired,
    ChannelError,
    NotFound,
    RateLimited,
    Rejected,
    Retryable,
)

DEFAULT_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 60.0, 3600.0
EXPIRED = {20003, 20005, 20006, 20008, 20403}
TOO_MANY = {20429, 14107, 30022, 63018}
WORDS = {  # for members and administrators, instead of Twilio's own
    14107: "this number sent more than Twilio lets it; it waits",
    20003: "Twilio does not accept the account SID with this auth token",
    20005: "this account at Twilio is not active",
    20404: "Twilio does not know it",
    20429: "Twilio has had too many calls from this account; it waits",
    21211: "this is no telephone number",
    21212: "our own number is not one that Twilio may send from",
    21214: "this number cannot be reached",
    21408: "this account may not text to that country; allow it at Twilio, Messaging, Geo permissions",
    21601: "our number cannot send texts; choose one at Twilio that can",
    21602: "there are no words to send",
    21606: "our own number is not one that Twilio may send from",
    21608: "a trial account at Twilio texts only to numbers that were verified there",
    21610: "they answered STOP: Twilio sends nothing to this number until they answer START",
    21611: "too many texts are waiting to leave from this number",
    21612: "Twilio has no way from our number to theirs",
    21614: "this is no number that takes texts",
    21617: "the text is longer than 1600 characters",
    30001: "too many texts were waiting; Twilio gave this one up",
    30002: "this account at Twilio was suspended",
    30003: "the phone cannot be reached: it is off, or out of reach",
    30004: "the phone or its network blocks our texts",
    30005: "this number does not exist any more, or never did",
    30006: "this is a landline, or a network that takes no texts",
    30007: "their network held it back as unwanted",
    30008: "their network did not deliver it and does not say why",
    30022: "our number sent more than its registration allows; it waits",
    30034: "our number is not registered for texts in the USA (A10DLC)",
}


class Problem(Struct, frozen=True):
    code: int | None = 0
    message: str = ""


def refusal_of(
    status: int, body: bytes, headers: Mapping[str, str], *, writing: bool, secrets: Mapping[str, str]
) -> ChannelError:
    """The error of the channel contract for an answer that is no success. Its text holds no secret."""
    problem = problem_of(body)
    code = problem.code or 0
    words = f"{WORDS.get(code) or without(problem.message, secrets) or f'Twilio answers {status}'}{f' ({code})' if code else ''}"
    if status == 401 or code in EXPIRED:
        return AuthExpired("Twilio does not accept the account SID with this auth token; enter the ones that its console shows")
    if status == 429 or code in TOO_MANY:
        return RateLimited(words, after_seconds=wait_seconds(headers))
    if status >= 500:
        return Ambiguous(words) if writing else Retryable(words, after_seconds=wait_seconds(headers, default=30))
    if status == 404:
        return NotFound(words)
    return Rejected(words)


def in_words(code: str) -> str:
    """Why a text did not arrive, by the ErrorCode of a callback."""
    known = WORDS.get(int(code)) if code.isascii() and code.isdigit() and len(code) < 9 else None
    return f"{known} ({code})" if known else f"Twilio says error {code}" if code else ""


def problem_of(body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Problem, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Problem()


def without(words: str, secrets: Mapping[str, str]) -> str:
    for secret in filter(None, secrets.values()):
        words = words.replace(secret, "…")
    return words[:300]


def wait_seconds(headers: Mapping[str, str], *, default: float = DEFAULT_WAIT_SECONDS) -> float:
    given = headers.get("retry-after", "")
    return min(max(float(given), 1), LONGEST_WAIT_SECONDS) if given.isascii() and given.isdigit() else default

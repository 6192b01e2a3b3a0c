"""What Graph's refusals mean to us. Codes are Meta's:
https://developers.facebook.com/docs/graph-api/guides/error-handling
https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
https://developers.facebook.com/docs/messenger-platform/error-codes
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from heard.listening.channels.contract import Ambiguous, AuthExpired, ChannelError, NotFound, RateLimited, Rejected, Retryable

DEFAULT_WAIT_SECONDS = 60
LONGEST_WAIT_SECONDS = 3600
EXPIRED = {102, 190, 463, 467}  # the token ended, was revoked, or its owner changed the password
TOO_MANY = {  # code: seconds to wait when Meta does not say
    4: 300,  # of the app
    17: 300,  # of the user
    32: 300,  # of the Page
    341: 3600,
    613: 60,  # custom limits of one edge
    80007: 300,  # of the WhatsApp Business Account
    130429: 60,  # messages per second of the number
    131048: 3600,  # of what customers marked as spam
    131056: 10,  # to one customer: one every six seconds
    133016: 3600,
    **dict.fromkeys([80000, 80001, 80002, 80003, 80004, 80005, 80006, 80008, 80009, 80014], 300),
}
NOT_NOW = {131016, 133004, 131057}  # the service says that it did nothing
WHO_KNOWS = {1, 2, 131000}  # "something went wrong": it may have happened before
WINDOW_CLOSED = {(131047, 0), (10, 2018278), (10, 2534022), (10, 2018065)}
WORDS = {  # for members and administrators, instead of Meta's own
    131026: "WhatsApp cannot deliver it: the number has no WhatsApp, an old version of it, or has not accepted its terms",
    131047: "they wrote more than 24 hours ago; only an approved template may be sent now",
    131049: "WhatsApp does not deliver it now, so that this customer gets fewer marketing messages; try again after a day",
    131050: "this customer does not want marketing messages from you",
    131051: "WhatsApp does not take this kind of message",
    131052: "WhatsApp could not fetch the customer's file",
    131053: "WhatsApp does not take this file; its kind or its size does not fit",
    131021: "the message goes to the number it comes from",
    131030: "a number for tests writes only to the numbers on its list at Meta",
    131031: "WhatsApp has locked this business account; see the account quality page at Meta",
    131042: "WhatsApp cannot be paid; check the payment method of the business account at Meta",
    131045: "the number is not registered for sending; register it at Meta",
    130472: "WhatsApp takes part in an experiment and does not deliver this marketing message",
    130497: "this business may not write to customers in that country",
    132000: "the template has more or fewer gaps than were filled in",
    132001: "there is no such template in that language, or it is not approved",
    132005: "the words in the gaps make the template too long",
    132007: "the words break WhatsApp's rules for templates",
    132012: "what was filled into a gap does not have the form that the template wants",
    132015: "the template is paused, because customers did not like it",
    132016: "the template was paused too often and is switched off for good",
    551: "this person cannot be written to now; they may have left or blocked the Page",
    10900: "this comment was already answered in private; that is possible once only",
    10903: "this comment cannot be answered in private; it is older than seven days, or its author does not take messages",
}


class WindowClosed(Rejected):
    """Too long since their last words; what may still be said hangs on the network."""


class Problem(Struct, frozen=True):
    code: int = 0
    error_subcode: int = 0
    message: str = ""
    error_user_msg: str = ""
    title: str = ""  # in webhooks of WhatsApp
    is_transient: bool = False
    error_data: dict[str, Any] | str | None = None

    @property
    def details(self) -> str:
        return str(self.error_data.get("details") or "") if isinstance(self.error_data, dict) else ""

    @property
    def words(self) -> str:
        """What is wrong, for a person: ours where we know better, else Meta's."""
        meta = self.error_user_msg or self.details or self.message or self.title or "no word why"
        return f"{WORDS.get(self.code) or meta[:300]} ({self.code})"


class Refusal(Struct, frozen=True):
    error: Problem = field(default_factory=Problem)


class Usage(Struct, frozen=True):
    estimated_time_to_regain_access: float = 0  # minutes


def refusal_of(status: int, body: bytes, headers: Mapping[str, str], *, writing: bool, secrets: Iterable[str]) -> ChannelError:
    """The error of the channel contract for an answer that is no success. Its text holds none of `secrets`."""
    problem = problem_of(body)
    kind = _kind_of(status, problem, headers, writing=writing)
    return kind(_without(f"Meta says: {problem.words}" if problem else f"Meta answers {status}", secrets))


def problem_of(body: bytes) -> Problem | None:
    try:
        return msgspec.json.decode(body, type=Refusal, strict=False).error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _kind_of(status: int, problem: Problem | None, headers: Mapping[str, str], *, writing: bool) -> Callable[[str], ChannelError]:
    if problem is not None and (found := _by_code(problem, headers, writing=writing)):
        return found
    if status == 401:
        return _expired
    if status == 404:
        return NotFound
    if status == 429:
        return _limited(wait_seconds(headers))
    if status >= 500 or (problem is not None and problem.is_transient):
        return Ambiguous if writing else Retryable
    return Rejected


def _by_code(problem: Problem, headers: Mapping[str, str], *, writing: bool) -> Callable[[str], ChannelError] | None:
    code, subcode = problem.code, problem.error_subcode
    if code in EXPIRED:
        return _expired
    if code in TOO_MANY:
        return _limited(wait_seconds(headers, default=TOO_MANY[code]))
    if (code, subcode) in WINDOW_CLOSED or (code, 0) in WINDOW_CLOSED:
        return WindowClosed
    if code in NOT_NOW:
        return Retryable
    if code in WHO_KNOWS:
        return Ambiguous if writing else Retryable
    if code == 803 or (code == 100 and subcode == 33):
        return NotFound
    return Rejected if code in WORDS else None


def _expired(words: str) -> AuthExpired:
    # Meta repeats a malformed token in these words, so they are not passed on.
    return AuthExpired("Meta does not accept the access token any more. Make a new one and enter it for this account.")


def _limited(after_seconds: float) -> Callable[[str], RateLimited]:
    return lambda words: RateLimited(words, after_seconds=after_seconds)


def _without(words: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        if secret:
            words = words.replace(secret, "…")
    return words


# ── How long to wait ────────────────────────────────────────────────────────────────────────────────────────────────


def wait_seconds(headers: Mapping[str, str], *, default: float = DEFAULT_WAIT_SECONDS) -> float:
    """From Retry-After (seconds), else from X-Business-Use-Case-Usage (minutes), else `default`."""
    given = headers.get("retry-after", "")
    if given.isascii() and given.isdigit():
        return min(max(float(given), 1), LONGEST_WAIT_SECONDS)
    minutes = _minutes_to_regain(headers.get("x-business-use-case-usage", ""))
    return min(minutes * 60, LONGEST_WAIT_SECONDS) if minutes > 0 else default


def _minutes_to_regain(usage: str) -> float:
    """{"<id of the business>": [{"type": ..., "estimated_time_to_regain_access": 12}, ...]}"""
    try:
        by_business = msgspec.json.decode(usage, type=dict[str, list[Usage]])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 0
    return max((each.estimated_time_to_regain_access for usages in by_business.values() for each in usages), default=0)

"""What Google's refusals mean to us.
https://cloud.google.com/apis/design/errors
https://developers.google.com/youtube/v3/docs/errors
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec import Struct, field

from heard.listening.channels.contract import Ambiguous, AuthExpired, ChannelError, NotFound, RateLimited, Rejected, Retryable

DEFAULT_WAIT_SECONDS = 60
LONGEST_WAIT_SECONDS = 24 * 3600
QUOTA = {"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"}
TOO_FAST = {"rateLimitExceeded", "userRateLimitExceeded", "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"}
SIGN_IN_AGAIN = {
    "authError",
    "UNAUTHENTICATED",
    "insufficientPermissions",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    "youtubeSignupRequired",
}
WORDS = {  # for members and administrators, instead of Google's own
    "accessNotConfigured": "this API is not switched on for your Google Cloud project; see step 1 of the guide",
    "SERVICE_DISABLED": "this API is not switched on for your Google Cloud project; see step 1 of the guide",
    "insufficientPermissions": "what we sign in with was not allowed this; sign in again with every scope of the guide",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "what we sign in with was not allowed this; sign in again with every scope of the guide",
    "commentsDisabled": "comments are switched off for this video",
    "parentCommentIsPrivate": "a comment that is held for review cannot be answered; let it be seen first",
    "ineligibleAccount": "YouTube does not let this account comment",
    "youtubeSignupRequired": "this Google account has no YouTube channel",
}


class Detail(Struct, frozen=True):
    reason: str = ""
    domain: str = ""


class Problem(Struct, frozen=True):
    code: int = 0
    message: str = ""
    status: str = ""
    errors: list[Detail] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)

    @property
    def reasons(self) -> list[str]:
        return [each.reason for each in (*self.errors, *self.details) if each.reason] + [self.status]

    @property
    def words(self) -> str:
        """What is wrong, for a person: ours where we know better, else Google's."""
        known = next((WORDS[reason] for reason in self.reasons if reason in WORDS), "")
        return known or self.message[:300] or "no word why"


class Refusal(Struct, frozen=True):
    error: Problem


def refusal_of(
    status: int,
    body: bytes,
    headers: Mapping[str, str],
    *,
    writing: bool,
    quota_wait_seconds: Callable[[], float],
    secrets: Iterable[str],
) -> ChannelError:
    """The error of the channel contract for an answer that is no success. Its text holds none of `secrets`."""
    problem = problem_of(body)
    kind = _kind_of(status, problem, headers, writing=writing, quota_wait_seconds=quota_wait_seconds)
    return kind(_without(f"Google says: {problem.words}" if problem else f"Google answers {status}", secrets))


def problem_of(body: bytes) -> Problem | None:
    try:
        return msgspec.json.decode(body, type=Refusal, strict=False).error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _kind_of(
    status: int,
    problem: Problem | None,
    headers: Mapping[str, str],
    *,
    writing: bool,
    quota_wait_seconds: Callable[[], float],
) -> Callable[[str], ChannelError]:
    reasons = set(problem.reasons) if problem else set()
    if reasons & QUOTA:
        return _limited(wait_seconds(headers, default=quota_wait_seconds()))
    if status == 429 or reasons & TOO_FAST:
        return _limited(wait_seconds(headers))
    if status == 401 or reasons & SIGN_IN_AGAIN:
        return _sign_in_again
    if status == 404:
        return NotFound
    if status >= 500:
        return Ambiguous if writing else Retryable
    return Rejected


def _sign_in_again(words: str) -> AuthExpired:
    return AuthExpired(f"{words}. Connect the account again.")


def _limited(after_seconds: float) -> Callable[[str], RateLimited]:
    return lambda words: RateLimited(words, after_seconds=after_seconds)


def wait_seconds(headers: Mapping[str, str], *, default: float = DEFAULT_WAIT_SECONDS) -> float:
    given = headers.get("retry-after", "")
    wanted = float(given) if given.isascii() and given.isdigit() else default
    return min(max(wanted, 1), LONGEST_WAIT_SECONDS)


def _without(words: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        if secret:
            words = words.replace(secret, "…")
    return words

"""Standard Webhooks: how a message is signed and when it is tried again. https://www.standardwebhooks.com (1.0.0)

Pure. `signature` is proved against the reference library in the tests.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"
SECRET_BYTES = 32
# After the first try at once: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; then it is a dead letter.
PAUSES_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
GONE = 410
SPREAD = 0.2  # so that what failed together does not come back together


def secret_of(random_bytes: bytes) -> str:
    return PREFIX + base64.b64encode(random_bytes).decode()


def signature(secrets: Iterable[str], *, key: str, timestamp: int, body: str) -> str:
    """The webhook-signature header: one for each secret that is good now, so that a receiver may change over in peace."""
    signed = f"{key}.{timestamp}.{body}".encode()
    return " ".join(f"v1,{_mac(secret, signed)}" for secret in secrets)


def _mac(secret: str, signed: bytes) -> str:
    raw = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()


def took_it(status: int) -> bool:
    """Only 2xx. A redirect is no answer: the address must be put right by a person."""
    return 200 <= status < 300


def pause_seconds(attempts: int, *, dice: float, asked_seconds: float = 0) -> float | None:
    """How long to wait after so many attempts; None when it was the last. `dice` is in [0, 1)."""
    if attempts > len(PAUSES_SECONDS):
        return None
    spread = PAUSES_SECONDS[attempts - 1] * (1 + SPREAD * (2 * dice - 1))
    return max(spread, min(asked_seconds, PAUSES_SECONDS[-1]))


def quiet_seconds(failures: int) -> float:
    """How long an endpoint is left alone after so many failures in a row, whatever else waits for it: 5 s to an hour."""
    return min(3600, 5 * 4 ** (max(failures, 1) - 1))

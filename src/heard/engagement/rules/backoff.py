"""When to try again: exponential with full jitter, so that many that failed together do not come back together.

Marc Brooker, "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015).
"""

PATIENCE = 8  # attempts; with the pauses below that is a quarter of an hour on average
FIRST_SECONDS = 10.0
LONGEST_SECONDS = 600.0


def pause_seconds(attempts: int, *, dice: float, at_least: float = 0.0) -> float:
    """Seconds to wait after `attempts` tries. `dice` is 0..1; `at_least` is what the network asked for."""
    ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** max(0, attempts - 1))
    return at_least + dice * ceiling


def is_patient(attempts: int) -> bool:
    return attempts < PATIENCE

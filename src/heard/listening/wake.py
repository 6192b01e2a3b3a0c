"""A nudge between threads of one process, so that what was just received is walked at once and not at the next look.

Nothing depends on it: a worker in another process, or one that missed the nudge, finds the rows by looking.
"""

import threading

_something_new = threading.Event()


def wake() -> None:
    _something_new.set()


def wait_for_news(timeout_seconds: float) -> None:
    """Return when something was received in this process, or after the timeout."""
    _something_new.wait(timeout_seconds)
    _something_new.clear()

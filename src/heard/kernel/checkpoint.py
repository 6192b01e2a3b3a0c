"""Keeping SQLite's write-ahead log short while people read.

SQLite copies the log into the store by itself, but starts it anew only at a moment when nobody reads. In a busy house such a
moment may not come: with four readers who took turns the log grew by 35 MB a second, without end, and every read got slower.
So whoever writes much looks at the length of it, and beyond a limit asks for that moment: writers and new readers of the log
wait until those who read now are done. That is a few milliseconds for pages; for a reader that takes long we do not wait.
"""

import logging
from pathlib import Path

from django.db import connection

log = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024 * 1024  # four times what SQLite lets it grow to in quiet times (wal_autocheckpoint in the settings)
PATIENCE_MS = 250  # for readers to finish; all writers wait as long


class Checkpoint:
    """Of one process. A try that failed is repeated when the log has grown by as much again, not with every batch."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._not_before = most_bytes

    def keep_short(self) -> bool:
        """Start the log anew when it is too long. Returns whether that was done. Not inside a transaction; never on PostgreSQL."""
        length = length_of_log()
        if length <= self.most_bytes:
            self._not_before = self.most_bytes
            return False
        if length <= self._not_before:
            return False
        if _start_anew():
            return True
        self._not_before = length + self.most_bytes
        log.info("checkpoint: somebody reads for long, the write-ahead log stays at %.0f MB for now", length / 1e6)
        return False


def length_of_log() -> int:
    """Bytes of the file; 0 where there is none."""
    if connection.vendor != "sqlite":
        return 0
    try:
        return Path(f"{connection.settings_dict['NAME']}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def _start_anew() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        [usual] = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            [is_busy, _, _] = cursor.fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
    return not is_busy

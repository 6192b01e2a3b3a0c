"""SQLite where many want to write. One writes at a time; who waits for the turn asks again every other millisecond.

SQLite's own waiting sleeps up to a tenth of a second between two looks. Beside a worker that is busy all day, a page with
one small thing to write would hardly ever look at the right moment, and two workers would leave the store idle in between.
"""

import time

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

ASK_AGAIN_SECONDS = 0.002


class DatabaseWrapper(base.DatabaseWrapper):
    def _start_transaction_under_autocommit(self) -> None:
        """BEGIN, as soon as it is our turn. Raises OperationalError after OPTIONS["timeout"] seconds, as SQLite would."""
        patience = self.settings_dict["OPTIONS"]["timeout"]
        until = time.monotonic() + patience
        begin = f"BEGIN {self.settings_dict['OPTIONS']['transaction_mode']}"
        with self.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 0")
            try:
                while True:
                    try:
                        cursor.execute(begin)
                        return
                    except OperationalError as error:
                        if "locked" not in str(error) or time.monotonic() > until:
                            raise
                    time.sleep(ASK_AGAIN_SECONDS)
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")

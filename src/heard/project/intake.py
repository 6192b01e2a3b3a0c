"""Listening to channels: a thread for each stream, and one that polls the rest in turn. One duty holder per account."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import close_old_connections

from heard.kernel import claims
from heard.kernel.clock import now
from heard.listening import actions as listening
from heard.listening import streams

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 2.0
HOLD = timedelta(seconds=60)
ASK_AGAIN = timedelta(hours=1)


class Intake:
    """Runs until told to stop. Several processes may run it: a lease decides which one has which account."""

    def __init__(self) -> None:
        self.worker = claims.new_worker_name()
        self._stop = threading.Event()
        self._streams: dict[int, threading.Thread] = {}
        self._polls: dict[int, threading.Thread] = {}
        self._polled_until: dict[int, datetime] = {}  # the network could push; this server did not when we last asked

    def run(self, stopping: Callable[[], bool]) -> None:
        while not stopping():
            try:
                close_old_connections()
                self._look()
            except Exception:
                log.exception("intake: looking for work failed; going on")
            self._stop.wait(LOOK_EVERY_SECONDS)
        self._stop.set()
        for thread in [*self._streams.values(), *self._polls.values()]:
            thread.join(timeout=10)

    def stop(self) -> None:
        self._stop.set()

    def _look(self) -> None:
        for account_id in streams.due_for_stream(now()):
            if self._polled_until.get(account_id, now()) > now():
                continue
            self._start(self._streams, account_id, self._stream)
        for account_id in listening.due_for_pull(now()):
            if account_id not in self._streams or not self._streams[account_id].is_alive():
                self._start(self._polls, account_id, self._poll)

    def _start(self, threads: dict[int, threading.Thread], account_id: int, target: Callable[[int], None]) -> None:
        """One thread an account, so that a channel that hangs holds up nobody but itself."""
        running = threads.get(account_id)
        if running and running.is_alive():
            return
        if not claims.hold(f"channel:{account_id}", worker=self.worker, now=now(), lease=HOLD):
            return
        threads[account_id] = threading.Thread(
            target=self._guarded, args=(target, account_id), daemon=True, name=f"channel-{account_id}"
        )
        threads[account_id].start()

    def _guarded(self, target: Callable[[int], None], account_id: int) -> None:
        try:
            target(account_id)
        finally:
            claims.release(f"channel:{account_id}", worker=self.worker)
            close_old_connections()

    def _poll(self, account_id: int) -> None:
        listening.pull(account_id)

    def _stream(self, account_id: int) -> None:
        def keep_going() -> bool:
            return not self._stop.is_set() and claims.hold(f"channel:{account_id}", worker=self.worker, now=now(), lease=HOLD)

        if not streams.listen(account_id, stopping=self._stop.is_set, keep_going=keep_going):
            self._polled_until[account_id] = now() + ASK_AGAIN

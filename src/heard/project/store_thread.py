"""A thread between the event loop and the store."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import close_old_connections, connections


class StoreThread:
    """One thread with a connection to the store of its own; `close` ends both, after what is under way."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    def run(self, function: Callable[..., Any], *arguments: Any) -> asyncio.Future:
        def call() -> Any:
            close_old_connections()  # one that the store has closed meanwhile
            return function(*arguments)

        return asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        self._pool.submit(connections.close_all)
        self._pool.shutdown()

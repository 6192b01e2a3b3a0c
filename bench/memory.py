"""How much memory and CPU a set of processes takes, from /proc (Linux).

    from memory import Watch, resident_mb, tree

    with Watch() as memory:        # this process and all it starts, looked at twice a second
        ...
    say(..., **memory.keys())      # {"rss_mb": now, "peak_rss_mb": the most seen, "own_mb", "peak_own_mb": without mapped files}

What fills the store before is no part of the house: fill first, then watch.

"Resident" is the proportional set size: a page that three processes share counts once, not three times, and so do the pages
of a memory-mapped store (SQLite's mmap_size) for as long as they are in memory. Without /proc all of it is None.
"""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

PROC = Path("/proc")
LOOK_EVERY_SECONDS = 0.5


def resident_mb(pids: Iterable[int]) -> float | None:
    """MB (a million bytes) of all of them together; those that have ended count nothing."""
    return _sum_mb(_kilobytes(pid) for pid in pids)


def own_mb(pids: Iterable[int]) -> float | None:
    """MB that they asked for themselves: without files that are mapped, which the system fills and empties as it likes."""
    return _sum_mb(_rollup(pid, "Pss_Anon:") for pid in pids)


def tree(root: int | None = None) -> list[int]:
    """`root` (default: this process) and everything below it."""
    children = defaultdict(list)
    for folder in PROC.glob("[0-9]*"):
        if (parent := parent_of(int(folder.name))) is not None:
            children[parent].append(int(folder.name))
    found, ahead = [], [root or os.getpid()]
    while ahead:
        pid = ahead.pop()
        found.append(pid)
        ahead += children[pid]
    return found


def parent_of(pid: int) -> int | None:
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[1])  # the name before it may hold spaces and brackets


def database_server(connection) -> list[int]:
    """PostgreSQL's own processes, when the server is on this machine and its processes may be looked at; else []."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
    server = parent_of(backend)
    return tree(server) if server and server > 1 else []


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU that these processes have used so far, in user and in kernel mode, all their threads together."""
    ticks = 0
    for pid in pids:
        try:
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def busy_share(seconds: float = 1.0) -> float | None:
    """How much of all cores is in use, 0..1, looking on for that long; what the host gives to others counts as used."""
    before = _core_ticks()
    time.sleep(seconds)
    after = _core_ticks()
    if before is None or after is None or after[1] == before[1]:
        return None
    return round((after[0] - before[0]) / (after[1] - before[1]), 2)


class Watch:
    """Looks at a process tree (default: this one) in the background until the block ends, and keeps the most it saw."""

    def __init__(self, root: int | None = None) -> None:
        self.root = root
        self.now: float | None = None
        self.peak: float | None = None
        self.own: float | None = None
        self.peak_own: float | None = None
        self._over = threading.Event()
        self._looker = threading.Thread(target=self._look_on, name="memory", daemon=True)

    def __enter__(self) -> "Watch":
        self._looker.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._looker.join()
        self.look()

    def look(self) -> float | None:
        """MB now."""
        pids = tree(self.root)
        self.now, self.own = resident_mb(pids), own_mb(pids)
        self.peak, self.peak_own = _most(self.now, self.peak), _most(self.own, self.peak_own)
        return self.now

    def keys(self) -> dict[str, float | None]:
        """For the last line of a bench."""
        return {"rss_mb": self.now, "peak_rss_mb": self.peak, "own_mb": self.own, "peak_own_mb": self.peak_own}

    def _look_on(self) -> None:
        while not self._over.wait(LOOK_EVERY_SECONDS):
            self.look()


def _core_ticks() -> tuple[int, int] | None:
    """(in use, all) since the start of the machine."""
    try:
        ticks = [int(n) for n in (PROC / "stat").read_text().splitlines()[0].split()[1:9]]
    except OSError:
        return None
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)  # idle, and waiting for a disk


def _most(*sizes: float | None) -> float | None:
    return max((size for size in sizes if size is not None), default=None)


def _sum_mb(kilobytes: Iterable[int | None]) -> float | None:
    sizes = [size for size in kilobytes if size is not None]
    return round(sum(sizes) * 1024 / 1e6, 1) if sizes else None


def _kilobytes(pid: int) -> int | None:
    if (shared_by_share := _rollup(pid, "Pss:")) is not None:
        return shared_by_share
    try:  # a process of somebody else: what it shares is then counted each time
        return int((PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    except OSError:
        return None


def _rollup(pid: int, key: str) -> int | None:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith(key)), None)

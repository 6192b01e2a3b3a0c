"""Attachments on disk, named by the hash of their content: one file once, no path that anybody outside could choose."""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from heard.kernel.holdings import unused_files

LEAST_AGE_SECONDS = 300  # more than a walk takes from keeping a file to writing its row
_SHA256 = re.compile(r"[0-9a-f]{64}")


def keep_file(data: bytes) -> str:
    """Store the bytes and return their sha256. May be repeated; a half-written file is never seen under its name."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = _path(sha256)
    try:
        os.utime(path)  # it is needed again: whoever is about to drop it must see that (drop_files)
        return sha256
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(data)
        part.flush()
        os.fsync(part.fileno())
    os.replace(part.name, path)
    return sha256


def open_file(sha256: str) -> BinaryIO:
    """Raises FileNotFoundError, also for anything that is not a hash."""
    return _path(sha256).open("rb")


def drop_files(sha256s: Collection[str]) -> set[str]:
    """Of these, those that no row of any room needs are gone. Returns those that were kept or needed a moment ago, and stay for
    now: somebody may be about to write the row that needs them. May be repeated."""
    unused = unused_files(sha256s)
    young = {sha256 for sha256 in unused if _age_seconds(sha256) < LEAST_AGE_SECONDS}
    for sha256 in unused - young:
        _path(sha256).unlink(missing_ok=True)
    return young


def drop_forgotten(limit: int = 2000) -> int:
    """Drop files that nothing points to: left by a walk that was rolled back, or by rows that went. Looks at one folder of 256
    after another. Returns how many went."""
    dropped = 0
    for folder in sorted(settings.FILES.glob("[0-9a-f][0-9a-f]")):
        names = [f.name for f in folder.iterdir() if _SHA256.fullmatch(f.name)]
        for n in range(0, len(names), 500):
            unused = unused_files(names[n : n + 500])
            dropped += len(unused) - len(drop_files(unused))
        if dropped >= limit:
            break
    return dropped


def _age_seconds(sha256: str) -> float:
    try:
        return time.time() - _path(sha256).stat().st_mtime
    except FileNotFoundError:
        return LEAST_AGE_SECONDS


def _path(sha256: str) -> Path:
    if not _SHA256.fullmatch(sha256):
        raise FileNotFoundError(sha256)
    return settings.FILES / sha256[:2] / sha256

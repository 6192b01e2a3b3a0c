"""Attachments on disk, named by the hash of their content: one file once, no path that anybody outside could choose."""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

_SHA256 = re.compile(r"[0-9a-f]{64}")


def keep_file(data: bytes) -> str:
    """Store the bytes and return their sha256. May be repeated; a half-written file is never seen under its name."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = _path(sha256)
    if path.exists():
        return sha256
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


def _path(sha256: str) -> Path:
    if not _SHA256.fullmatch(sha256):
        raise FileNotFoundError(sha256)
    return settings.FILES / sha256[:2] / sha256

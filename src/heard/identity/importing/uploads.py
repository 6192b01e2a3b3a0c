"""Files that colleagues bring on a page, until a worker has read them.

They lie beside the attachments, where every process of the house can reach them, each in a folder that nobody can guess. One that
is not brought goes after a day.
"""

import secrets
import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from heard.listening.rules.file_names import safe_name

MOST_BYTES = 2 * 1024**3
KEPT = timedelta(days=1)


class TooLarge(ValueError):
    """More than MOST_BYTES. Nothing was kept."""


def folder() -> Path:
    return Path(settings.FILES) / "imports"


def keep_upload(name: str, chunks: Iterable[bytes]) -> tuple[str, int]:
    """(key, bytes). Raises TooLarge."""
    key = secrets.token_hex(16)
    path = path_of(key, name)
    path.parent.mkdir(parents=True)
    size = 0
    try:
        with path.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise TooLarge
                file.write(chunk)
    except BaseException:
        drop_upload(key)
        raise
    return key, size


def path_of(key: str, name: str) -> Path:
    """Its ending says what it is, so the name is kept; of a name that says nothing else, only that."""
    return folder() / key / (safe_name(name) or "rows")


def drop_upload(key: str) -> None:
    """May be repeated."""
    if key:
        shutil.rmtree(folder() / key, ignore_errors=True)

"""What the networks published or answered, beside the checkout: ../shared/data/api, or HEARD_DATA/api. Nothing of it is ours to keep."""

import os
import tarfile
from functools import cache
from pathlib import Path

from tests.support.servers import require

ROOT = Path(__file__).resolve().parents[3]


@cache
def files_of(archive: str) -> dict[str, bytes]:
    """{path in the archive: content}. Skips the test where it is absent; under CI=true that is a failure."""
    folder = Path(os.environ.get("HEARD_DATA") or ROOT.parent / "shared" / "data") / "api"
    path = folder / f"{archive}.tar.gz"
    require(path.exists(), f"what networks published: api/{archive}.tar.gz (HEARD_DATA or ../shared/data)")
    with tarfile.open(path) as packed:
        return {
            member.name.removeprefix("./"): packed.extractfile(member).read() for member in packed.getmembers() if member.isfile()
        }

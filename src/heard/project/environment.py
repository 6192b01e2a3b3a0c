"""Settings come from the environment; this says which, checks them at start, and speaks plainly when one is wrong.

`heard doctor` prints this table; docs/operate/settings.md is generated from it and a test keeps them equal.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class SettingError(Exception):
    """A setting cannot be used. The text names it, what was given, and what is expected; nothing was started."""


@dataclass(frozen=True)
class Setting:
    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting("HEARD_HOME", "./var", "Folder for the store, files and the secret key when they are not given otherwise."),
    Setting(
        "DATABASE_URL",
        "sqlite:///HEARD_HOME/heard.sqlite3",
        "Where rows live: sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME.",
    ),
    Setting(
        "HEARD_SECRET_KEY",
        "made once in HEARD_HOME/secret-key",
        "Signs sessions and seals channel secrets; 32 characters or more.",
    ),
    Setting("HEARD_SECRET_KEY_FALLBACKS", "", "Earlier secret keys, separated by commas, while a new one takes over."),
    Setting("HEARD_PUBLIC_URL", "http://127.0.0.1:8000", "The address people type; links, webhooks and the origin check use it."),
    Setting("HEARD_LISTEN", "127.0.0.1:8000", "Host and port the web server binds."),
    Setting("HEARD_ALLOWED_HOSTS", "", "Further host names to answer to, separated by commas."),
    Setting("HEARD_FILES", "HEARD_HOME/files", "Folder for attachments, named by the hash of their content."),
    Setting(
        "HEARD_ALLOW_PRIVATE_ADDRESSES",
        "no",
        "yes lets channels talk to private and loopback addresses: for tests and servers in your own network.",
    ),
    Setting(
        "HEARD_WEBHOOK_PACE",
        "600",
        "Calls a minute that one address may make to one webhook; 0 for as many as come, when only senders you trust reach it.",
    ),
    Setting(
        "HEARD_KEEPS_PACE",
        "yes",
        "no lets Heard call each network as fast as it can, whatever that network allows a minute: for servers of your own.",
    ),
    Setting(
        "HEARD_NATS_URL",
        "",
        "A NATS server with JetStream, nats://USER:PASSWORD@HOST:4222, for streams that come faster than the store takes them in.",
    ),
    Setting("HEARD_LEAVE_OUT", "", "Rooms to switch off, separated by commas: community, insight, transparency."),
    Setting("HEARD_DEBUG", "no", "yes shows full errors in the browser; never in production."),
    Setting("HEARD_LOG", "info", "debug, info, warning or error."),
)


def read(name: str) -> str:
    """The value of a setting that SETTINGS lists; empty text when it is not given."""
    if name not in {s.name for s in SETTINGS}:
        raise SettingError(f"{name} is not a setting of Heard")
    return os.environ.get(name, "").strip()


def read_list(name: str) -> list[str]:
    return [part.strip() for part in read(name).split(",") if part.strip()]


def read_bool(name: str, default: bool = False) -> bool:
    given = read(name).lower()
    if not given:
        return default
    if given in ("no", "false", "0", "off"):
        return False
    if given in ("yes", "true", "1", "on"):
        return True
    raise SettingError(f"{name} is {given!r}; say yes or no")


def read_count(name: str, default: int) -> int:
    """A whole number, 0 or more."""
    given = read(name)
    if not given:
        return default
    if not (given.isascii() and given.isdigit()):
        raise SettingError(f"{name} is {given!r}; expected a whole number, 0 or more")
    return int(given)


def home() -> Path:
    folder = Path(read("HEARD_HOME") or "var").resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"HEARD_HOME is {folder}, which cannot be made or written to: {error.strerror}") from error
    return folder


def secret_key() -> str:
    given = read("HEARD_SECRET_KEY")
    if given:
        if len(given) < 32:
            raise SettingError(f"HEARD_SECRET_KEY has {len(given)} characters; it needs 32 or more")
        return given
    file = home() / "secret-key"
    try:
        with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return file.read_text().strip()


def listen_address() -> tuple[str, int]:
    host, _, port = (read("HEARD_LISTEN") or "127.0.0.1:8000").rpartition(":")
    if not host or not port.isdigit():
        raise SettingError(f"HEARD_LISTEN is {read('HEARD_LISTEN')!r}; expected HOST:PORT, for example 127.0.0.1:8000")
    return host, int(port)


def database() -> dict:
    """Django's DATABASES["default"]. Raises SettingError for an address it cannot use."""
    url = read("DATABASE_URL") or f"sqlite:///{home() / 'heard.sqlite3'}"
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path[1:])).resolve())
    if parts.scheme in ("postgres", "postgresql"):
        if not parts.path.strip("/"):
            raise SettingError("DATABASE_URL names no database; expected postgresql://USER:PASSWORD@HOST:PORT/NAME")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise SettingError(f"DATABASE_URL starts with {parts.scheme!r}; expected sqlite or postgresql")


def _sqlite(file: Path) -> dict:
    return {
        "ENGINE": "heard.kernel.sqlite",
        "NAME": str(file),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",  # a reader that turns writer half-way fails at once with SQLITE_BUSY
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384; PRAGMA mmap_size=134217728; "
                "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4000; PRAGMA foreign_keys=ON;"
            ),
        },
        "TEST": {"NAME": str(home() / "test.sqlite3")},  # a file: threads of a test share it, as processes do in life
    }

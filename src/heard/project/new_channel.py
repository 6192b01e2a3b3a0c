"""`heard channel new NAME`: the folder of a channel that does not know its network yet, and what to do next.

It passes the conformance suite as far as a channel that declares nothing can; from there each step adds one thing and its proof.
"""

import argparse
import keyword
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from heard.listening.channels.contract import Author, Said, encoded

OURS = "heard.listening.channels"


class CannotLayOut(Exception):
    """Nothing was written. The text says what to change."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    new = actions.add_parser("new", help="lay out the folder of a new channel, and say what to do next")
    new.add_argument("name", help="of the network, in small letters: mastodon, acme_chat")
    new.add_argument(
        "--at",
        type=Path,
        default=None,
        metavar="FOLDER",
        help="the folder to put it in; that of Heard's channels if this is Heard's checkout, else this one",
    )


def run(options: argparse.Namespace) -> int:
    at = options.at or _usual_place()
    try:
        folder = lay_out(options.name, at=at)
    except CannotLayOut as error:
        print(f"heard: {error}", file=sys.stderr)
        return 1
    print(next_steps(folder))
    return 0


def _usual_place() -> Path:
    ours = Path("src", *OURS.split("."))
    return ours if ours.is_dir() else Path()


def lay_out(name: str, *, at: Path) -> Path:
    """The new folder `at/name`. Raises CannotLayOut when the name cannot be one, or is taken."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise CannotLayOut(f"{name!r} cannot be the name of a channel: small letters, digits and _, beginning with a letter.")
    if not at.is_dir():
        raise CannotLayOut(f"there is no folder {at}.")
    folder = at / name
    if folder.exists():
        raise CannotLayOut(f"{folder} is there already; nothing was changed.")
    for path, text in files(name, package=package_of(folder)).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def package_of(folder: Path) -> str:
    """How Python will import it: through every folder above that is a package itself."""
    names = [folder.name]
    above = folder.resolve().parent
    while (above / "__init__.py").exists():
        names.insert(0, above.name)
        above = above.parent
    return ".".join(names)


def files(name: str, *, package: str) -> dict[str, str]:
    label = name.replace("_", " ").capitalize()
    suite = {"tests/conformance.py": HOOKS} if _is_ours(package) else {"tests/test_conformance.py": SUITE.format(package=package)}
    return {
        "__init__.py": "",
        "adapter.py": ADAPTER.format(name=name, label=label),
        "channel.md": PAGE.format(label=label),
        "fixtures/hello.json": msgspec.json.format(msgspec.json.encode(HELLO), indent=1).decode() + "\n",
        "fixtures/hello.events.jsonl": encoded([_hello(name)]).decode() + "\n",
        "tests/__init__.py": "",
        **suite,
    }


def next_steps(folder: Path) -> str:
    package = package_of(folder)
    name = folder.name
    tests = f"src/{OURS.replace('.', '/')}/tests -k Test_{name}" if _is_ours(package) else f"{folder}"
    return f"""{folder} is laid out. Next:

1. In pyproject.toml, under [project.entry-points."heard.channels"]:  {name} = "{package}.adapter:Adapter"
   and install the package anew (pip install -e .), so that Heard finds it.
2. python -m pytest {tests}     it passes: the channel declares nothing yet.
3. Capture what the network really sends into {folder / "fixtures"}, in place of hello.json; replace names and addresses.
4. Write `normalise` in adapter.py, then:  python -m heard.listening.conformance {name}     and read each snapshot.
5. Declare one thing more in `capabilities`, and let the suite tell you what is missing. What it cannot know about the network,
   such as how a call is signed, you say in tests/.
6. Fill in channel.md: what to create at the network and why, in numbered steps.

The whole way: docs/how-to/add-a-channel.md"""


def _is_ours(package: str) -> bool:
    return package.startswith(f"{OURS}.")


# ── What is laid out ────────────────────────────────────────────────────────────────────────────────────────────────

HELLO = {
    "id": "1",
    "author": {"id": "42", "name": "Dana"},
    "text": "Hello, is anybody there?",
    "created_at": "2026-01-01T12:00:00Z",
}


def _hello(name: str) -> Said:
    """What HELLO means, to the adapter below."""
    return Said(
        external_id="1",
        author=Author(network=name, external_id="42", name="Dana"),
        occurred_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
        text="Hello, is anybody there?",
    )


ADAPTER = '''"""{label} as a channel. channel.md says why it is as it is."""

from datetime import datetime

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import Account, Author, BaseAdapter, Capabilities, Event, RawEvent, Said


class Writer(Struct, frozen=True, kw_only=True):
    id: str
    name: str = ""


class Message(Struct, frozen=True, kw_only=True):
    """Invented, as fixtures/hello.json is: write down what the network really sends."""

    id: str
    author: Writer
    text: str
    created_at: datetime


class Adapter(BaseAdapter):
    kind = "{name}"
    label = "{label}"
    capabilities = Capabilities()  # nothing yet: declare what the network can do as soon as you can prove it
    config_fields = ()

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        """Pure: the same bytes always mean the same. Raises ValueError for what makes no sense, as msgspec does."""
        message = msgspec.json.decode(raw.body, type=Message)
        if not message.id or not message.author.id or not message.created_at.tzinfo:
            raise ValueError("a message without id, author or time zone")
        return [
            Said(
                external_id=message.id,
                author=Author(network=self.kind, external_id=message.author.id, name=message.author.name),
                occurred_at=message.created_at,
                text=message.text,
            )
        ]
'''

PAGE = """# {label}

What it hears, and what it can say.

## Connect
1. At the network: what to create, where to click, and why Heard needs it.
2. In Heard: channels → {label}; what to paste where. Name each field by its `name`.
3. Press the test button.

## What we decided, and why
- **`external_id`**: what parents, edits and deletions point to.
- **Author**: what stays the same when a person changes their name.
- **Visibility**: what we do not know is private.
- **Addressed**: what names us, and what a monitor merely found.

## Not there
What the network has and this channel does not hear or say yet.
"""

HOOKS = '''from heard.listening.conformance import ChannelConformance


class Conformance(ChannelConformance):
    """What the suite cannot know about this network; heard/listening/conformance/hooks.py names it all."""
'''

SUITE = '''from heard.listening.conformance import ChannelConformance

from {package}.adapter import Adapter


class TestConformance(ChannelConformance):
    """What the suite cannot know about this network is said here; heard.listening.conformance.hooks names it all."""

    adapter = Adapter()
'''

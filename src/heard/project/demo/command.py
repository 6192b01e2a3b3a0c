"""`heard demo`: a believable company to look at, with no key and no network."""

import argparse
import secrets
import time
from pathlib import Path

from heard.governance import actions as people
from heard.governance import demo_world
from heard.governance import selectors as governance
from heard.governance.permissions import HEARD, viewer_of
from heard.project import environment, up
from heard.project.demo.removal import remove
from heard.project.demo.world import SIGN_IN, build

WORDS = [
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "harbour",
    "island",
    "juniper",
    "kettle",
    "lantern",
    "meadow",
    "nutmeg",
    "orchard",
    "pebble",
    "quarry",
    "river",
]


def run(options: argparse.Namespace) -> None:
    """Build the demo world unless it is here, say where to go and how to sign in, and run everything."""
    up.prepare()
    if options.remove:
        print("The demo world is gone." if remove(HEARD) else "There is no demo world here.")
        _password_file().unlink(missing_ok=True)
        return
    is_new_password = not _password_file().exists()
    password = _password()
    began = time.monotonic()
    if build(password=password):
        print(f"Acme Media and its customers are here, built in {time.monotonic() - began:.0f} s.")
    elif is_new_password:
        _change_password(password)
    _say_how_to_sign_in(password)
    if not options.build_only:
        up.run()


def _say_how_to_sign_in(password: str) -> None:
    host, port = environment.listen_address()
    print(f"\n  Open      http://{host}:{port}")
    if not _demo_members():
        print("  Sign in   as you always do; the demo's colleagues cannot sign in to a house that is in use\n", flush=True)
        return
    print(f"  Sign in   {SIGN_IN}")
    print(f"  Password  {password}")
    print("  Also      alice@, bob@ and charlie@heard.example with the same password: agent, supervisor, viewer\n", flush=True)


def _demo_members() -> list:
    """Those who may sign in with the demo's password: none in a house where people worked before."""
    if not governance.members(HEARD).filter(email=SIGN_IN, is_active=True).exists():
        return []
    return list(governance.members(HEARD).filter(id__in=demo_world.contents().get("members", []), is_active=True))


def _change_password(password: str) -> None:
    """The file with the old one is lost, so everybody of the demo gets the new one."""
    members = _demo_members()
    head = next((viewer_of(m) for m in members if m.email == SIGN_IN), HEARD)
    for member in members:
        token = people.offer_new_password(head, member.pk)
        people.accept_invitation(token, name=member.name, password=password)


def _password() -> str:
    """The sign-in of this demo, made once and kept beside the store; nobody outside this machine can know it."""
    file = _password_file()
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(
            f"{secrets.choice(WORDS)}-{secrets.choice(WORDS)}-{secrets.choice(WORDS)}-{secrets.randbelow(9000) + 1000}"
        )
    return file.read_text()


def _password_file() -> Path:
    return environment.home() / "demo-password"

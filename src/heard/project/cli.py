"""`heard`: what an operator types. Every command says what it did, and a wrong setting says what is wrong with it."""

import argparse
import os
import sys
from collections.abc import Sequence

from heard.project.environment import SettingError


def main(argv: Sequence[str] | None = None) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heard.project.settings")
    try:
        import django

        django.setup()
    except SettingError as error:
        print(f"heard: {error}", file=sys.stderr)
        return 2
    parser = _parser()
    options = parser.parse_args(argv)
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    from django.db import OperationalError, ProgrammingError

    from heard.project.up import PortTaken

    try:
        return options.run(options) or 0
    except KeyboardInterrupt:
        return 130
    except PortTaken as error:
        print(f"heard: {error}", file=sys.stderr)
    except (OperationalError, ProgrammingError) as error:
        print(f"heard: the store does not answer as it should: {' '.join(str(error).split())} Run: heard doctor", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    from heard.listening.channels.phone.bridge import run as phone_bridge
    from heard.project import identity_commands, ingest, new_channel, person, records, understanding_commands

    parser = argparse.ArgumentParser(
        prog="heard", description="Hears every customer on every channel. See docs/operate/install.md."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _command(commands, "up", "run everything in one process: web, intake, worker", _up)
    web = _command(commands, "web", "run the web server alone", _web)
    web.add_argument("--processes", type=int, default=1, help="one for each core that pages may use (default: 1)")
    _command(commands, "listen", "listen to the channels alone", _listen)
    _command(commands, "worker", "walk, send and pass on alone; start as many as you like", _worker)
    _command(commands, "migrate", "bring the store up to this version", _migrate)
    _command(commands, "doctor", "check settings, store and channels, and say what is wrong", _doctor)
    password = _command(commands, "password", "give a member a new password, when no administrator can", _password)
    password.add_argument("email")
    ingest.add_arguments(_command(commands, "ingest", "read voices from a file or folder", ingest.run))
    person.add_arguments(_command(commands, "person", "export or erase everything about a person", None))
    records.add_arguments(_command(commands, "import", "bring what other systems know of people, or take it back", records.run))
    records.add_site_arguments(_command(commands, "site", "let a web site tell of visitors who agreed to it", records.run_site))
    channel = _command(commands, "channel", "lay out a new channel for a network that Heard does not speak yet", new_channel.run)
    new_channel.add_arguments(channel)
    bridge = _command(commands, "bridge", "let an Asterisk of your own answer the telephone", phone_bridge.run)
    phone_bridge.add_arguments(bridge)
    identity_commands.add_arguments(_command(commands, "identity", "weights of matching: learn, use, go back; match again", None))
    understanding = _command(commands, "understanding", "learn from corrections; versions, their figures, and the way back", None)
    understanding_commands.add_arguments(understanding)
    demo = _command(commands, "demo", "build the demo world if there is none, and run everything", _demo)
    demo.add_argument("--build-only", action="store_true", help="build the demo world and stop")
    demo.add_argument("--remove", action="store_true", help="take the demo world away again and stop")
    return parser


def _command(commands, name: str, meaning: str, run) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=meaning, description=meaning[0].upper() + meaning[1:] + ".")
    parser.set_defaults(run=run)
    return parser


def _up(_: argparse.Namespace) -> None:
    from heard.project import up

    up.run()


def _web(options: argparse.Namespace) -> None:
    from heard.project import up

    up.serve(max(1, options.processes))


def _listen(_: argparse.Namespace) -> None:
    from heard.project import up
    from heard.project.intake import Intake

    up.until_interrupted(Intake().run)


def _worker(_: argparse.Namespace) -> None:
    from heard.project import up

    up.until_interrupted(up.work)


def _migrate(_: argparse.Namespace) -> None:
    from heard.project import up

    up.prepare()
    print("The store is up to date.")


def _doctor(_: argparse.Namespace) -> int:
    from heard.project import doctor

    return doctor.run()


def _password(options: argparse.Namespace) -> None:
    from django.core.management import call_command

    call_command("changepassword", options.email)


def _demo(options: argparse.Namespace) -> None:
    from heard.project.demo import command

    command.run(options)

"""`heard understanding …`: learn from corrections, see what was learnt, use a version or an older one, read the past again."""

import argparse

from heard.governance.permissions import HEARD
from heard.understanding import actions_on_learning as actions
from heard.understanding.actions_on_remotes import NoSuchRemote, switch_remote
from heard.understanding.learning import changes, in_use, reread, versions
from heard.understanding.learning.taught import TooFew
from heard.understanding.learning.values import LEARNT
from heard.understanding.learning.versions import NoSuchVersion
from heard.understanding.remote import asking as remotes
from heard.understanding.train import command

NONE = "none"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    learning = verbs.add_parser("learn", help="learn from the corrections there are, now")
    learning.add_argument("--field", choices=LEARNT, action="append", help="only this one; may be repeated (default: all)")
    learning.set_defaults(run=run_learn)
    verbs.add_parser("versions", help="list what was learnt, with its figures, and what reads voices").set_defaults(
        run=run_versions
    )
    using = verbs.add_parser("use", help="read voices as in a version, and let count what counted then")
    using.add_argument("version", help=f"a number, see `versions`; with --field the version of that field, or {NONE!r}")
    using.add_argument("--field", choices=LEARNT, help="change only what reads this field, from now on")
    using.set_defaults(run=run_use)
    again = verbs.add_parser("reread", help="read the past again with what is in use; counts once it is used")
    again.add_argument("--with", dest="heads", metavar="FIELD=VERSION", action="append", help="another version of a field")
    again.add_argument("--now", action="store_true", help="do not wait for the workers: read here, until it is done")
    again.set_defaults(run=run_reread)
    command.add_arguments(verbs.add_parser("train", help="make the weights that come with Heard anew, with their card"))
    showing = verbs.add_parser("changes", help="what a version that has read the past would change")
    showing.add_argument("version", type=int)
    showing.set_defaults(run=run_changes)
    remote = verbs.add_parser("remote", help="list assessors elsewhere and what they were asked, or switch one on or off")
    remote.add_argument("name", nargs="?", help="one that is plugged in (docs/how-to/add-an-assessor.md)")
    remote.add_argument("state", nargs="?", choices=("on", "off"))
    remote.set_defaults(run=run_remote)


def run_learn(options: argparse.Namespace) -> int:
    versions.settle()
    done = 0
    for field in options.field or LEARNT:
        try:
            learnt = actions.learn(HEARD, field)
        except TooFew as few:
            print(few)
            continue
        done += 1
        s = learnt.scores
        taken = "in use from now on" if learnt.number is not None else f"kept, not used: {s.why}"
        print(f"{field} {learnt.version}: F1 {s.before:.3f} → {s.after:.3f} on {s.count} corrections held out; {taken}.")
    if not done:
        print("Nothing is changed.")
    return 0


def run_versions(_: argparse.Namespace) -> None:
    versions.settle()
    for line in versions.heads(HEARD):
        s = line.scores
        print(
            f"{line.field} {line.version}  {line.made_at:%Y-%m-%d %H:%M}, {line.corrections} corrections, "
            f"F1 {s.before:.3f} → {s.after:.3f}, {line.size_bytes / 1000:.0f} kB{', in use' if line.is_used else ''}"
            f"{'' if s.is_better else f'; {s.why}'}"
        )
    shown = versions.versions(HEARD)
    for version in shown:
        heads = ", ".join(f"{field} {number}" for field, number in sorted(version.heads.items())) or "as Heard ships"
        past = f", {version.reread} old voices read{'' if version.is_done else ' so far'}" if version.reread is not None else ""
        state = ", reads now" if version.is_current else ", set aside" if version.is_aside else ""
        print(f"version {version.number}  {version.made_at:%Y-%m-%d %H:%M}, {heads}{past}{state}")
    if not shown:
        print(f"version {in_use.in_use().number}  as Heard ships, reads now")


def run_use(options: argparse.Namespace) -> int:
    try:
        return _use_head(options) if options.field else _use_version(options)
    except NoSuchVersion as error:
        print(f"heard: {error} See: heard understanding versions")
        return 1
    except ValueError:
        print(f"heard: {options.version!r} is no number of a version. See: heard understanding versions")
        return 1


def _use_head(options: argparse.Namespace) -> int:
    version = None if options.version == NONE else int(options.version)
    number = actions.use_head(HEARD, options.field, version)
    what = f"without anything learnt of {options.field}" if version is None else f"with {options.field} {version}"
    print(
        f"Voices are read {what} from now on (version {number}). What was read stays; read it again with: heard understanding reread"
    )
    return 0


def _use_version(options: argparse.Namespace) -> int:
    number = int(options.version)
    before = in_use.in_use().number
    changed = actions.use_version(HEARD, number)
    print(
        f"Version {number} reads from now on; {changed} voices of late mean something else. Back with: heard understanding use {before}"
    )
    return 0


def run_reread(options: argparse.Namespace) -> int:
    versions.settle()
    try:
        heads = dict(in_use.in_use().versions) | dict(_asked(one) for one in options.heads or ())
        number = actions.read_past_again(HEARD, heads=heads)
    except NoSuchVersion as error:
        print(f"heard: {error} See: heard understanding versions")
        return 1
    except ValueError:
        print("heard: say --with FIELD=VERSION, such as --with sentiment=3.")
        return 1
    read = reread.finish(number) if options.now else 0
    told = f"{read} voices were read" if options.now else "The workers read the past when nobody waits"
    print(f"{told}, as version {number}. Look at it with: heard understanding changes {number}")
    return 0


def run_remote(options: argparse.Namespace) -> int:
    if options.name and options.state:
        try:
            switch_remote(HEARD, options.name, on=options.state == "on")
        except NoSuchRemote as error:
            print(f"heard: {error}")
            return 1
    lines = remotes.lines()
    for line in lines:
        paused = f", left alone until {line.paused_until:%H:%M} UTC" if line.paused_until else ""
        print(
            f"{line.name}  {'on' if line.is_on else 'off'}, {line.url}, {', '.join(line.fields)}; "
            f"{line.today} of {line.per_day} questions in the last day{paused}"
        )
    if not lines:
        print("No assessor elsewhere is plugged in. See docs/how-to/add-an-assessor.md")
    return 0


def _asked(said: str) -> tuple[str, int]:
    """Raises ValueError."""
    field, _, version = said.partition("=")
    return field, int(version)


def run_changes(options: argparse.Namespace) -> int:
    try:
        found = changes.changes(HEARD, options.version)
    except NoSuchVersion as error:
        print(f"heard: {error} See: heard understanding versions")
        return 1
    print(
        f"{found.different} of {found.read} voices would mean something else{'' if found.is_done else '; it is still reading'}."
    )
    for work in found.work:
        if work.before or work.after:
            print(f"  to be answered, {work.kind}: {work.before} → {work.after}")
    for change in found.fields:
        print(f"  {change.field}: {change.before or 'not'} → {change.after or 'not'}, {change.count} voices")
        for id_, words in change.examples:
            print(f"    {id_}: {' '.join(words.split())[:90]}")
    print(f"Take it into use with: heard understanding use {options.version}")
    return 0

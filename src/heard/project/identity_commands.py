"""`heard identity …`: learn the weights of matching from one's own data, take them into use, go back."""

import argparse

from heard.identity import learn, matching
from heard.identity.rules.matching import SHIPPED
from heard.kernel import bulk

MOST = 200_000
BATCH = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    learning = verbs.add_parser("learn", help="learn weights from the records there are, with Splink; needs heard[learn]")
    learning.add_argument("--records", type=int, default=MOST, help=f"the newest so many (default: {MOST})")
    learning.add_argument("--use", action="store_true", help="take them into use at once")
    learning.set_defaults(run=run_learn)
    verbs.add_parser("weights", help="list the versions there are, and which one judges").set_defaults(run=run_weights)
    using = verbs.add_parser("use", help=f"take a version into use; {SHIPPED.version} is what ships with Heard")
    using.add_argument("version")
    using.set_defaults(run=run_use)
    verbs.add_parser("match", help="hold everybody of whom something was said against everybody again").set_defaults(
        run=run_match
    )


def run_learn(options: argparse.Namespace) -> int:
    try:
        learnt = learn.learn(matching.profiles_of(learn.talkative(options.records)).values())
    except learn.CannotLearn as error:
        print(f"heard: {error} The weights stay as they are.")
        return 1
    version = learn.keep(learnt)
    print(f"Learnt {version} from {learnt.report['records']} records. Bits of each level, and what ships:")
    for field, levels in learnt.levels.items():
        told = ", ".join(f"{name} {level.base:+.1f} ({SHIPPED.levels[field][name].base:+.1f})" for name, level in levels.items())
        print(f"  {field}: {told}")
    if options.use:
        learn.use(version)
        print(f"{version} judges from now on. Back with: heard identity use {SHIPPED.version}")
    else:
        print(f"Nothing is changed. Take them into use with: heard identity use {version}")
    return 0


def run_weights(_: argparse.Namespace) -> None:
    rows = learn.versions()
    ships = "" if any(is_used for *_, is_used in rows) else ", judges"
    print(f"{SHIPPED.version}  ships with Heard{ships}")
    for version, learnt_at, records, is_used in rows:
        print(f"{version}  learnt {learnt_at:%Y-%m-%d %H:%M} from {records} records{', judges' if is_used else ''}")


def run_use(options: argparse.Namespace) -> int:
    try:
        learn.use(options.version)
    except learn.NoSuchWeights:
        print(f"heard: there are no weights {options.version!r}. See: heard identity weights")
        return 1
    print(f"{options.version} judges from now on. What was judged stays; judge it again with: heard identity match")
    return 0


def run_match(_: argparse.Namespace) -> None:
    everybody = sorted(learn.talkative(10**9))
    for start in range(0, len(everybody), BATCH):
        with bulk.one_writer():
            matching.match(everybody[start : start + BATCH])
    print(f"{len(everybody)} were held against everybody. Evidence that weighs something else now was renewed.")

"""How well and how fast voices are understood: one task at a time, on data that nobody here wrote.

    .venv/bin/python bench/understanding.py [--task NAME] [--data FILE] [--text-field F] [--label-field F]
                                            [--path default|semantic] [--train FILE ...] [--quick]

NAME is a module bench/tasks/task_NAME.py, whose docstring says what its figures mean; without one it is `path`, the whole way
of a voice through all assessors. FILE is JSON lines, plain or gzip, in the format of the public set that the task is named
after; a folder stands for the files of that set in it. HEARD_DATA is the folder of the sets that a task may learn from.

Nothing is stored and no database is needed. The last line is one JSON object:

task, path, n       what was measured, on how many rows                      model     what was judged
value, metrics      the headline, and all that goes with it, 0 to 1 unless `unit` says otherwise
same_as_default     with --path semantic: the extra is not used for this task, and the figures are those of the default path
rate                documents per CPU second through the path measured       goal      of the headline, for this path
"""

import argparse
import importlib
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import django
from report import say

HERE = Path(__file__).resolve().parent
QUICK = 2000
SEMANTIC = ("articles", "banking77", "clinc150", "topics")  # what heard[semantic] is used for; everything else is heard the same
sys.path.append(str(HERE / "tasks"))

from asked import Asked, rows_of  # noqa: E402  # beside this script, not in it


def main() -> None:
    given = _options().parse_args()
    with TemporaryDirectory() as home:
        os.environ |= {"HEARD_HOME": home, "DJANGO_SETTINGS_MODULE": "heard.project.settings"}
        django.setup()
        tell(given)


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--task", default="path", choices=sorted(f.stem[5:] for f in (HERE / "tasks").glob("task_*.py")))
    options.add_argument("--data", type=Path)
    options.add_argument("--text-field")
    options.add_argument("--label-field")
    options.add_argument("--path", default="default", choices=("default", "semantic"))
    options.add_argument("--train", type=Path, nargs="*", default=[])
    options.add_argument("--quick", action="store_true", help=f"the first {QUICK} rows of each set only")
    return options


def tell(given: argparse.Namespace) -> None:
    """Measure what is asked for, and print it."""
    task = importlib.import_module(f"task_{given.task}")
    is_file = given.data is not None and given.data.is_file()
    asked = Asked(
        rows=rows_of(given.data)[: QUICK if given.quick else None] if is_file else [],
        file=given.data,
        text_field=given.text_field,
        label_field=given.label_field,
        path=given.path,
        train=given.train,
        quick=given.quick,
        data=Path(os.environ.get("HEARD_DATA") or HERE.parents[1] / "shared" / "data"),
    )
    measured = task.measure(asked)
    if given.path == "semantic" and given.task not in SEMANTIC:
        measured.more["same_as_default"] = True
    say(
        "understanding",
        measured.value,
        getattr(task, "UNIT", "share"),
        goal=task.GOAL.get(given.path),
        baseline=measured.baseline,
        task=given.task,
        path=given.path,
        n=measured.n,
        metrics=measured.metrics,
        rate=round(measured.rate),
        model=measured.model,
        **measured.more,
    )


if __name__ == "__main__":
    main()

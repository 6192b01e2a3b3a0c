"""docs/performance.md from the figures: plain words, and tables that can be read on a phone."""

from collections.abc import Iterator
from pathlib import Path

from rows import MEMORY_GOAL_MB, ROWS, Figure, Row

SETS = Path("$HEARD_DATA")


def written(figures: dict[str, dict]) -> str:
    """The whole page. `figures` is what bench/all.py keeps: {row name: {"at", "seconds", "others", "line" or "failed"}}."""
    parts = [
        opening(figures),
        "## All at a glance\n\n" + goals_table(figures),
        "## Memory\n\n" + memory_table(figures),
        *(part(row, figures.get(row.name)) for row in ROWS),
        LIMITS,
    ]
    return "\n".join(f"{text.rstrip()}\n" for text in parts)


def opening(figures: dict[str, dict]) -> str:
    machines = sorted({line["machine"] for line in lines_of(figures) if "machine" in line})
    days = sorted({found["at"][:10] for found in figures.values()})
    when = f"from {days[0]} to {days[-1]}" if len(days) > 1 else f"on {days[0]}" if days else "at no time yet"
    minutes = round(sum(figures[row.name]["seconds"] for row in ROWS if row.name in figures and not row.asked) / 60)
    return OPENING.format(minutes=minutes or "thirty", machine="; ".join(machines) or "no machine", when=when)


OPENING = """# Performance

`make bench` measures everything on this page and writes it anew; it takes about {minutes} minutes and wants the machine for
itself. Rows that take longer still are measured only when they are named. The figures were taken {when}, on: {machine}.

The database server, the load generators and Heard share those cores. "Others" is how much of the machine was in use just
before a run began: what else was going on, and made the figure worse.

"Straightforward" is the same work done the obvious way (one post after another through the ORM, or a desk that many use),
run by the same script in the same minute; the ratio to it travels better to another machine than the figure does. The
scripts say in their first lines what each of their numbers means:

```sh
make bench                                            # everything
make bench ARGS="--only webhook,pages"                # some rows, the others stay
make bench ARGS=--quick                               # do all of them still run? their figures mean nothing
.venv/bin/python bench/ingest.py --preload 1000000    # one; its last line is JSON
```

The same figures for programs: [performance.json](performance.json). What they mean for a machine of yours:
[sizing](operate/sizing.md).
"""

LIMITS = """## What these figures do not say

- Nothing here cut the power: commits are synced to the disk, but how honest that disk is was not tested. Where a sync takes
  milliseconds, single webhooks and replies wait for it; the walk, which commits by the batch, hardly notices.
- The stream is made (see `bench/stream.py`): its mix is that of a brand on a social network, its texts are short and repeat.
  Real posts and support threads are in the replay above.
- The load generators run on the same cores. On a machine of its own, Heard does better.
- A figure taken while something else ran is too low; a run that was lucky is not repeated until it is.
"""


# ── At a glance ─────────────────────────────────────────────────────────────────────────────────────────────────────


def goals_table(figures: dict[str, dict]) -> str:
    lines = ["| what | goal | measured | | p50, p95, p99 | straightforward | others |", "|---|---|---|---|---|---|---|"]
    for row in ROWS:
        lines += goal_rows(row, figures.get(row.name))
    return "\n".join(lines) + "\n"


def goal_rows(row: Row, found: dict | None) -> Iterator[str]:
    what = f"[{row.what}](#{anchor(row)})"
    if found is None or "line" not in found:
        yield f"| {what} | | {'failed' if found else 'not measured yet'} | | | | |"
        return
    line = found["line"]
    for n, figure in enumerate(row.figures):
        value, goal = number_at(line, figure.key), goal_of(figure, line)
        cells = [
            f"{what}: {figure.label}" if n == 0 else f"… {figure.label}",
            "" if goal is None else f"{'≥' if figure.at_least else '≤'} {said(goal, unit_of(figure, line))}",
            "not measured" if value is None else f"**{said(value, unit_of(figure, line))}**",
            judgement(figure, value, goal),
            percentiles_of(line) if n == 0 else "",
            straightforward(line) if figure.key == "value" else "",
            in_percent(found["others"]) if n == 0 else "",
        ]
        yield f"| {' | '.join(cells)} |"


def judgement(figure: Figure, value: float | None, goal: float | None) -> str:
    return {True: "met", False: "not met", None: ""}[figure.met(value, goal)]


def percentiles_of(line: dict) -> str:
    names = ("p50", "p95", "p99")
    return ", ".join(said(line[name]) for name in names) + " ms" if set(names) <= line.keys() else ""


def straightforward(line: dict) -> str:
    if not line.get("baseline"):
        return ""
    ratio = f", {said(line['ratio'], '×')}" if line.get("ratio") else ""
    return said(line["baseline"], line.get("unit", "")) + ratio


def in_short(row: Row, found: dict) -> str:
    """One line for the terminal."""
    if "line" not in found:
        return f"failed after {found['seconds']} s: {found['failed']}"
    told = []
    for figure in row.figures:
        value, goal = number_at(found["line"], figure.key), goal_of(figure, found["line"])
        told.append(f"{figure.label} {said(value, unit_of(figure, found['line']))} {judgement(figure, value, goal)}".rstrip())
    return f"{'; '.join(told)} ({found['seconds']} s)"


# ── Memory ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def memory_table(figures: dict[str, dict]) -> str:
    rows = [(row, line) for row in ROWS if "rss_mb" in (line := line_of(figures, row))]
    lines = [
        f"Goal: at most {MEMORY_GOAL_MB} MB resident with a million interactions in the store. Counted are all processes of Heard",
        "together, pages they share once, and with them the part of a SQLite file that is mapped into memory (128 MB at most, which",
        "the system takes back when it wants to).",
        "",
        "| while measuring | at the end | at most | |",
        "|---|---|---|---|",
    ]
    for row, line in rows:
        most = max(n for n in (line.get("peak_rss_mb"), line["rss_mb"], 0) if n is not None)
        told = "met" if most <= MEMORY_GOAL_MB else "not met"
        lines.append(f"| {row.what} | {said(line['rss_mb'], 'MB')} | {said(most, 'MB')} | {told} |")
    return "\n".join(lines if rows else [*lines, "| nothing yet | | | |"]) + "\n"


# ── A part for each row ─────────────────────────────────────────────────────────────────────────────────────────────


def part(row: Row, found: dict | None) -> str:
    lines = [f"## {row.what}", "", row.holds, "", "```sh", ".venv/bin/python " + shell(row), "```", ""]
    if found is None:
        return "\n".join([*lines, "Not measured yet."])
    took = f"{found['at'].replace('T', ' ').replace('+00:00', ' UTC')}, {found['seconds']} s; others had {in_percent(found['others'])} of the machine"
    if "line" not in found:
        return "\n".join([*lines, f"Failed ({took}): {found['failed']}"])
    if pace := found["line"].get("pace_ms"):
        took += f"; a million additions in Python took {pace} ms there"
    if row.picture:
        lines += [f"![{row.what}]({row.picture})", ""]
    lines += [*(f"- {told}" for told in figures_in_words(row, found["line"])), ""]
    return "\n".join([*lines, f"Taken {took}.", "", *numbers(found["line"])])


def figures_in_words(row: Row, line: dict) -> Iterator[str]:
    for figure in row.figures:
        value, goal = number_at(line, figure.key), goal_of(figure, line)
        words = [f"{figure.label}: {said(value, unit_of(figure, line))}"]
        if goal is not None:
            words.append(f"the goal is {said(goal, unit_of(figure, line))}, {judgement(figure, value, goal) or 'not measured'}")
        if figure.key == "value" and straightforward(line):
            words.append(f"straightforward {straightforward(line)}")
        yield "; ".join(words)
    if told := percentiles_of(line):
        yield f"p50, p95, p99: {told}"


def shell(row: Row) -> str:
    return " ".join(f'"{word}"' if "$" in word else word for word in row.command(SETS, quick=False))


LEFT_OUT = {"bench", "machine", "pace_ms", "load", "unit", "goal"}  # said elsewhere on the page


def numbers(line: dict) -> list[str]:
    """Every other number of the line, for who wants to know more; the script says what they mean."""
    rows = [f"| `{key}` | {said(value, unit)} |" for key, value, unit in flat(line, line.get("unit", ""))]
    return ["<details><summary>Every number of this run</summary>", "", "| key | |", "|---|---|", *rows, "", "</details>"]


def flat(line: dict, unit: str, before: str = "") -> Iterator[tuple[str, object, str]]:
    for key, value in line.items():
        if key in LEFT_OUT or value is None or value == [] or value == {}:
            continue
        if isinstance(value, dict) and len(before.split(".")) < 3:
            yield from flat(value, "", f"{before}{key}.")
        else:
            yield f"{before}{key}", value, unit if key in ("value", "baseline") and not before else "×" if key == "ratio" else ""


# ── Words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def said(value: object, unit: str = "") -> str:
    """A number with thin thousands and no more digits than were measured; anything else in its own words."""
    if value is None:
        return "not measured"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    digits = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    number = f"{value:,.{digits}f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return f"{number}{'' if unit in ('×', '') else ' '}{unit}"


def in_percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def anchor(row: Row) -> str:
    """As GitHub makes one of a heading."""
    kept = "".join(c for c in row.what.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def number_at(line: dict, key: str) -> float | None:
    found: object = line
    for step in key.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, int | float) else None


def unit_of(figure: Figure, line: dict) -> str:
    return figure.unit if figure.unit is not None else line.get("unit", "")


def goal_of(figure: Figure, line: dict) -> float | None:
    return figure.goal if figure.goal is not None else line.get("goal") if figure.key == "value" else None


def line_of(figures: dict[str, dict], row: Row) -> dict:
    return figures.get(row.name, {}).get("line", {})


def lines_of(figures: dict[str, dict]) -> list[dict]:
    return [found["line"] for found in figures.values() if "line" in found]

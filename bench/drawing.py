"""Cost against the size of the store, drawn as SVG by hand: two panels, a logarithmic axis below, dark where the reader is dark."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 980, 340
PANEL, TOP, BOTTOM = 270, 60, 280  # width of a panel; y of its upper and lower edge
LEFTS = (56, 500)
LABEL_HEIGHT = 15
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-size: 14px; font-weight: 600 } .paper { fill: #fff }
.grid { stroke: #ddd; stroke-width: 1 } .line { fill: none; stroke-width: 2 } .other { stroke-dasharray: 5 4 }
.c0 { stroke: #1d4ed8 } .c1 { stroke: #b45309 } .c2 { stroke: #047857 } .dot { fill: #fff; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #d4d4d8 } .paper, .dot { fill: #18181b } .grid { stroke: #3f3f46 }
.c0 { stroke: #93c5fd } .c1 { stroke: #fbbf24 } .c2 { stroke: #6ee7b7 } }
"""


@dataclass(frozen=True)
class Line:
    """One curve. `colour` 0 to 2; `dashed` for the other database."""

    label: str
    points: Sequence[tuple[int, float]]  # (interactions in the store, cost), ascending
    colour: int = 0
    dashed: bool = False


@dataclass(frozen=True)
class Panel:
    title: str
    lines: Sequence[Line]


def svg(title: str, panels: Sequence[Panel]) -> str:
    """A picture with its own title and description, so that it also speaks to those who do not see it."""
    sizes = sorted({x for panel in panels for line in panel.lines for x, _ in line.points})
    body = "\n".join(part for left, panel in zip(LEFTS, panels, strict=False) for part in _panel(panel, left, sizes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title desc">\n'
        f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(in_words(panels))}</desc>\n'
        f'<style>{STYLE}</style>\n<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>\n{body}\n</svg>\n'
    )


def in_words(panels: Sequence[Panel]) -> str:
    told = []
    for panel in panels:
        for line in (line for line in panel.lines if line.points):
            (first, cost), (last, cost_then) = line.points[0], line.points[-1]
            told.append(
                f"{panel.title}, {line.label}: {cost:.3g} at {short(first)} interactions, {cost_then:.3g} at {short(last)}."
            )
    return " ".join(told)


def short(n: float) -> str:
    """10000 is 10 k, 3000000 is 3 M."""
    for size, letter in ((1_000_000, " M"), (1_000, " k")):
        if n >= size:
            return f"{n / size:g}{letter}"
    return f"{n:g}"


def _panel(panel: Panel, left: int, sizes: Sequence[int]) -> Iterator[str]:
    highest = _round_up(max((y for line in panel.lines for _, y in line.points), default=1))
    low, high = math.log(sizes[0]), math.log(max(sizes[-1], sizes[0] + 1))

    def x(size: float) -> float:
        return left + PANEL * (math.log(size) - low) / (high - low)

    def y(cost: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * cost / highest

    yield f'<text class="title" x="{left - 40}" y="{TOP - 28}">{escape(panel.title)}</text>'
    for step in range(5):
        cost = highest * step / 4
        yield f'<line class="grid" x1="{left}" x2="{left + PANEL}" y1="{y(cost):.1f}" y2="{y(cost):.1f}"/>'
        yield f'<text x="{left - 8}" y="{y(cost) + 4:.1f}" text-anchor="end">{cost:g}</text>'
    for size in sizes:
        yield f'<text x="{x(size):.1f}" y="{BOTTOM + 18}" text-anchor="middle">{short(size)}</text>'
    yield f'<text x="{left + PANEL / 2}" y="{BOTTOM + 40}" text-anchor="middle">interactions in the store</text>'
    for line in panel.lines:
        path = " ".join(f"{x(size):.1f},{y(cost):.1f}" for size, cost in line.points)
        yield f'<polyline class="line c{line.colour}{" other" if line.dashed else ""}" points="{path}"/>'
        for size, cost in line.points:
            yield f'<circle class="dot c{line.colour}" cx="{x(size):.1f}" cy="{y(cost):.1f}" r="3"/>'
    ends = [(line, y(line.points[-1][1])) for line in panel.lines if line.points]
    for (line, _), at in zip(sorted(ends, key=lambda end: end[1]), _apart(sorted(at for _, at in ends)), strict=True):
        yield f'<text x="{left + PANEL + 10}" y="{at + 4:.1f}">{escape(line.label)}</text>'


def _round_up(highest: float) -> float:
    """The next number whose quarters are round, so that the lines of the grid have round numbers."""
    power = 10 ** math.floor(math.log10(highest or 1))
    return next(step * power for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * power >= highest * 1.02)


def _apart(heights: Sequence[float]) -> list[float]:
    """Names of lines that end close together would cover each other."""
    placed: list[float] = []
    for at in heights:
        placed.append(max(at, placed[-1] + LABEL_HEIGHT) if placed else at)
    over = max(0.0, placed[-1] - BOTTOM) if placed else 0.0
    return [at - over for at in placed]

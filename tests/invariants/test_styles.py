"""The stylesheet holds only the class names that its build reads: a template it does not read loses its spacing silently."""

import glob
import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
CSS = ROOT / "frontend" / "css"


def test_the_stylesheet_is_made_from_every_template():
    read = {path for pattern in _sources() for path in glob.glob(str(CSS / pattern), recursive=True)}
    assert _templates() - {str(Path(path).resolve()) for path in read} == set()


def test_a_changed_template_makes_the_stylesheet_anew():
    watched = runpy.run_path(str(ROOT / "frontend" / "build.py"))["sources"]()
    assert _templates() - {str(path.resolve()) for path in watched} == set()


def _sources() -> list[str]:
    return re.findall(r'@source "([^"]+)"', (CSS / "app.css").read_text())


def _templates() -> set[str]:
    """HTML that a room of the house draws; what is packed elsewhere (a channel's fixtures) is no page."""
    rooms = ROOT / "src" / "heard"
    return {str(path) for folder in ("templates", "jinja2") for path in rooms.rglob(f"{folder}/**/*.html")}

"""Writes the parts of the docs that follow from the code; with --check it only says which are out of date.

docs/operate/settings.md   from heard.project.environment.SETTINGS
"""

import sys
from pathlib import Path

from heard.project.environment import SETTINGS

DOCS = Path(__file__).parent


def main() -> int:
    stale = [file for file, text in pages().items() if not file.exists() or file.read_text() != text]
    if "--check" in sys.argv:
        for file in stale:
            print(f"docs: {file.relative_to(DOCS.parent)} is out of date; run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for file in stale:
        file.write_text(pages()[file])
        print(f"docs: wrote {file.relative_to(DOCS.parent)}")
    return 0


def pages() -> dict[Path, str]:
    return {DOCS / "operate" / "settings.md": settings_page()}


def settings_page() -> str:
    rows = "".join(f"| `{s.name}` | {s.default or 'empty'} | {s.meaning} |\n" for s in SETTINGS)
    return (
        "# Settings\n\n"
        "Heard is set up by environment variables alone. All are checked at the start; a wrong one is named, with what was\n"
        "expected, and nothing is started. `heard doctor` prints the values in force.\n\n"
        "| variable | default | meaning |\n|---|---|---|\n" + rows
    )


if __name__ == "__main__":
    sys.exit(main())

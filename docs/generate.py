"""Writes the parts of the docs that follow from the code; with --check it only says which are out of date.

docs/operate/settings.md   from heard.project.environment.SETTINGS
docs/api/openapi.json      from the REST API itself
"""

import os
import sys
from io import StringIO
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
    return {DOCS / "operate" / "settings.md": settings_page(), DOCS / "api" / "openapi.json": api_page()}


def settings_page() -> str:
    rows = "".join(f"| `{s.name}` | {s.default or 'empty'} | {s.meaning} |\n" for s in SETTINGS)
    return (
        "# Settings\n\n"
        "Heard is set up by environment variables alone. All are checked at the start; a wrong one is named, with what was\n"
        "expected, and nothing is started. `heard doctor` prints the values in force.\n\n"
        "| variable | default | meaning |\n|---|---|---|\n" + rows
    )


def api_page() -> str:
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heard.project.settings")
    django.setup()
    printed = StringIO()
    call_command("describe_api", stdout=printed)
    return printed.getvalue()


if __name__ == "__main__":
    sys.exit(main())

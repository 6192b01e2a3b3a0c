"""What the docs say is true: every word to type exists, every link leads somewhere, every table is the code's own."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHANNELS = ROOT / "src" / "heard" / "listening" / "channels"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *CHANNELS.glob("*/channel.md")])
IDS = [str(page.relative_to(ROOT)) for page in PAGES]


def _code(page):
    """What a reader would type: fenced blocks and `inline code`."""
    text = page.read_text()
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL))


def _targets():
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def _project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_make_word_in_the_docs_exists(page):
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", _code(page)))
    assert named <= _targets()


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_heard_command_in_the_docs_exists(page):
    help_text = (ROOT / "src" / "heard" / "project" / "cli.py").read_text()
    commands = set(re.findall(r'_command\(commands, "(\w+)"', help_text))
    named = set(re.findall(r"(?:^|[`/\s$])heard ([a-z]+)\b", _code(page), flags=re.MULTILINE))
    assert named <= commands


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_link_inside_the_house_leads_somewhere(page):
    links = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", page.read_text())
    inside = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_script_in_the_docs_exists(page):
    named = set(re.findall(r"\b((?:bench|docs|frontend|tests/support)/[\w/]+\.py)\b", page.read_text()))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_file_of_ours_in_the_docs_exists(page):
    named = set(re.findall(r"`(src/heard/[\w/.]+|tests/[\w/]+\.py)`", page.read_text()))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_generated_pages_are_those_of_the_code():
    done = subprocess.run([sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_decision_is_in_the_list_and_numbered_without_a_gap():
    folder = ROOT / "docs" / "decisions"
    records = sorted(f.name for f in folder.glob("[0-9]*.md"))
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == records
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))


def test_every_channel_is_installed_and_described():
    no_channels = ("__pycache__", "tests", "google", "meta", "twilio")  # what several channels share
    folders = sorted(f.name for f in CHANNELS.iterdir() if f.is_dir() and f.name not in no_channels)
    installed = {place.split(".")[3] for place in _project()["entry-points"]["heard.channels"].values()}
    assert sorted(installed) == folders
    missing = [
        f"{name}/{needed}"
        for name in folders
        for needed in ("adapter.py", "channel.md")
        if not (CHANNELS / name / needed).exists()
    ]
    assert missing == []


def test_the_two_commands_stand_on_the_first_screen():
    first_screen = "\n".join((ROOT / "README.md").read_text().splitlines()[:40])
    assert "make demo" in first_screen
    assert "make test" in first_screen


def test_no_path_of_anybodys_machine_is_in_the_repository():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    text = {f: (ROOT / f).read_text(errors="ignore") for f in files if (ROOT / f).is_file()}
    private = [
        f"{path}/" for path in (ROOT, Path.home()) if path != Path("/")
    ]  # of whichever machine this runs on: whoever adds one meets it here first
    assert [f for f, words in text.items() if any(path in words for path in private)] == []


def test_every_change_since_a_release_has_a_place_in_the_changelog():
    assert re.search(
        rf"^## (Unreleased|{re.escape(_project()['version'])})", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE
    )

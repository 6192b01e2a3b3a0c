"""The page of docs that lies beside each adapter (channel.md), as safe HTML: what it is, how to connect it, and the rest."""

import inspect
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

from heard.listening.accounts import adapters
from heard.listening.safe_html import safe_html

SECTION = re.compile(r"^## ", re.MULTILINE)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*])")


@dataclass(frozen=True)
class Manual:
    """Each part empty where the page has none. `steps` is the section named Connect; `gist` the first sentence, in one line."""

    gist: str = ""
    about: str = ""
    steps: str = ""
    more: str = ""


@cache
def manual_of(kind: str) -> Manual:
    """Empty when the adapter is not installed or brought none."""
    adapter = adapters().get(kind)
    page = Path(inspect.getfile(type(adapter))).with_name("channel.md") if adapter else None
    return read(page.read_text()) if page and page.exists() else Manual()


def read(page: str) -> Manual:
    """`page` is Markdown: a title, a few words, and sections."""
    words, *sections = SECTION.split(page)
    about = re.sub(r"\A# .*\n", "", words).strip()
    connect = next((section for section in sections if section.startswith("Connect")), "")
    steps, fields = _without_table(connect.partition("\n")[2])
    rest = [f"## {section}" for section in sections if section is not connect]
    more = "\n".join([f"## Fields\n{fields}\n", *rest] if fields else rest)
    return Manual(gist=_gist(about), about=_html(about), steps=_html(steps), more=_html(more))


def _without_table(section: str) -> tuple[str, str]:
    """The words, and the table of fields: beside a form that names and explains each field, it would say all twice."""
    lines = section.splitlines()
    return (
        "\n".join(line for line in lines if not line.startswith("|")),
        "\n".join(line for line in lines if line.startswith("|")),
    )


def _gist(about: str) -> str:
    first = SENTENCE.split(about.partition("\n\n")[0].replace("\n", " "))[0]
    return safe_html(MarkdownIt("js-default").renderInline(first))


def _html(page: str) -> str:
    return safe_html(MarkdownIt("js-default").render(page)) if page.strip() else ""

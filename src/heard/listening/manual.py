"""The page of docs that lies beside each adapter (channel.md), as safe HTML."""

import inspect
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

from heard.listening.accounts import adapters
from heard.listening.safe_html import safe_html


@cache
def manual_of(kind: str) -> str:
    """Empty when the adapter is not installed or brought none."""
    adapter = adapters().get(kind)
    if adapter is None:
        return ""
    page = Path(inspect.getfile(type(adapter))).with_name("channel.md")
    return safe_html(MarkdownIt("js-default").render(page.read_text())) if page.exists() else ""

"""A page reduced to what it says: its title, where it stands, and its words without menus, margins and forms. Pure, linear in time."""

import re
from dataclasses import dataclass
from html import unescape

from heard.listening.channels.html_text import text_of_html

LONGEST = 50_000  # characters of an article that are kept
LEAST = 200  # characters below which a part of the page is not the article
_META = re.compile(r"<meta\s([^>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z:-]{1,30})\s*=\s*(?:"([^"]{0,2000})"|'([^']{0,2000})')""", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,1000})", re.IGNORECASE)
_HEAD = 200_000  # characters in which a page says what it is
_MARGINS = ("nav", "aside", "footer", "form", "header")
_BODIES = ("article", "main", "body")


@dataclass(frozen=True)
class Article:
    title: str
    site: str
    text: str


def article_of(html: str) -> Article:
    """Never fails. A page that says nothing has empty words."""
    said = _said_of_itself(html[:_HEAD])
    title = _TITLE.search(html[:_HEAD])
    words = _words(html) or said.get("og:description") or said.get("description", "")
    return Article(
        title=_line(said.get("og:title") or (title[1] if title else ""))[:300],
        site=_line(said.get("og:site_name", ""))[:120],
        text=words[:LONGEST].strip(),
    )


def _said_of_itself(head: str) -> dict[str, str]:
    """{name or property: content} of the meta elements, the first of each."""
    found: dict[str, str] = {}
    for meta in _META.finditer(head):
        given = {name.lower(): double or single for name, double, single in _ATTRIBUTE.findall(meta[1])}
        name = (given.get("property") or given.get("name", "")).lower()
        found.setdefault(name, unescape(given.get("content", "")))
    return found


def _words(html: str) -> str:
    """Of the innermost part of the page that has enough of them."""
    words = ""
    for name in _BODIES:
        part = _part(html, name)
        words = text_of_html(_without_margins(part)) if part else ""
        if len(words) >= LEAST:
            return words
    return words or text_of_html(_without_margins(html))


def _part(html: str, name: str) -> str:
    """From the first beginning to the last end of an element; empty where there is none."""
    lower = html.lower()
    begin, end = lower.find(f"<{name}"), lower.rfind(f"</{name}")
    return html[begin:end] if 0 <= begin < end else html[begin:] if begin >= 0 else ""


def _without_margins(html: str) -> str:
    for name in _MARGINS:
        kept, place, lower = [], 0, html.lower()
        while (begin := lower.find(f"<{name}", place)) >= 0:
            if lower[begin + len(name) + 1 : begin + len(name) + 2].isalnum():  # <header> is not <head>, nor <navigation>
                kept.append(html[place : begin + 1])
                place = begin + 1
                continue
            kept.append(html[place:begin])
            end = lower.find(f"</{name}", begin)
            if end < 0:
                place = begin  # never closed: the rest is the page
                break
            place = end + len(name) + 3
        html = "".join(kept) + html[place:]
    return html


def _line(words: str) -> str:
    return " ".join(unescape(words).split())

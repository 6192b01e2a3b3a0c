"""HTML of a network as the plain words its author wrote: paragraphs kept, links written out, mentions as shown."""

import re
from html.parser import HTMLParser

BLOCKS = {"p", "div", "ul", "ol", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
UNSEEN = {"script", "style", "template"}


def plain(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return _tidy("".join(reader.pieces) + reader.finish_link())


class _Reader(HTMLParser):
    """Mastodon cuts a link into three spans (invisible, ellipsis, invisible): the whole address is in href."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._href = ""
        self._label: list[str] | None = None  # words of the link we are in
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in UNSEEN:
            self._unseen += 1
        elif tag == "a":
            self.pieces.append(self.finish_link())
            self._href, self._label = _address(given), []
        elif tag == "br":
            self._say("\n")
        elif tag == "li":
            self._say("\n- ")
        elif tag in BLOCKS:
            self._say("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "a":
            self.pieces.append(self.finish_link())
        elif tag in BLOCKS:
            self._say("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._say(re.sub(r"[ \t\r\n\f]+", " ", data))

    def _say(self, words: str) -> None:
        (self.pieces if self._label is None else self._label).append(words)

    def finish_link(self) -> str:
        if self._label is None:
            return ""
        label, href = "".join(self._label), self._href
        self._label, self._href = None, ""
        if not href or label.strip() == href:
            return label
        shown = label.strip().rstrip("…")
        return href if not shown or shown in href else f"{label} ({href})"


def _address(given: dict[str, str | None]) -> str:
    """Where a link leads; empty for mentions and hashtags, which read as they are shown."""
    classes = (given.get("class") or "").split()
    href = (given.get("href") or "").strip()
    if "mention" in classes or "hashtag" in classes or given.get("rel") == "tag":
        return ""
    return href if href.startswith(("https://", "http://", "mailto:")) else ""


def _tidy(text: str) -> str:
    lines = [line.strip(" ") for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

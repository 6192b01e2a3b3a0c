"""HTML of a mail or a page to plain text with lines and quote marks, in time linear to its length, however it was made.

No tree is built: tags go by once. Block quotes come out as lines that start with ">" and rules as Outlook's line of
underscores, so that the text and the HTML of a mail are cut by the same rules (quotes.py).
"""

import re
from html import unescape

LONGEST_HTML = 2_000_000  # characters; the rest of a longer one is text nobody reads
RULE = "_" * 32  # how Outlook's plain text draws the line above the old mail
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_PARAGRAPHS = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote"])
_CELLS = frozenset(("td", "th"))
_SILENT = frozenset(
    ["script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg", "math", "select", "textarea"]
)
_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9:._-]{0,40})")
_ALT = re.compile(r"""(?:^|\s)alt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_BLANKS = re.compile(r"[ \t\r\n\f\u00a0]+")
_INVISIBLE = re.compile(r"[\u200b\u200c\u2060\ufeff\u00ad\u034f]")
_OUTLOOK_RULE = re.compile(r"border:\s*none;\s*border-top:\s*solid\s+#?\w+\s+1\.0pt", re.I)
_INDENT = re.compile(r"border:\s*none|margin:\s*0(?:px)? 0(?:px)? 0(?:px)? 40px", re.I)  # Gmail's "indent more" is no quote
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.I)


def text_of_html(html: str) -> str:
    """Never fails; see the module's docstring for what quotes and rules become."""
    page = _Page()
    reader = _Reader(html[:LONGEST_HTML], page)
    while reader.step():
        pass
    page.end_line()
    return "\n".join(page.lines).strip("\n")


class _Page:
    """The text so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes: list[bool] = []  # the block quotes around the place where we are; False for mere indents
        self.depth = 0
        self.preformatted = 0
        self.blank_due = False

    def add(self, text: str) -> None:
        if "&" in text:
            text = unescape(text)
        text = _INVISIBLE.sub("", text)
        if not self.preformatted or "\n" not in text:
            self.line.append(text)
            return
        first, *others = text.split("\n")
        self.line.append(first)
        for line in others:
            self._write("".join(self.line).rstrip())
            self.line = [line]

    def end_line(self, *, blank: bool = False) -> None:
        text = "".join(self.line)
        self.line.clear()
        text = text.rstrip() if self.preformatted else _BLANKS.sub(" ", text).strip()
        if text:
            self._write(text)
        if blank and self.lines:
            self.blank_due = True

    def line_break(self) -> None:
        if any(piece.strip() for piece in self.line):
            self.end_line()
        else:
            self.end_line(blank=True)

    def rule(self) -> None:
        self.end_line()
        self._write(RULE)

    def quote(self, is_quote: bool) -> None:
        self.quotes.append(is_quote)
        self.depth += is_quote

    def unquote(self) -> None:
        if self.quotes:
            self.depth -= self.quotes.pop()

    def _write(self, text: str) -> None:
        marks = "> " * min(self.depth, 20)
        if self.blank_due:
            inside = marks and self.lines and self.lines[-1].startswith(">")
            self.lines.append(marks.rstrip() if inside else "")
            self.blank_due = False
        self.lines.append(marks + text if text else marks.rstrip())


class _Reader:
    """Goes over the HTML once, from "<" to "<"."""

    def __init__(self, html: str, page: _Page) -> None:
        self.html = html
        self.page = page
        self.position = 0
        self.never_closed: set[str] = set()  # silent elements whose end was looked for in vain: looked for once

    def step(self) -> bool:
        html = self.html
        start = html.find("<", self.position)
        if start < 0:
            self.page.add(html[self.position :])
            return False
        if start > self.position:
            self.page.add(html[self.position : start])
        match = _TAG.match(html, start + 1)
        if match:
            self._tag(match[2].lower(), match[1] == "/", match.end())
        elif html.startswith("<!--", start):
            self.position = self._after("-->", start + 4)
        elif html.startswith(("!", "?", "/"), start + 1):
            self.position = self._after(">", start + 1)
        else:
            self.page.add("<")
            self.position = start + 1
        return self.position < len(html)

    def _tag(self, name: str, closing: bool, position: int) -> None:
        end = self._end_of_tag(position)
        attributes = self.html[position : min(end, position + 2000)]
        self.position = end + 1
        if name in _SILENT:
            if not closing and not attributes.endswith("/"):
                self._skip_silent(name)
        elif name == "br":
            self.page.line_break()
        elif name == "hr":
            self.page.rule()
        elif name == "img":
            self._image(attributes)
        elif name in _BLOCKS:
            self._block(name, closing, attributes)
        if not closing and "none" in attributes and _HIDDEN.search(attributes):
            self._skip_hidden(name)

    def _block(self, name: str, closing: bool, attributes: str) -> None:
        page = self.page
        if name in _CELLS:
            page.line.append(" ")  # the cells of a row are one line, as a person would read them out
            return
        page.end_line(blank=name in _PARAGRAPHS)
        if name == "blockquote":
            page.unquote() if closing else page.quote(not _INDENT.search(attributes))
        elif name == "pre":
            page.preformatted = max(0, page.preformatted + (-1 if closing else 1))
        elif closing:
            return
        elif name == "li":
            page.line.append("- ")
        elif name in ("div", "table") and "border-top" in attributes and _OUTLOOK_RULE.search(attributes):
            page.rule()

    def _image(self, attributes: str) -> None:
        match = _ALT.search(attributes)
        alt = (match[1] or match[2] or match[3] or "").strip() if match else ""
        if alt and len(alt) < 200:
            self.page.add(f" {alt} ")

    def _skip_hidden(self, name: str) -> None:
        """Preview text of newsletters: plain words in one hidden element."""
        end = self.html.find("<", self.position)
        if end > 0 and self.html.startswith(f"</{name}", end):
            self.position = end

    def _skip_silent(self, name: str) -> None:
        """Go behind the end of a script, a style sheet and the like; a head also ends where the body begins."""
        if name in self.never_closed:
            return
        pattern = rf"</{name}\s*>|(?=<body)" if name == "head" else rf"</{name}\s*>"
        match = re.compile(pattern, re.I).search(self.html, self.position)
        if match:
            self.position = match.end()
        elif name in ("script", "style"):
            self.position = len(self.html)
        else:
            self.never_closed.add(name)

    def _after(self, mark: str, position: int) -> int:
        found = self.html.find(mark, position)
        return len(self.html) if found < 0 else found + len(mark)

    def _end_of_tag(self, position: int) -> int:
        """Index of the ">" that ends a tag, stepping over quoted values of a sane length."""
        html = self.html
        end = html.find(">", position)
        if end < 0:
            return len(html)
        for _ in range(8):
            if html.count('"', position, end) % 2 == 0:
                return end
            quote = html.find('"', end, end + 4000)
            later = html.find(">", quote) if quote >= 0 else -1
            if later < 0:
                return end
            end = later
        return end

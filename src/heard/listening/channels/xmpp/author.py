"""Who a stanza is by, from its first tag alone."""

import re

from heard.listening.channels.contract import RawEvent

_TAG = re.compile(rb"""\s*<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(rb"""([^\s=<>"']+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def author_key(raw: RawEvent) -> str:
    """Their address where the room shows it, else the sender's without its resource: a whole room keeps one order."""
    known = raw.headers.get("author", "")
    if known:
        return known.lower()
    first = _TAG.match(raw.body)
    given = {name: one or other for name, one, other in _ATTRIBUTE.findall(first[0])} if first else {}
    return given.get(b"from", b"").decode("utf-8", "replace").partition("/")[0].lower()

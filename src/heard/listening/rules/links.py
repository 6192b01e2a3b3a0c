"""The links in what somebody wrote, as they would be read: which are worth fetching, and one way to write each."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

MOST = 3  # of one voice
LONGEST = 1000
_LINK = re.compile(r"https?://[^\s<>\"'`|\\^{}]{4,1000}", re.IGNORECASE)
_BEHIND = ".,;:!?…»”’*_~"  # what ends a sentence and not an address
_NO_ARTICLE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|mp[34]|mov|avi|zip|gz|exe|dmg|pdf|docx?|xlsx?|pptx?|apk|ics|css|js)$", re.I
)
_TRACKING = re.compile(r"^(?:utm_\w+|fbclid|gclid|msclkid|mc_[ce]id|igshid|ref_src)$", re.I)


def links_of(text: str, *, not_to: str = "") -> list[str]:
    """At most three, in their order, each once. `not_to` is the host that is our own."""
    found = dict.fromkeys(link for match in _LINK.finditer(text) if (link := tidy(match.group())))
    return [link for link in found if urlsplit(link).hostname != not_to][:MOST]


def tidy(written: str) -> str:
    """The address without fragment and tracking; empty for what is no page of words."""
    bare = written.rstrip(_BEHIND)
    while bare.endswith(")") and bare.count("(") < bare.count(")"):
        bare = bare[:-1].rstrip(_BEHIND)
    try:
        parts = urlsplit(bare)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host or "." not in host.strip("[]") and ":" not in host or parts.username or _NO_ARTICLE.search(parts.path):
        return ""
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)])
    place = f"[{host}]" if ":" in host else host
    address = urlunsplit((parts.scheme.lower(), place + (f":{port}" if port else ""), parts.path or "/", query, ""))
    return address if len(address) <= LONGEST else ""

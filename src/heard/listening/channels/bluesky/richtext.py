"""Words and what stretches of them stand for, both ways. Pure.

Bluesky keeps plain words and beside them facets: mentions, links and hashtags, each with the place where it stands, counted in
bytes of UTF-8. An app shows "example.org/lo…" and the facet has the whole address. https://docs.bsky.app/docs/advanced-guides/post-richtext
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

from heard.listening.channels.bluesky.payloads import Feature, Post
from heard.listening.channels.lengths import length_of

FACET = "app.bsky.richtext.facet"
LONGEST_TAG = 64  # graphemes: lexicon app.bsky.richtext.facet
PAGES = "https://bsky.app"
_HANDLE = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
HANDLE = re.compile(_HANDLE)
_FOUND = re.compile(
    rf"(?P<link>https?://[^\s<>\"]+)|(?<![\w@./])@(?P<handle>{_HANDLE})(?![\w@])|(?<![\w#/&])[#\uff03](?P<tag>\w+)"
)
_AFTER_LINKS = ".,;:!?'\"…»”’"


class Piece(NamedTuple):
    """A stretch of the words. A plain one stands for nothing: `feature` is None."""

    text: str
    feature: Feature | None = None


# ── As it was written ───────────────────────────────────────────────────────────────────────────────────────────────


def pieces_of(post: Post) -> list[Piece]:
    """The words cut where facets begin and end. A facet that lies outside, over another, or within a letter is left out."""
    words = post.text.encode()
    pieces: list[Piece] = []
    done = 0
    for facet in sorted(post.facets or [], key=lambda facet: facet.index.byteStart):
        start, end = facet.index.byteStart, facet.index.byteEnd
        if (
            not facet.features
            or not done <= start < end <= len(words)
            or _within_letter(words, start)
            or _within_letter(words, end)
        ):
            continue
        pieces += [Piece(words[done:start].decode()), Piece(words[start:end].decode(), facet.features[0])]
        done = end
    return [piece for piece in [*pieces, Piece(words[done:].decode())] if piece.text]


def _within_letter(words: bytes, place: int) -> bool:
    return place < len(words) and words[place] & 0xC0 == 0x80


def plain_of(pieces: Iterable[Piece]) -> str:
    """As a person reads it, with each link written out: what is clicked must not differ from what is read."""
    return "".join(_written_out(piece) for piece in pieces)


def _written_out(piece: Piece) -> str:
    target = piece.feature.uri if piece.feature else ""
    shown = re.sub(r"^https?://", "", piece.text.strip()).rstrip("….")
    if not target or piece.text.strip() == target:
        return piece.text
    return target if shown and re.sub(r"^https?://", "", target).startswith(shown) else f"{piece.text} ({target})"


def html_of(pieces: Iterable[Piece]) -> str:
    inner = "".join(_as_html(piece) for piece in pieces)
    return f"<p>{inner.replace(chr(10), '<br>')}</p>" if inner else ""


def _as_html(piece: Piece) -> str:
    target = _target(piece.feature) if piece.feature else ""
    return f'<a href="{escape(target)}">{escape(piece.text)}</a>' if target else escape(piece.text)


def _target(feature: Feature) -> str:
    if feature.uri.startswith(("https://", "http://")):
        return feature.uri
    if feature.did.startswith("did:"):
        return f"{PAGES}/profile/{feature.did}"
    return f"{PAGES}/hashtag/{feature.tag}" if feature.tag else ""


def mentions_in(pieces: Iterable[Piece]) -> dict[str, str]:
    """DID of everybody who is named, with the words that name them."""
    return {piece.feature.did: piece.text for piece in pieces if piece.feature and piece.feature.did}


def tags_in(post: Post, pieces: Iterable[Piece]) -> list[str]:
    """Hashtags in the words, and those that an app put beside them."""
    return list(dict.fromkeys([*(p.feature.tag for p in pieces if p.feature and p.feature.tag), *(post.tags or [])]))


# ── As we write it ──────────────────────────────────────────────────────────────────────────────────────────────────


def handles_in(text: str) -> list[str]:
    """Everybody whom the words may name, once each, in lower case. Whether there is such an account, the network knows."""
    return list(dict.fromkeys(found["handle"].lower() for found in _FOUND.finditer(text) if found["handle"]))


def facets_of(text: str, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Facets for our words. `dids` has the DID of each handle that is an account; the others stay plain words."""
    return [facet_of(text, start, end, feature) for start, end, feature in _features(text, dids)]


def _features(text: str, dids: Mapping[str, str]) -> Iterator[tuple[int, int, dict[str, str]]]:
    """Start and end in characters."""
    for found in _FOUND.finditer(text):
        if found["link"]:
            link = _link(found["link"])
            yield found.start(), found.start() + len(link), {"$type": f"{FACET}#link", "uri": link}
        elif found["handle"] and found["handle"].lower() in dids:
            yield *found.span(), {"$type": f"{FACET}#mention", "did": dids[found["handle"].lower()]}
        elif found["tag"] and not found["tag"].isdigit() and length_of(found["tag"], "graphemes") <= LONGEST_TAG:
            yield *found.span(), {"$type": f"{FACET}#tag", "tag": found["tag"]}


def _link(found: str) -> str:
    """Without the punctuation of the sentence around it."""
    link = found.rstrip(_AFTER_LINKS)
    return link[:-1].rstrip(_AFTER_LINKS) if link.endswith(")") and "(" not in link else link


def facet_of(text: str, start: int, end: int, feature: dict[str, str]) -> dict[str, Any]:
    begins = len(text[:start].encode())
    return {"index": {"byteStart": begins, "byteEnd": begins + len(text[start:end].encode())}, "features": [feature]}

"""The firehose: every commit of a server or of the whole network, and which few of them concern us.

A frame is two values of DAG-CBOR, and the records of a commit lie in it as they were written. So a frame is searched as bytes for
our DID, our words and the posts we watch; only one that has any of them is decoded. Most frames cost some microseconds.
https://atproto.com/specs/event-stream
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from heard.listening.channels.bluesky.cbor import blocks_of, decoded
from heard.listening.channels.bluesky.uris import POST, Place
from heard.listening.channels.contract import CursorLost, Retryable
from heard.listening.rules.matcher import Matcher

SUBSCRIBE = "/xrpc/com.atproto.sync.subscribeRepos"
_ERROR = b"\xa1bop\x20"  # the header {"op": -1}
_POST = POST.encode()


class Sighting(NamedTuple):
    """What a frame has for us."""

    seq: int
    about_us: bool = False  # something in it names our account: there will be a notification
    posts: tuple[tuple[str, str], ...] = ()  # address, and the monitor that it matches
    gone: tuple[str, ...] = ()  # addresses of watched posts


class Sieve:
    """Built anew when our words or the watched posts change. Safe to share between threads."""

    def __init__(self, did: str, monitors: Sequence[str], watched: Iterable[str]) -> None:
        self._did = did.encode()
        self._monitors = list(monitors)
        self._watched = frozenset(watched)
        self._matcher = Matcher([kind_of(monitor) for monitor in monitors])
        needles = {form for monitor in monitors for form in spellings(monitor)}
        needles |= {uri.rpartition("/")[2].encode() for uri in self._watched}
        self._search = BytesAhoCorasick(sorted(needles), implementation=Implementation.DFA) if needles else None

    def may_concern_us(self, frame: bytes) -> bool:
        """Never False for what does, but for words in an unusual spelling, which the search brings a minute later."""
        if self._did in frame:
            return True
        return self._search is not None and _POST in frame and bool(self._search.find_matches_as_indexes(frame.lower()))

    def sighting(self, frame: bytes) -> Sighting:
        """Raises ValueError for a frame that is damaged."""
        kind, body = opened(frame)
        seq = seq_of(body)
        if kind != "#commit" or not isinstance(body.get("repo"), str):
            return Sighting(seq=seq)
        operations = [operation for operation in body.get("ops") or [] if isinstance(operation, dict)]
        return Sighting(
            seq=seq,
            about_us=self._did in frame,
            posts=tuple(self._matching(body, operations)),
            gone=tuple(uri for uri in deleted(body["repo"], operations) if uri in self._watched),
        )

    def _matching(self, body: dict[str, Any], operations: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
        written = list(created_posts(body, operations)) if self._monitors else []
        for (uri, _), hits in zip(written, self._matcher.match([text for _, text in written]), strict=True):
            if hits:
                yield uri, self._monitors[hits[0]]


def opened(frame: bytes) -> tuple[str, dict[str, Any]]:
    """What kind of event, and the event. Raises ValueError, and for an error of the server CursorLost or Retryable."""
    header, start = decoded(frame)
    body, _ = decoded(frame, start)
    if not isinstance(header, dict) or not isinstance(body, dict):
        raise ValueError("not a frame of an event stream")
    if frame.startswith(_ERROR):
        raise refusal(body)
    return str(header.get("t") or ""), body


def refusal(body: dict[str, Any]) -> CursorLost | Retryable:
    error = str(body.get("error") or "no word why")[:100]
    if error == "FutureCursor":
        return CursorLost("the firehose begins anew: it does not know our place", resync={})
    return Retryable(f"the firehose ended: {error}")


def is_error(frame: bytes) -> bool:
    return frame.startswith(_ERROR)


def seq_of(body: dict[str, Any]) -> int:
    seq = body.get("seq")
    return seq if isinstance(seq, int) else 0


def deleted(repo: str, operations: list[dict[str, Any]]) -> Iterator[str]:
    for operation in operations:
        collection, _, rkey = str(operation.get("path")).partition("/")
        if operation.get("action") == "delete" and collection == POST:
            yield Place(repo, POST, rkey).uri


def created_posts(body: dict[str, Any], operations: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Address and words of each post in a commit."""
    archive = body.get("blocks")
    blocks = blocks_of(archive) if isinstance(archive, bytes) else {}
    for operation in operations:
        collection, _, rkey = str(operation.get("path")).partition("/")
        block = blocks.get(str(operation.get("cid")))
        if operation.get("action") == "create" and collection == POST and block is not None:
            yield Place(body["repo"], POST, rkey).uri, words_of_record(decoded(block)[0])


def words_of_record(record: Any) -> str:
    """What a monitor looks at: the words, and the hashtags beside them."""
    if not isinstance(record, dict):
        return ""
    tags = [f"#{tag}" for tag in record.get("tags") or [] if isinstance(tag, str)]
    return " ".join([str(record.get("text") or ""), *tags])


def kind_of(monitor: str) -> tuple[str, str]:
    return ("hashtag", monitor.lstrip("#")) if monitor.startswith("#") else ("keyword", monitor)


def spellings(monitor: str) -> set[bytes]:
    """As bytes that `bytes.lower` has seen, which only knows ASCII: so other letters are looked for large and small."""
    word = monitor.lstrip("#")
    return {form.encode().lower() for form in (word.lower(), word.upper(), word.title(), word) if form}

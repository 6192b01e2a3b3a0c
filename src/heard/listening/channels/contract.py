"""What a channel adapter is: framework-free, sans-I/O where possible, found by the entry point group `heard.channels`.

An adapter never stores anything and never decides anything about a customer. It turns raw bytes into events
(`normalise`, pure), words into parts (`render`, pure), and talks to its network through the context it is given.
Everything else reads `capabilities` and never the kind. docs/how-to/add-a-channel.md walks through a new one.

Events are in events.py and errors in errors.py; both may be imported from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol

import msgspec
from msgspec import Struct, field

from heard.kernel.addresses import is_public
from heard.listening.channels.errors import Ambiguous as Ambiguous
from heard.listening.channels.errors import AuthExpired as AuthExpired
from heard.listening.channels.errors import BadSignature as BadSignature
from heard.listening.channels.errors import ChannelError as ChannelError
from heard.listening.channels.errors import CursorLost as CursorLost
from heard.listening.channels.errors import Gone as Gone
from heard.listening.channels.errors import NotFound as NotFound
from heard.listening.channels.errors import RateLimited as RateLimited
from heard.listening.channels.errors import Rejected as Rejected
from heard.listening.channels.errors import Retryable as Retryable
from heard.listening.channels.events import JSON as JSON
from heard.listening.channels.events import Author as Author
from heard.listening.channels.events import Edited as Edited
from heard.listening.channels.events import Event as Event
from heard.listening.channels.events import File as File
from heard.listening.channels.events import ReachedUntil as ReachedUntil
from heard.listening.channels.events import Reacted as Reacted
from heard.listening.channels.events import Said as Said
from heard.listening.channels.events import StatusChanged as StatusChanged
from heard.listening.channels.events import Unknown as Unknown
from heard.listening.channels.events import Visibility as Visibility
from heard.listening.channels.events import Withdrawn as Withdrawn

# ── Capabilities ────────────────────────────────────────────────────────────────────────────────────────────────────

LengthUnit = Literal["characters", "graphemes", "utf16", "bytes", "sms_segments", "weighted"]  # see channels/lengths.py


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a network lets us do. `None` for a length means no limit that anyone would meet."""

    inbound: tuple[Literal["poll", "stream", "webhook", "upload", "form"], ...] = ()
    outbound: bool = False
    visibilities: tuple[Visibility, ...] = ("private",)
    threading: Literal["none", "flat", "tree", "subject", "call"] = "none"
    text_format: Literal["plain", "markdown", "html"] = "plain"
    max_length: int | None = None
    length_unit: LengthUnit = "characters"
    overflow: Literal["reject", "split"] = "reject"
    subject: bool = False
    attachments: bool = False
    max_attachment_bytes: int = 0
    edit: bool = False
    delete: bool = False
    edit_where: tuple[Visibility, ...] = ("public", "followers", "private")  # what we said to whom can be edited; likewise:
    delete_where: tuple[Visibility, ...] = ("public", "followers", "private")
    delete_within_seconds: int | None = None  # how long after it was sent; None: for ever
    hide: bool = False  # what others wrote under our words, from everybody but them
    reactions: bool = False
    delivery_status: bool = False
    idempotent_send: Literal["native", "client_id", "none"] = "none"
    can_reconcile: bool = False
    who_may_initiate: Literal["any", "only_reply", "nobody"] = "only_reply"
    private_reply: bool = False  # who spoke to us in public may be answered in private, although they never wrote to us there
    reply_window_seconds: int | None = None  # how long after their last words we may write freely; None: for ever
    templates: bool = False  # after that, only words that the network approved beforehand: `Outgoing.template`
    opt_out: bool = False  # one word of theirs and nothing more goes to them; `Said.extra["consent"]` is "withdrawn" or "given"
    address_kind: Literal["email", "phone", "handle", "visitor", "opaque"] = "opaque"
    requests_per_minute: int = 60
    silent_after_seconds: int | None = None  # no success for so long is an alarm; None where nobody can tell
    poll_every_seconds: int = 60


class ConfigField(Struct, frozen=True, kw_only=True):
    """One thing an administrator fills in to connect an account. Secret ones are stored encrypted and never shown again."""

    name: str
    label: str
    help: str = ""
    kind: Literal["text", "url", "number", "boolean", "choice", "list"] = "text"
    choices: tuple[str, ...] = ()
    required: bool = True
    secret: bool = False
    default: str = ""


# ── What adapters are given ─────────────────────────────────────────────────────────────────────────────────────────


class Account(Struct, frozen=True, kw_only=True):
    """A connected account as an adapter sees it."""

    id: int
    kind: str
    name: str
    address: str  # own mailbox, handle or number on that network
    config: JSON = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Without its secrets: it ends up in tracebacks and logs, alone or within a Context."""
        return f"Account(id={self.id}, kind={self.kind!r}, name={self.name!r}, address={self.address!r}, config={self.config!r})"


def _forget(secrets: dict[str, str]) -> None:
    """Where nothing is stored, as in a test of an adapter alone."""


class Context(Struct, frozen=True, kw_only=True):
    """Everything an adapter may use of the world. `http` is a guarded httpx client (see kernel/http.py)."""

    account: Account
    http: Any
    now: Callable[[], datetime]
    stopping: Callable[[], bool] = lambda: False  # a stream returns soon after this turns true
    permits: Callable[[str], bool] = is_public  # may we connect to this numeric address? for what is not HTTP
    keep: Callable[[dict[str, str]], None] = _forget  # store secrets that the network renewed, beside the others
    hook_url: str = ""  # where the network calls us for this account, as the outside sees it


class RawEvent(Struct, frozen=True, kw_only=True):
    """One delivery exactly as it arrived. `key` is the network's delivery id, else a hash: equal keys are one delivery."""

    key: str
    body: bytes
    content_type: str = "application/octet-stream"
    headers: dict[str, str] = field(default_factory=dict)
    received_at: datetime | None = None


class PullPage(Struct, frozen=True, kw_only=True):
    """Deliveries and the place to go on from; both are committed together. An empty page is a sign of life."""

    deliveries: list[RawEvent] = field(default_factory=list)
    cursor: JSON | None = None  # None: unchanged
    has_more: bool = False
    retry_after_seconds: float | None = None


# ── Going out ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Template(Struct, frozen=True, kw_only=True):
    """Words that a network approved beforehand, with what stands in their gaps, in order."""

    name: str
    language: str
    text: str = ""  # with {{1}}, {{2}}, ... where something goes in
    values: tuple[str, ...] = ()


class Outgoing(Struct, frozen=True, kw_only=True):
    """What a member wants to say, before a channel shapes it."""

    text: str
    to: Author
    visibility: Visibility = "private"
    subject: str = ""
    in_reply_to: str = ""  # external_id of the message answered
    thread_ref: str = ""
    references: tuple[str, ...] = ()
    from_name: str = ""
    attachments: tuple[File, ...] = ()
    template: Template | None = None  # instead of free words, which `text` shows as they will be read
    automatic: bool = False  # no person wrote it just now


class Part(Struct, frozen=True, kw_only=True):
    """One message as the network takes it. `number` counts from 1 of `total`; part 2 answers part 1, and so on."""

    text: str
    to: Author
    number: int = 1
    total: int = 1
    html: str = ""
    subject: str = ""
    visibility: Visibility = "private"
    in_reply_to: str = ""
    thread_ref: str = ""
    references: tuple[str, ...] = ()
    from_name: str = ""
    attachments: tuple[File, ...] = ()
    template: Template | None = None
    automatic: bool = False


class Sent(Struct, frozen=True, kw_only=True):
    """The network took it."""

    external_id: str
    permalink: str = ""
    thread_ref: str = ""
    sent_at: datetime | None = None


class Health(Struct, frozen=True, kw_only=True):
    """Answer of the test button: what works, what does not, in words an administrator can act on."""

    ok: bool
    message: str
    details: dict[str, str] = field(default_factory=dict)
    scopes: dict[str, bool] = field(default_factory=dict)  # what we asked to be allowed, and whether we are


class Request(Struct, frozen=True, kw_only=True):
    """An inbound HTTP request, bytes untouched. Header names are lower case."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    remote: str = ""
    url: str = ""  # as the network called it, by our own configuration and never by a header; some sign it
    below: str = ""  # of the path, what follows our address for this account


class Response(Struct, frozen=True, kw_only=True):
    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


# ── The adapter ─────────────────────────────────────────────────────────────────────────────────────────────────────


class ChannelAdapter(Protocol):
    """Subclass `BaseAdapter`; implement what `capabilities` declares. The conformance suite holds you to it."""

    kind: ClassVar[str]
    label: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    config_fields: ClassVar[tuple[ConfigField, ...]]
    texts_are_storable: ClassVar[bool]
    scope_words: ClassVar[Mapping[str, str]]
    hook_calls: ClassVar[Mapping[str, str]]

    def problems(self, config: JSON) -> dict[str, str]: ...
    def in_words(self, account: Account) -> list[tuple[str, str]]: ...
    def check(self, ctx: Context) -> Health: ...
    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage: ...
    def stream(self, ctx: Context, cursor: JSON) -> Iterator[PullPage]: ...
    def challenge(self, request: Request, account: Account) -> Response | None: ...
    def verify(self, request: Request, account: Account) -> None: ...
    def deliveries_of(self, request: Request) -> list[RawEvent]: ...
    def author_key(self, raw: RawEvent) -> str: ...
    def normalise(self, raw: RawEvent, account: Account) -> list[Event]: ...
    def render(self, message: Outgoing, account: Account) -> list[Part]: ...
    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent: ...
    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None: ...
    def edit(self, ctx: Context, external_id: str, part: Part) -> None: ...
    def delete(self, ctx: Context, external_id: str) -> None: ...
    def hide(self, ctx: Context, external_id: str, *, hidden: bool) -> None: ...
    def answer(self, request: Request, account: Account) -> Response | None: ...
    def templates(self, ctx: Context) -> list[Template]: ...
    def disconnect(self, ctx: Context) -> str: ...
    def fetch_media(self, ctx: Context, file: File) -> File: ...


class BaseAdapter:
    """Refuses what an adapter does not declare, so that each adapter holds only what its network can do."""

    kind: ClassVar[str] = ""
    label: ClassVar[str] = ""
    capabilities: ClassVar[Capabilities] = Capabilities()
    config_fields: ClassVar[tuple[ConfigField, ...]] = ()
    texts_are_storable: ClassVar[bool] = False  # True promises: no NUL, no half surrogate pair, so nobody looks again
    scope_words: ClassVar[Mapping[str, str]] = {}  # what fails without each of `Health.scopes`, if its name does not say
    # How the network may call us: a method, and a regular expression for the whole of `Request.below`.
    hook_calls: ClassVar[Mapping[str, str]] = {"POST": ""}

    def problems(self, config: JSON) -> dict[str, str]:
        return {}  # what was entered and cannot be used: {name of the field: what is wrong, in words}

    def in_words(self, account: Account) -> list[tuple[str, str]]:
        return []  # what customers meet here as it is set up, for the page of the account: (what, in words)

    def check(self, ctx: Context) -> Health:
        return Health(ok=True, message="Nothing to connect to; this channel receives what is brought to it.")

    def pull(self, ctx: Context, cursor: JSON, *, limit: int = 200) -> PullPage:
        raise Rejected(f"{self.label} cannot be polled")

    def stream(self, ctx: Context, cursor: JSON) -> Iterator[PullPage]:
        raise Rejected(f"{self.label} has no stream")

    def challenge(self, request: Request, account: Account) -> Response | None:
        return None

    def verify(self, request: Request, account: Account) -> None:
        raise BadSignature(f"{self.label} takes no webhooks")

    def deliveries_of(self, request: Request) -> list[RawEvent]:
        import hashlib

        content_type = request.headers.get("content-type", "application/octet-stream")
        return [RawEvent(key=hashlib.sha256(request.body).hexdigest(), body=request.body, content_type=content_type)]

    def author_key(self, raw: RawEvent) -> str:
        """Equal for all that one author says, told in microseconds and without decoding everything; never raises.

        Where the work is split among machines, deliveries with one key stay in order. Empty: cannot be told so quickly; then
        the whole account keeps one order, and one worker.
        """
        return ""

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        raise NotImplementedError

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        raise Rejected(f"{self.label} cannot send")

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        raise Rejected(f"{self.label} cannot send")

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        """The message that went out under `idem`; None when it certainly did not. Raises Ambiguous when nobody can tell."""
        raise Ambiguous(f"{self.label} cannot say whether it went out")

    def edit(self, ctx: Context, external_id: str, part: Part) -> None:
        raise Rejected(f"{self.label} cannot edit")

    def delete(self, ctx: Context, external_id: str) -> None:
        raise Rejected(f"{self.label} cannot delete")

    def hide(self, ctx: Context, external_id: str, *, hidden: bool) -> None:
        raise Rejected(f"{self.label} cannot hide what others wrote")

    def answer(self, request: Request, account: Account) -> Response | None:
        """What the network wants to read after its call was verified and kept, such as what a phone menu says next. Pure and
        quick, as `verify`. None: nothing but that it was kept."""
        return None

    def templates(self, ctx: Context) -> list[Template]:
        """The words that this network approved for us."""
        return []

    def disconnect(self, ctx: Context) -> str:
        """Take back what we were allowed, as far as the network offers it. Returns what is left to do there by hand, in words
        for an administrator; empty when nothing is."""
        return ""

    def fetch_media(self, ctx: Context, file: File) -> File:
        raise NotFound(f"{self.label} has no media to fetch")


def encoded(events: list[Event]) -> bytes:
    """Events as JSON lines, for snapshots of fixtures."""
    return b"\n".join(msgspec.json.encode(e) for e in events)

"""One call of a visitor's page: read, bounded, and answered so that only the right origin may read it."""

import contextlib
from typing import Any
from urllib.parse import parse_qs

import msgspec

MOST_JSON = 64 * 1024


class Refused(Exception):
    """The answer is no: a status, and a word that the page knows or a sentence for the site's developer."""

    def __init__(self, status: int, why: str, *, after_seconds: float = 0) -> None:
        super().__init__(why)
        self.status, self.why, self.after_seconds = status, why, after_seconds


class Call:
    """`below` is what follows /chat/<account>/."""

    def __init__(self, scope: dict, receive: Any) -> None:
        self._receive = receive
        self.method: str = scope["method"]
        account, _, self.below = scope["path"].removeprefix("/chat/").partition("/")
        self.account_id = int(account) if account.isascii() and account.isdigit() and len(account) < 18 else 0
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self.query = parse_qs(scope["query_string"].decode("latin-1"))
        self.remote: str = (scope.get("client") or ("",))[0]
        self.origin = self.headers.get("origin", "")
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        self.token = token.strip() if kind.lower() == "bearer" else ""

    def asked(self, name: str) -> str:
        return self.query.get(name, [""])[0]

    @property
    def last_event_id(self) -> int:
        text = self.headers.get("last-event-id", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0

    async def body(self, most: int) -> bytes:
        """Raises Refused when there is more."""
        with contextlib.suppress(ValueError):
            if int(self.headers.get("content-length", "0")) > most:
                raise Refused(413, "file_size")
        parts, size = [], 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Refused(400, "the page went away")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > most:
                raise Refused(413, "file_size")
            if not message.get("more_body"):
                return b"".join(parts)

    async def read(self, shape: type) -> Any:
        """The body as JSON of this shape. Raises Refused."""
        try:
            return msgspec.json.decode(await self.body(MOST_JSON), type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(422, str(error)[:200]) from None

    async def has_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


NO_STORE = ("cache-control", "no-store")
SAFE = (("x-content-type-options", "nosniff"), ("content-security-policy", "sandbox; default-src 'none'"))


def told(what: object, *, status: int = 200) -> Answer:
    return Answer(status=status, body=msgspec.json.encode(what), headers=(NO_STORE, *SAFE))


def refusal(error: Refused) -> Answer:
    answer = told({"error": error.why}, status=error.status)
    if error.after_seconds:
        wait = ("retry-after", str(max(1, round(error.after_seconds))))
        return msgspec.structs.replace(answer, headers=(*answer.headers, wait))
    return answer


def readable_by(origin: str) -> tuple[tuple[str, str], ...]:
    """CORS for one origin that was compared before; without credentials, for nothing of ours is in a cookie."""
    return (
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", "retry-after"),
        ("vary", "origin"),
    )


PREFLIGHT = (
    ("access-control-allow-methods", "GET, POST"),
    ("access-control-allow-headers", "authorization, content-type, last-event-id"),
    ("access-control-max-age", "600"),
)


async def write(send: Any, answer: Answer, *more: tuple[str, str]) -> None:
    headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in (
            ("content-type", answer.content_type),
            ("content-length", str(len(answer.body))),
            *answer.headers,
            *more,
        )
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})

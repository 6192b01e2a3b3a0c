"""The homeserver's calls: transactions of events, and its questions whether we are there. Pure and quick.

https://spec.matrix.org/v1.14/application-service-api/
"""

import hmac
from hashlib import sha256

from heard.listening.channels.contract import Account, BadSignature, RawEvent, Request, Response
from heard.listening.channels.matrix.payloads import Marks, Transaction, decode

BASE = "_matrix/app/v1"
CALLS = {
    "PUT": rf"{BASE}/transactions/[^/]+",
    "POST": rf"{BASE}/ping",
    "GET": rf"{BASE}/(users|rooms)/[^/]+",
}
TAKEN = Response(body=b"{}", content_type="application/json")
NOT_OURS = Response(status=404, body=b'{"errcode":"M_NOT_FOUND"}', content_type="application/json")
SHORTEST_TOKEN = 16


def prove(request: Request, account: Account) -> None:
    """The homeserver's token, as a header only: what stands in an address ends up in logs. Raises BadSignature."""
    token = account.secrets.get("hs_token", "")
    if len(token) < SHORTEST_TOKEN:
        raise BadSignature(f"this account has no homeserver token of {SHORTEST_TOKEN} letters or more yet")
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {token}".encode()):
        raise BadSignature("this is not the homeserver's token")


def question(request: Request, account: Account) -> Response | None:
    """Are you there; have you a user or a room of this name: we have but one, and the homeserver knows it."""
    if request.method == "PUT":
        return None
    prove(request, account)
    return TAKEN if request.method == "POST" else NOT_OURS


def deliveries_of(request: Request) -> list[RawEvent]:
    """One delivery for each event of a transaction, so that one bad event stands alone, and each author keeps their order.

    An event has one id for ever, so a transaction that comes twice brings nothing new; the number of a transaction would
    not do as a key, for a homeserver that is restored begins to count anew.
    """
    try:
        events = [bytes(event) for event in decode(request.body, Transaction).events]
    except ValueError:
        return [RawEvent(key=sha256(request.body).hexdigest(), body=request.body, content_type="application/json")]
    return [delivery(event) for event in events]


def delivery(body: bytes, *, room: str = "", kind: str = "") -> RawEvent:
    """An event as it came, known by its id."""
    id_ = marks_of(body).event_id or sha256(body).hexdigest()
    headers = {name: value for name, value in (("kind", kind), ("room", room)) if value}
    key = f"{kind}:{id_}" if kind else id_
    return RawEvent(key=key[:255], body=body, content_type="application/json", headers=headers)


def marks_of(body: bytes) -> Marks:
    try:
        return decode(body, Marks)
    except ValueError:
        return Marks()

"""Webhooks in Twilio's dialect: forms, and a signature over the address and the sorted fields. Pure.

Twilio signs no time, so a replay is refused by its key instead: what happened has one id, whenever it is told.
https://www.twilio.com/docs/usage/security#validating-requests
"""

import hmac
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha1, sha256
from urllib.parse import parse_qsl, urlsplit

from heard.listening.channels.contract import Account, BadSignature, RawEvent, Request, Response

AUTH_TOKEN = "auth_token"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # where nobody noted when it arrived
MOST_FIELDS = 500
LONGEST_KEY = 255
PORTS = {"https": 443, "http": 80}
Fields = dict[str, str]


def prove(request: Request, account: Account) -> None:
    """Over our own public address and never over what the request says of its host. Raises BadSignature."""
    token = account.secrets.get(AUTH_TOKEN, "")
    if not token:
        raise BadSignature("this account has no auth token yet")
    given = request.headers.get("x-twilio-signature", "").encode("utf-8", "surrogatepass")
    try:
        pairs = pairs_of(request.body)
    except ValueError as error:
        raise BadSignature("this is no form of Twilio's") from error
    fits = [hmac.compare_digest(given, signature(token, url, pairs).encode()) for url in spellings(request.url)]
    if not any(fits):
        raise BadSignature("the signature does not fit")


def signature(token: str, url: str, pairs: list[tuple[str, str]]) -> str:
    """What Twilio puts into X-Twilio-Signature. A field that is told twice with the same value counts once."""
    signed = url + "".join(name + value for name, value in sorted(set(pairs)))
    return b64encode(hmac.new(token.encode(), signed.encode("utf-8", "surrogatepass"), sha1).digest()).decode()


def spellings(url: str) -> Iterator[str]:
    """Twilio signs some calls with the port of the address and some without."""
    yield url
    place = urlsplit(url)
    bare = f"[{place.hostname}]" if ":" in (place.hostname or "") else place.hostname or ""
    if place.port:
        yield place._replace(netloc=bare).geturl()
    elif place.scheme in PORTS:
        yield place._replace(netloc=f"{bare}:{PORTS[place.scheme]}").geturl()


def pairs_of(body: bytes) -> list[tuple[str, str]]:
    """Raises ValueError for bytes that are no form."""
    return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)


def fields_of(body: bytes) -> Fields:
    """Raises ValueError for bytes that are no form of Twilio's: each names the account that it is about."""
    fields = dict(pairs_of(body))
    if "AccountSid" not in fields:
        raise ValueError("not a webhook of Twilio: AccountSid is missing")
    return fields


def delivery(request: Request, key_of: str, *more: str, headers: dict[str, str] | None = None) -> RawEvent:
    """One delivery under the id of what it tells; `more` are the fields that make it another thing about the same."""
    try:
        fields = dict(pairs_of(request.body))
    except ValueError:
        fields = {}
    sid = fields.get(key_of, "")
    key = ":".join([sid, *filter(None, (fields.get(name, name) for name in more))])
    if not sid or len(key) > LONGEST_KEY:
        key = sha256(b"\0".join([*(name.encode() for name in more), request.body])).hexdigest()
    return RawEvent(key=key, body=request.body, content_type="application/x-www-form-urlencoded", headers=headers or {})


def says(twiml: str) -> Response:
    return Response(status=200, body=twiml.encode(), content_type="text/xml; charset=utf-8")

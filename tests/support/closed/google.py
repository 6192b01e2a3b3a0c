"""What the stand-ins for Google share: sign-in by refresh token and by service account, errors as Google words them, and faults.

Both sides are held to Google's own discovery documents, which come with google-api-python-client: what is asked to the
parameters, the schema and the scopes of the method, what is answered to its schema. Neither may have a field that Google does not know.
Whatever does not fit is written down in `violations`; the fixtures look there at the end.
"""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import jsonschema_rs
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from googleapiclient.discovery_cache import get_static_doc

from heard.listening.channels.google.tests.conformance import key_file
from tests.support.closed.consents import fits

JSON = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request as Google sees it; `method` is the one of the discovery document, such as `androidpublisher.reviews.list`."""

    verb: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    method: str = ""
    of_path: dict[str, str] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """`body` None: no words, as Google answers where its document names no response."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> bytes:
        return b"" if self.body is None else self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Refused(Exception):
    """An error as Google words it."""

    def __init__(self, status: int, reason: str, message: str = "refused", *, domain: str = "global", **headers: str) -> None:
        super().__init__(message)
        error = {"code": status, "message": message, "errors": [{"message": message, "domain": domain, "reason": reason}]}
        self.answer = Answer({"error": error}, status, {name.replace("_", "-"): value for name, value in headers.items()})


class Google(ThreadingHTTPServer):
    """`routes` answers; `faults` come first, each once: a Refused or an Answer, or "after" to do it and then hang up.

    Faults strike the API; the sign-in is spoilt by changing `refresh_token`, `key` or `scopes`.
    """

    daemon_threads = True
    api: tuple[str, str]
    scopes: tuple[str, ...]
    client_id, client_secret, refresh_token = "acme.apps.googleusercontent.com", "GOCSPX-of-acme", "1//refresh-of-acme"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.discovery = Discovery(*self.api)
        self.key = json.loads(key_file())
        self.asked: list[Asked] = []
        self.faults: list[Refused | Answer | str] = []
        self.violations: list[str] = []
        self.checked = 0
        self.ahead = timedelta(0)
        self.tokens: dict[str, tuple[str, ...]] = {}  # with what each may do
        self.tokens_given = 0
        self.consents: dict[str, dict[str, str]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def passes(self, **time: float) -> None:
        self.ahead += timedelta(**time)

    def asked_for(self, method: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.method.endswith(method)]

    # ── What Heard asks ─────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, asked: Asked) -> Answer | None:
        """None: it is done, and nobody learns of it."""
        if asked.path in ("/token", "/revoke"):
            return self.sign_in(asked)
        asked = self.held(lambda: self.discovery.known(asked)) or asked
        self.asked.append(asked)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Answer):
            return fault
        answer = fault.answer if isinstance(fault, Refused) else self.answered(asked)
        self.held(lambda: self.discovery.check_answer(asked, answer))
        return None if fault == "after" else answer

    def answered(self, asked: Asked) -> Answer:
        try:
            may = self.tokens.get(asked.headers.get("authorization", "").removeprefix("Bearer "))
            if may is None:
                raise Refused(401, "authError", "Request had invalid authentication credentials.")
            if not self.discovery.allows(asked, may):
                raise Refused(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
            return self.routes(asked)
        except Refused as error:
            return error.answer

    def routes(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def held(self, check: Callable[[], Any]) -> Any:
        self.checked += 1
        try:
            return check()
        except Exception as error:
            self.violations.append(f"{type(error).__name__}: {error}"[:600])
            return None

    # ── Sign-in ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def sign_in(self, asked: Asked) -> Answer:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        if asked.path == "/revoke":
            self.refresh_token, self.tokens = "revoked", {}
            return Answer({})
        if form["grant_type"] == "authorization_code":
            return self.granted(form)
        grants = {"refresh_token": self.is_refreshed, "urn:ietf:params:oauth:grant-type:jwt-bearer": self.is_signed}
        if not grants[form.pop("grant_type")](form):
            return Answer({"error": "invalid_grant", "error_description": f"Bad Request: {form}"}, 400)
        self.tokens_given += 1
        token = f"ya29.token-{self.tokens_given}-of-acme"
        self.tokens[token] = self.scopes
        return Answer({"access_token": token, "expires_in": 3599, "scope": " ".join(self.scopes), "token_type": "Bearer"})

    def says_yes(self, consent_page: str) -> dict[str, str]:
        """What somebody who opens the consent page and says yes brings back."""
        asked = dict(parse_qsl(urlsplit(consent_page).query))
        assert (asked["response_type"], asked["client_id"], asked["access_type"]) == ("code", self.client_id, "offline")
        self.consents["4/code-of-acme"] = asked
        return {"state": asked["state"], "code": "4/code-of-acme"}

    def granted(self, form: dict[str, str]) -> Answer:
        """https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code"""
        if form["client_secret"] != self.client_secret:
            return Answer({"error": "invalid_client", "error_description": f"Unauthorized: {form}"}, 401)
        if not fits(self.consents.pop(form["code"], None), form):
            return Answer({"error": "invalid_grant", "error_description": f"Bad Request: {form}"}, 400)
        self.refresh_token = "1//refresh-of-consent"
        self.tokens_given += 1
        token = f"ya29.token-{self.tokens_given}-of-acme"
        self.tokens[token] = self.scopes
        told = {"access_token": token, "refresh_token": self.refresh_token, "expires_in": 3599, "token_type": "Bearer"}
        return Answer({**told, "scope": " ".join(self.scopes)})

    def is_refreshed(self, form: dict[str, str]) -> bool:
        given = {"client_id": self.client_id, "client_secret": self.client_secret, "refresh_token": self.refresh_token}
        return form == given

    def is_signed(self, form: dict[str, str]) -> bool:
        """https://developers.google.com/identity/protocols/oauth2/service-account#httprest"""
        [assertion] = form.values()
        head, claims, signature = assertion.split(".")
        public = load_pem_private_key(self.key["private_key"].encode(), password=None).public_key()
        try:
            public.verify(unpacked(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
        except Exception:
            return False
        said = json.loads(unpacked(claims))
        self.held(lambda: check_claims(json.loads(unpacked(head)), said, self.scopes))
        return said["iss"] == self.key["client_email"] and said["exp"] > self.now.timestamp()

    def forget_tokens(self) -> None:
        """As when somebody changes the password, or Google does."""
        self.tokens = {}


def check_claims(head: JSON, claims: JSON, scopes: tuple[str, ...]) -> None:
    assert head["alg"] == "RS256"
    assert set(claims) == {"iss", "scope", "aud", "iat", "exp"}
    assert claims["aud"] == "https://oauth2.googleapis.com/token"
    assert claims["exp"] - claims["iat"] <= 3600
    assert set(claims["scope"].split()) == set(scopes)


def unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# ── Held to Google's own description ────────────────────────────────────────────────────────────────────────────────


class Discovery:
    """One of the documents inside google-api-python-client. https://developers.google.com/discovery/v1/reference/apis"""

    def __init__(self, name: str, version: str) -> None:
        self.document = json.loads(get_static_doc(name, version))
        self.methods = {method["id"]: method for method in methods_of(self.document)}
        self.schemas = json_schemas(self.document["schemas"])

    def known(self, asked: Asked) -> Asked:
        """The request with its method, once everything in it is known to that method."""
        method, of_path = self.method_of(asked)
        parameters = method.get("parameters", {}) | self.document["parameters"]
        for name, values in asked.query.items():
            assert name in parameters, f"{method['id']} knows no {name}"
            check_parameter(name, values, parameters[name])
        required = {name for name, each in method.get("parameters", {}).items() if each.get("required")}
        assert required <= {*asked.query, *of_path}, f"{method['id']} wants {required - {*asked.query, *of_path}}"
        if "request" in method:
            assert asked.headers["content-type"] == "application/json"
            self.check(asked.json, method["request"]["$ref"])
        else:
            assert not asked.body
        return Asked(asked.verb, asked.path, asked.query, asked.headers, asked.body, method["id"], of_path)

    def method_of(self, asked: Asked) -> tuple[JSON, dict[str, str]]:
        for method in self.methods.values():
            pattern = "".join(
                f"(?P<{piece[1:-1]}>[^/:]+|[^/]+?)" if piece.startswith("{") else re.escape(piece)
                for piece in re.split(r"(\{\w+\})", self.document["servicePath"] + method["path"])
            )
            found = method["httpMethod"] == asked.verb and re.fullmatch(pattern, asked.path.lstrip("/"))
            if found:
                return method, {name: unquote(value) for name, value in found.groupdict().items()}
        raise AssertionError(f"Google has no {asked.verb} {asked.path}")

    def allows(self, asked: Asked, scopes: tuple[str, ...]) -> bool:
        return asked.method in self.methods and bool(set(scopes) & set(self.methods[asked.method]["scopes"]))

    def check_answer(self, asked: Asked, answer: Answer) -> None:
        if answer.status >= 400:
            assert set(answer.body) == {"error"}
            assert {"code", "message", "errors"} <= set(answer.body["error"])
            return
        method = self.methods[asked.method]
        if "response" in method:
            self.check(answer.body, method["response"]["$ref"])
        else:
            assert answer.body is None

    def check(self, thing: Any, schema: str) -> None:
        errors = [
            f"{schema} {'.'.join(map(str, error.instance_path))}: {error.message}"
            for error in validator(json.dumps({"$defs": self.schemas, "$ref": f"#/$defs/{schema}"})).iter_errors(thing)
        ]
        assert not errors, "; ".join(errors)


@cache
def validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schema))


def methods_of(resource: JSON) -> Iterator[JSON]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from methods_of(inner)


def json_schemas(thing: Any) -> Any:
    """Discovery is an old draft of JSON Schema: references without a place, `required` as a word, `any` as a type, limits as text.

    A field that Google's document does not have is no field of Google's.
    """
    if isinstance(thing, list):
        return [json_schemas(each) for each in thing]
    if not isinstance(thing, dict):
        return thing
    found = {
        name: json_schemas(value)
        for name, value in thing.items()
        if not (name in ("id", "default", "minimum", "maximum", "format") and isinstance(value, str))
        and not (name == "required" and isinstance(value, bool))
        and not (name == "type" and value == "any")
    }
    if isinstance(found.get("$ref"), str):
        found["$ref"] = f"#/$defs/{found['$ref']}"
    if found.get("type") == "object" and "properties" in found:
        found.setdefault("additionalProperties", False)
    return found


def check_parameter(name: str, values: list[str], allowed: JSON) -> None:
    assert len(values) == 1 or allowed.get("repeated"), f"{name} stands there twice"
    for value in values:
        if allowed["type"] == "integer":
            number = int(value)
            assert int(allowed.get("minimum", number)) <= number <= int(allowed.get("maximum", number)), f"{name}={value}"
        if allowed["type"] == "boolean":
            assert value in ("true", "false"), f"{name}={value}"
        if "enum" in allowed:
            assert value in allowed["enum"], f"{name}={value}"


# ── The server ──────────────────────────────────────────────────────────────────────────────────────────────────────


class _Handler(BaseHTTPRequestHandler):
    server: Google
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        query = parse_qs(url.query, keep_blank_values=True)
        answer = self.server.take(Asked(self.command, url.path.replace("%3A", ":"), query, headers, body))
        if answer is None:
            self.close_connection = True
            return
        self.send_response(204 if answer.body is None else answer.status)
        given = {"Content-Type": "application/json; charset=UTF-8", **answer.headers}
        for name, value in (given if answer.body is None else given | {"Content-Length": str(len(answer.bytes))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.bytes)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running(google: Google) -> Iterator[Google]:
    """Serves until the end, and then shows whatever did not fit the description."""
    threading.Thread(target=google.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield google
    finally:
        google.shutdown()
        google.server_close()
    assert not google.violations, "\n".join(google.violations)

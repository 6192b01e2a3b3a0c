"""X's own OpenAPI description (2.167), and whether a request and an answer are as it says.

It is formally invalid (an enum with doubles), so only the description itself is not checked. What has properties there may have
no others.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.support.closed.graph import JSON, Answer
from tests.support.closed.vendor_data import files_of

SERVER = "https://api.x.com"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    form: JSON
    files: dict
    content_type: str


@cache
def description() -> JSON:
    return json.loads(files_of("x_openapi")["openapi.json"])


@cache
def openapi():
    from openapi_core import Config, OpenAPI

    return OpenAPI.from_dict(
        description(),
        config=Config(spec_validator_cls=None, extra_media_type_deserializers={"application/problem+json": json.loads}),
    )


def request_of(asked: Asked):
    from openapi_core.testing import MockRequest

    is_form = asked.content_type.startswith("multipart/")
    content_type, body = asked.content_type.partition(";")[0], asked.body
    if is_form:  # the form as the object that it means, for files have no words
        content_type, body = "application/json", json.dumps({**asked.form, **dict.fromkeys(asked.files, "")}).encode()
    headers = {"Authorization": asked.headers.get("authorization", "")}
    return MockRequest(
        SERVER, asked.method.lower(), asked.path, args=asked.query, headers=headers, data=body or None, content_type=content_type
    )


def check_request(asked: Asked) -> None:
    openapi().validate_request(request_of(asked))
    known = {each["name"] for each in parameters_of(asked)}
    assert set(asked.query) <= known, f"{asked.method} {asked.path} knows no {set(asked.query) - known}"


def check_answer(asked: Asked, answer: Answer) -> None:
    from openapi_core.testing import MockResponse

    response = MockResponse(answer.bytes, answer.status, content_type=answer.content_type)
    openapi().validate_response(request_of(asked), response)
    for name in ("data", "includes"):
        no_more(answer.body.get(name), schema_at(asked, answer.status, name))


def parameters_of(asked: Asked) -> list[JSON]:
    return [resolved(each) for each in operation_of(asked).get("parameters", [])]


def operation_of(asked: Asked) -> JSON:
    given = asked.path.split("/")
    paths = description()["paths"]
    fits = [path for path in paths if asked.method.lower() in paths[path] and matches(path.split("/"), given)]
    path = min(fits, key=lambda path: path.count("{"))
    return paths[path][asked.method.lower()]


def matches(pattern: list[str], given: list[str]) -> bool:
    return len(pattern) == len(given) and all(a == b or a.startswith("{") for a, b in zip(pattern, given, strict=True))


def schema_at(asked: Asked, status: int, name: str) -> JSON:
    responses = operation_of(asked)["responses"]
    if str(status) not in responses:
        return {}
    schema = resolved(resolved(responses[str(status)])["content"]["application/json"]["schema"])
    return schema["properties"].get(name, {})


def no_more(value: Any, schema: JSON) -> None:
    """Not a field that is not described, however deep; the description itself lets them pass."""
    schema = resolved(schema)
    if isinstance(value, list):
        for each in value:
            no_more(each, schema.get("items", {}))
    elif isinstance(value, dict) and "properties" in schema:
        assert set(value) <= set(schema["properties"]), f"nobody describes {set(value) - set(schema['properties'])}"
        for name, each in value.items():
            no_more(each, schema["properties"][name])


def resolved(schema: JSON) -> JSON:
    while "$ref" in schema:
        found: Any = description()
        for step in schema["$ref"].split("/")[1:]:
            found = found[step]
        schema = found
    return schema

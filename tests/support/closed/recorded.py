"""The shapes of what Meta really answered, for what it describes nowhere in a form for machines: Pages and Instagram.

From the recorded answers of sns-sdks/python-facebook (Apache-2.0): which fields there are, and of which kinds their values. An
answer may leave fields out; it may not have others, nor other kinds.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.support.closed.graph import Asked
from tests.support.closed.vendor_data import files_of

JSON = dict[str, Any]
RECORDED = {
    "token": ["base/token_info.json"],
    "error": ["error.json", "base/error_data.json"],
    "comment": ["facebook/apidata/comments/", "facebook/models/comment.json"],
    "conversation": ["facebook/models/conversation.json", "facebook/apidata/conversations/"],
    "message": ["facebook/models/message.json", "facebook/apidata/messages/"],
    "page": ["facebook/models/page.json", "facebook/apidata/pages/"],
    "ig_comment": ["instagram/models/ig_comment.json", "instagram/models/ig_reply.json", "instagram/apidata/comments/"],
    "ig_media": ["instagram/models/ig_media.json"],
    "ig_user": ["instagram/models/ig_user.json"],
}


@dataclass(frozen=True)
class Shape:
    kinds: dict[str, set[str]]

    def check(self, thing: Any) -> None:
        for path, kind in places(thing):
            assert path in self.kinds, f"Meta never answered a field {path}"
            assert kind in self.kinds[path] | {"NoneType"}, f"{path} is {kind}, at Meta {self.kinds[path]}"


@cache
def shape(name: str) -> Shape:
    kinds: dict[str, set[str]] = {}
    for thing in recorded(name):
        for path, kind in places(thing):
            kinds.setdefault(path, set()).add(kind)
    assert kinds, f"nothing recorded for {name}"
    return Shape(kinds)


def recorded(name: str) -> Iterator[Any]:
    if name == "whatsapp":
        yield from (update for _, update in updates())
        return
    for path, body in files_of("facebook_instagram_json").items():
        if any(path.startswith(f"testdata/{each}") for each in RECORDED[name]) and path.endswith(".json"):
            yield from things(json.loads(body))


def updates() -> Iterator[tuple[str, JSON]]:
    """Recorded webhooks of WhatsApp by name, from david-lev/pywa (MIT)."""
    for path, body in files_of("whatsapp_updates").items():
        if "/updates/" in path:
            for name, update in json.loads(body).items():
                yield f"{path.rpartition('/')[2].removesuffix('.json')} {name}", update


def things(given: Any) -> list[Any]:
    """One thing, a page of them, or several by their ids."""
    if isinstance(given, dict) and "id" not in given and isinstance(given.get("data"), list):
        return given["data"]
    if isinstance(given, dict) and given and all(isinstance(each, dict) and "id" in each for each in given.values()):
        return list(given.values())
    return [given]


def places(thing: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each value with where it stands: `data.scopes[]`, str. Numbers are one kind."""
    if isinstance(thing, dict):
        for name, value in thing.items():
            yield from places(value, f"{path}.{name}" if path else name)
    elif isinstance(thing, list):
        for value in thing:
            yield from places(value, f"{path}[]")
    else:
        yield path, "number" if isinstance(thing, int | float) and not isinstance(thing, bool) else type(thing).__name__


def check_batch(asked: Asked) -> None:
    """https://developers.facebook.com/docs/graph-api/batch-requests: a POST to the root with a list of methods and addresses."""
    assert asked.method == "POST"
    assert set(asked.form) == {"batch", "include_headers"}
    assert all(set(each) == {"method", "relative_url"} for each in json.loads(asked.form["batch"]))
    assert "input_token" not in asked.query, "a token in an address ends up in logs"

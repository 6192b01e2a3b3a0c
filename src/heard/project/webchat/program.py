"""The program in the visitor's page: a loader of a few lines that is asked for anew, and what it loads, which never changes.

A site has one script tag for good; a new version of Heard reaches it when the loader is asked for again, within minutes.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec
from django.conf import settings
from django.contrib.staticfiles import finders

from heard.project.webchat.calls import Answer

LOADER_SECONDS = 300
FOR_EVERYBODY = (
    ("access-control-allow-origin", "*"),
    ("cross-origin-resource-policy", "cross-origin"),
    ("x-content-type-options", "nosniff"),
)
_LOADER = (
    "(function(){var m=document.currentScript,s=document.createElement('script');"
    "s.async=true;s.src=%s;s.dataset.heard=%s;if(m&&m.nonce)s.nonce=m.nonce;"
    "(document.head||document.documentElement).appendChild(s)})();\n"
)


class NotBuilt(Exception):
    """`make frontend` has not run here."""


@cache
def widget() -> bytes:
    """Raises NotBuilt."""
    path = finders.find("built/widget.js")
    if not path:
        raise NotBuilt("the chat was not built: make frontend")
    return Path(str(path)).read_bytes()


@cache
def version() -> str:
    return sha256(widget()).hexdigest()[:16]


def loader(account_id: int) -> Answer:
    """What the script tag asks for. It says where this chat is by our own configuration, never by a header."""
    chat = f"{settings.PUBLIC_URL}/chat/{account_id}/"
    source = f"{settings.PUBLIC_URL}/chat/widget-{version()}.js"
    return _script(_LOADER % (_quoted(source), _quoted(chat)), cached=f"public, max-age={LOADER_SECONDS}")


def program(asked: str) -> Answer:
    """`asked` is the version in the address; an older page that asks for an older one gets this one, uncached."""
    lasting = "public, max-age=31536000, immutable" if asked == version() else "no-cache"
    return _script(widget(), cached=lasting)


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode().replace("<", "\\u003c")


def _script(source: str | bytes, *, cached: str) -> Answer:
    body = source.encode() if isinstance(source, str) else source
    return Answer(body=body, content_type="text/javascript; charset=utf-8", headers=(("cache-control", cached), *FOR_EVERYBODY))

"""Text that every store takes: PostgreSQL refuses NUL, and half a surrogate pair is no character anywhere."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode


def storable(value: T) -> T:
    """The same value with such characters replaced in every text inside it; untouched, and not copied, when there are none."""
    return value if _is_fine(value) else each_text(value, _replaced)


def holds_nul(json: bytes) -> bool:
    """Whether a text in it may. A false alarm (the six characters written out) costs only time.

    JSON without any backslash is the rule, and that is seen forty times faster.
    """
    return b"\\" in json and b"\\u0000" in json


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of structs, lists and dicts, keys included, with every text inside them changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, msgspec.Struct):
        changed = {name: each_text(getattr(value, name), change) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **changed)
    if isinstance(value, tuple | list):
        return type(value)(each_text(v, change) for v in value)
    if isinstance(value, dict):
        return {each_text(k, change): each_text(v, change) for k, v in value.items()}
    return value


def _is_fine(value: Any) -> bool:
    """Encoding visits every text at the speed of C."""
    try:
        return not holds_nul(_encode(value))
    except UnicodeEncodeError:
        return False


def _replaced(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")

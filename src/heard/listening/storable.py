"""Text that every store takes: PostgreSQL refuses NUL, and half a surrogate pair is no character anywhere."""

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_ESCAPED_NUL = b"\\u0000"


def storable(value: T) -> T:
    """The same value with such characters replaced in every text inside it; untouched, and not copied, when there are none."""
    return value if _is_fine(value) else _clean(value)


def _is_fine(value: Any) -> bool:
    """Encoding visits every text at the speed of C; a false alarm (the six characters written out) costs only time."""
    try:
        return _ESCAPED_NUL not in msgspec.json.encode(value)
    except UnicodeEncodeError:
        return False


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **{name: _clean(getattr(value, name)) for name in value.__struct_fields__})
    if isinstance(value, tuple | list):
        return type(value)(_clean(v) for v in value)
    if isinstance(value, dict):
        return {_clean(k): _clean(v) for k, v in value.items()}
    return value

"""Text that every store takes: PostgreSQL refuses NUL, and half a surrogate pair is no character anywhere."""

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def storable(value: T) -> T:
    """The same value with such characters replaced in every text inside it; untouched, and not copied, when there are none."""
    return _clean(value)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, msgspec.Struct):
        return _clean_struct(value)
    if isinstance(value, tuple | list):
        return type(value)(_clean(v) for v in value) if value else value
    if isinstance(value, dict):
        return {_clean(k): _clean(v) for k, v in value.items()} if value else value
    return value


def _clean_text(text: str) -> str:
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _clean_struct(struct: msgspec.Struct) -> msgspec.Struct:
    before = {name: getattr(struct, name) for name in struct.__struct_fields__}
    changed = {name: after for name, value in before.items() if (after := _clean(value)) is not value and after != value}
    return msgspec.structs.replace(struct, **changed) if changed else struct

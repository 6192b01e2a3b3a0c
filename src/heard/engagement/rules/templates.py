"""Words that a network approved beforehand, and the gaps in them. Pure."""

import re

_GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def gaps(text: str) -> list[str]:
    """Names of the gaps in the order in which their values are given: numbered ones by number, others as they come."""
    names = list(dict.fromkeys(_GAP.findall(text)))
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def filled(text: str, values: tuple[str, ...]) -> str:
    """As it will be read; a gap without a value stays as it is."""
    known = {name: value for name, value in zip(gaps(text), values, strict=False) if value.strip()}
    return _GAP.sub(lambda gap: known.get(gap[1], gap[0]), text)

"""Which values a person may give to a field of a verdict."""

from heard.understanding.slots import COMPLEXITIES, EMOTIONS, FIELDS, KINDS, PRIVATE, SENTIMENTS

SETS = {"kinds": KINDS, "private": PRIVATE}
FLAGS = ("answer_due", "operational", "analytical", "offence", "ironic")
CHOICES = {"sentiment": SENTIMENTS, "emotion": ("", *EMOTIONS), "complexity": COMPLEXITIES}
URGENCIES = (0, 1, 2, 3)


class BadCorrection(ValueError):
    """The value cannot be true of that field; the text says what can."""


def checked(field: str, value: object) -> object:
    """`value` as it is stored: sets sorted as the guideline lists them, flags as booleans. Raises BadCorrection."""
    if field not in FIELDS:
        raise BadCorrection(f"A verdict has no field {field!r}; it has {', '.join(FIELDS)}.")
    if field in SETS:
        return _several(field, value, SETS[field])
    if field in FLAGS:
        return _one(field, value, (True, False), isinstance(value, bool), "yes or no")
    if field == "urgency":
        return _one(field, value, URGENCIES, type(value) is int, "0 (none), 1 (within days), 2 (today) or 3 (now)")
    if field in CHOICES:
        return _one(field, value, CHOICES[field], isinstance(value, str), ", ".join(one or "none" for one in CHOICES[field]))
    return _language(value)


def _several(field: str, value: object, allowed: tuple[str, ...]) -> list[str]:
    if not isinstance(value, list | tuple | set) or not all(one in allowed for one in value):
        raise BadCorrection(f"{field} are any of {', '.join(allowed)}, or none of them.")
    return [one for one in allowed if one in value]


def _one(field: str, value: object, allowed: tuple, is_right_type: bool, words: str) -> object:
    if not is_right_type or value not in allowed:
        raise BadCorrection(f"{field.replace('_', ' ')} is {words}.")
    return value


def _language(value: object) -> str:
    if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha():
        return value.lower()
    raise BadCorrection("language is a code of two letters, such as en, de, fr or es.")

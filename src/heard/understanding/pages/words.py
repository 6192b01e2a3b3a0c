"""What fields of verdicts and their values are called on a page, and what a form says of them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from heard.understanding.rules.corrections import CHOICES, FLAGS, SETS, URGENCIES, BadCorrection
from heard.understanding.rules.dialect import name_of as name_of_dialect

NAMES: Mapping[str, Any] = {
    "language": _("Language"),
    "sentiment": _("Sentiment"),
    "kinds": _("What it is about"),
    "answer_due": _("Answer due"),
    "operational": _("To act on"),
    "analytical": _("Counts for a theme"),
    "urgency": _("Urgency"),
    "private": _("Personal data"),
    "emotion": _("Emotion"),
    "complexity": _("Complexity"),
    "offence": _("Offence"),
    "ironic": _("Irony"),
}
VALUES: Mapping[str, Any] = {
    "negative": pgettext_lazy("sentiment", "negative"),
    "neutral": pgettext_lazy("sentiment", "neutral"),
    "positive": pgettext_lazy("sentiment", "positive"),
    "mixed": pgettext_lazy("sentiment", "mixed"),
    "support": _("support"),
    "sales": _("sales"),
    "praise": _("praise"),
    "product": _("product"),
    "marketing": _("marketing"),
    "community": _("community"),
    "risk": _("risk"),
    "spam": _("spam"),
    "anger": _("anger"),
    "joy": _("joy"),
    "optimism": _("optimism"),
    "sadness": _("sadness"),
    "low": pgettext_lazy("complexity", "low"),
    "medium": pgettext_lazy("complexity", "medium"),
    "high": pgettext_lazy("complexity", "high"),
    "0": pgettext_lazy("urgency", "none"),
    "1": pgettext_lazy("urgency", "within days"),
    "2": pgettext_lazy("urgency", "today"),
    "3": pgettext_lazy("urgency", "now"),
    "yes": _("yes"),
    "no": _("no"),
    "": _("none"),
}
EXAMPLES_OF = {"short": _("short, below 80 letters"), "medium": _("of medium length"), "long": _("long, from 400 letters")}
DIALECTS = (  # as rules/dialects.toml names them
    gettext_noop("Hindi in Latin letters"),
    gettext_noop("Swiss German"),
    gettext_noop("Austrian German"),
    gettext_noop("African American English"),
    gettext_noop("Indian English"),
    gettext_noop("Scots"),
    gettext_noop("River Plate Spanish"),
    gettext_noop("Quebec French"),
)
WHY_USED_OR_NOT = (  # as learning/trial.py says it
    gettext_noop("worse than what ships, on corrections that it did not learn from"),
    gettext_noop("worse than what is in use, on the corrections made since"),
    gettext_noop("says something else of many voices that nobody corrected"),
    gettext_noop("no worse on what it did not learn from"),
)


class Choice(NamedTuple):
    """A value as a form gives it, its name, and the key that says it."""

    given: str
    name: Any
    key: str


def dialect(key: str) -> Any:
    """What a way of speaking is called (rules/dialect.py)."""
    return _(name_of_dialect(key)) if key else ""


def name_of(field: str) -> Any:
    return NAMES.get(field, field)


def written(value: Any) -> str:
    """A single value as forms give it: "yes", "2", "negative", ""."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def value_words(value: Any) -> str:
    """ "negative", "support and sales", "none"."""
    if isinstance(value, list | tuple):
        return ", ".join(value_words(one) for one in value) or str(VALUES[""])
    return str(VALUES.get(written(value), value))


def is_set(field: str) -> bool:
    return field in SETS


def choices(field: str) -> Sequence[Choice]:
    """All that may be said of the field, in the order of the guideline; key 1 is the first."""
    values: Sequence[Any] = CHOICES.get(field) or SETS.get(field) or ((True, False) if field in FLAGS else URGENCIES)
    return [Choice(written(value), VALUES[written(value)], str(n)) for n, value in enumerate(values, 1)]


def read(field: str, given: Sequence[str]) -> Any:
    """What a form says of the field, as a correction holds it. Raises BadCorrection for what is none of its values."""
    if is_set(field):
        return list(given)
    if len(given) != 1 or given[0] not in (choice.given for choice in choices(field)):
        raise BadCorrection(f"{field}: one of {', '.join(choice.given or 'none' for choice in choices(field))}.")
    if field in FLAGS:
        return given[0] == "yes"
    return int(given[0]) if field == "urgency" else given[0]

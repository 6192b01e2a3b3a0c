"""Why a row was left out and why something stayed, in the language of whoever reads it.

What the store keeps is English, as the command line says it. Here it is told apart again from what stands in it: a field, a value,
a number. A test holds WORDS to what importing/ says.
"""

import re
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from heard.identity.import_page import FIELD_WORDS

WORDS = (
    gettext_noop("%(field)s is empty"),
    gettext_noop("has no number, mail address or international phone number to know them by"),
    gettext_noop("%(field)s: the row has no address for %(channel)s, so that nobody could be written to"),
    gettext_noop("%(field)s: a yes needs the day on which they said so, and where; a no needs neither"),
    gettext_noop("says of nobody whose it is: a customer number, a mail address or an international phone number"),
    gettext_noop("%(field)s is a list or an object; name what is inside it"),
    gettext_noop("%(field)s is longer than %(most)s letters"),
    gettext_noop("%(field)s: the time %(value)s cannot be read"),
    gettext_noop("%(field)s: the year %(value)s cannot be meant"),
    gettext_noop("%(field)s: %(value)s is no number"),
    gettext_noop("%(field)s: %(value)s is too large"),
    gettext_noop("%(field)s: %(value)s is no mail address"),
    gettext_noop("%(field)s: %(value)s is none of %(known)s"),
    gettext_noop("%(field)s: %(value)s is neither yes nor no"),
    gettext_noop("owner: no colleague has the address %(value)s"),
    gettext_noop("is one of your own agents, not a customer"),
    gettext_noop("one of its lines is no object"),
    gettext_noop("is no row as %(desk)s writes it"),
    gettext_noop("is not as %(desk)s writes it: %(error)s"),
    gettext_noop("what was said in it: %(error)s"),
    gettext_noop("nobody is known by this customer number, mail address, phone number or order"),
    gettext_noop("was erased at their own request on %(day)s"),
    gettext_noop("the file breaks off here: %(error)s"),
    gettext_noop("a line longer than %(most)s MB"),
    gettext_noop("not CSV from here on: %(error)s"),
    gettext_noop("another reason"),
    # What stays when an import is taken back.
    gettext_noop("a colleague has answered or done something in this conversation since"),
    gettext_noop("a worker is reading it just now: take the import back once more"),
    gettext_noop("a colleague said who they are"),
    gettext_noop("others still tell of them: kept without what this import said"),
    gettext_noop("changed since by import %(number)s"),
    gettext_noop("changed since by a colleague or another system"),
)


def in_words(why: str) -> str:
    """What was kept in words of ours, in the reader's language; anything else as it stands."""
    found = _told_apart(why)
    if found is None:
        return why
    words, values = found
    if field := values.get("field"):
        values = {**values, "field": str(FIELD_WORDS.get(field, field))}
    return _(words) % values if values else _(words)


@lru_cache(maxsize=1000)
def _told_apart(why: str) -> tuple[str, dict[str, str]] | None:
    return next(((words, found.groupdict()) for words, form in FORMS if (found := form.fullmatch(why))), None)


def _form(words: str) -> re.Pattern[str]:
    """A field is one word, everything else whatever stands there."""
    parts = re.split(r"%\((\w+)\)s", words)
    gaps = (rf"(?P<{name}>{r'[a-z_0-9]+' if name == 'field' else '.+'})" for name in parts[1::2])
    return re.compile("".join(re.escape(text) + next(gaps, "") for text in parts[::2]), re.DOTALL)


FORMS = [(words, _form(words)) for words in WORDS]

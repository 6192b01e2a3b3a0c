from django import template

from heard.understanding.selectors import Verdict

register = template.Library()

SEPARATOR = "\u001f"  # occurs in nobody's words; conversation.ts parts them again


@register.filter
def evidence(verdict: Verdict) -> str:
    """The words that the reasons of a verdict rest on, for underlining them in the message."""
    words = [words for reason in verdict.reasons for words in reason.get("evidence", ())]
    return SEPARATOR.join(dict.fromkeys(w for w in words if w))

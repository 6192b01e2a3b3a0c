from django import template

from heard.understanding.selectors import Verdict

register = template.Library()

SEPARATOR = "\u001f"  # occurs in nobody's words; conversation.ts parts them again

MAIN = ("kinds", "sentiment", "urgency", "private")  # what one wants to know first
HEADLINES = {
    "answer_due": "Answer due:",
    "operational": "To act on:",
    "analytical": "Counts for a theme:",
    "language": "Language",
    "urgency": "Urgency",
    "private": "Holds",
}


@register.filter
def main_reasons(verdict: Verdict) -> list[dict]:
    return [reason for reason in verdict.reasons if reason["field"] in MAIN]


@register.filter
def other_reasons(verdict: Verdict) -> list[dict]:
    return [reason for reason in verdict.reasons if reason["field"] not in MAIN]


@register.filter
def headline(reason: dict) -> str:
    """ "Support", "Urgency 2", "Answer due: yes"."""
    words = f"{HEADLINES.get(reason['field'], '')} {reason['value']}".strip()
    return words[:1].upper() + words[1:]


@register.filter
def evidence(verdict: Verdict) -> str:
    """The words that the reasons of a verdict rest on, for underlining them in the message."""
    words = [words for reason in verdict.reasons for words in reason.get("evidence", ())]
    return SEPARATOR.join(dict.fromkeys(w for w in words if w))

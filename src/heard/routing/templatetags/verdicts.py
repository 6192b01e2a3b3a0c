from typing import NamedTuple

from django import template

from heard.understanding.rules.cuts import cuts
from heard.understanding.selectors import Verdict

register = template.Library()

TONES = {"positive": "good", "negative": "bad", "mixed": "wait", "neutral": "outline"}
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
    return [reason for reason in verdict.reasons if reason["field"] not in MAIN and reason["field"] != "targets"]


class Judged(NamedTuple):
    """A target with what is felt about it, and the words that say so."""

    words: str
    sentiment: str
    evidence: tuple[str, ...]

    @property
    def tone(self) -> str:
        return TONES[self.sentiment]


@register.filter
def judged(verdict: Verdict) -> list[Judged]:
    """What is judged by itself."""
    said = {reason["value"]: reason.get("evidence", ()) for reason in verdict.reasons if reason["field"] == "targets"}
    return [Judged(words, felt, tuple(said.get(f"{words}: {felt}", ())[1:])) for words, felt in verdict.targets]


@register.filter
def by_role(verdict: Verdict) -> list[tuple[str, str]]:
    """(kind, sentiment) for those to whom it is something else than as a whole."""
    if "sentiment" in verdict.corrected and verdict.sentiment != "mixed":
        return []
    return [
        (kind, felt)
        for kind, _, felt in (cut.partition(" ") for cut in cuts(verdict.sentiment, verdict.targets, verdict.language))
    ]


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

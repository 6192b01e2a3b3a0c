import re

_ANSWER_MARKS = re.compile(r"^\s*((re|aw|antw|sv|vs|odp|rif|tr)\s*(\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def answer_to(subject: str) -> str:
    """The subject of a reply: one "Re:", whatever number and language of such marks was there."""
    bare = _ANSWER_MARKS.sub("", " ".join(subject.split()))
    return f"Re: {bare}"[:500] if bare else ""

"""Two windows typed into the same draft: nobody's words are lost."""

SEAM = "\n\n--- typed in another window ---\n"


def merged(kept: str, given: str) -> str:
    """Both texts, once each. Where one continues the other, the longer one is both."""
    if not kept.strip() or given.startswith(kept):
        return given
    if kept.startswith(given) or given in kept:
        return kept
    return f"{given}{SEAM}{kept}"

"""What was read of which voices lately, for rooms that look for those that say nearly the same."""

from typing import NamedTuple

from heard.understanding.models import Assessment


class Signed(NamedTuple):
    """A voice with the signature of its words; see rules/near.py."""

    interaction_id: int
    near: int | None  # None: it was edited, and says too little now to be like anything


def signed_after(assessment_id: int, *, limit: int) -> tuple[list[Signed], int]:
    """(those with a signature, or edited, among the next `limit` assessments after that one, the last one that was looked at).

    One query. Asks for no viewer: it shows no words.
    """
    after = Assessment.objects.filter(id__gt=assessment_id).order_by("id")
    rows = list(after.values_list("id", "interaction_id", "words", "near")[:limit])
    newest: dict[int, tuple[int, int | None]] = {}
    for _, i, words, near in rows:
        if (near is not None or words) and words >= newest.get(i, (0, None))[0]:
            newest[i] = (words, near)
    return [Signed(i, near) for i, (_, near) in newest.items()], rows[-1][0] if rows else assessment_id

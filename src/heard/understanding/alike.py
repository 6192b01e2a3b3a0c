"""What was read of which voices lately, for rooms that look for those that say nearly the same."""

from typing import NamedTuple

from heard.understanding.models import Assessment


class Signed(NamedTuple):
    """A voice with the signature of its words; see rules/near.py."""

    interaction_id: int
    near: int


def signed_after(assessment_id: int, *, limit: int) -> tuple[list[Signed], int]:
    """(those with a signature among the next `limit` assessments after that one, the last assessment that was looked at).

    One query. Asks for no viewer: it shows no words.
    """
    after = Assessment.objects.filter(id__gt=assessment_id).order_by("id")
    rows = list(after.values_list("id", "interaction_id", "near")[:limit])
    return [Signed(i, near) for _, i, near in rows if near is not None], rows[-1][0] if rows else assessment_id

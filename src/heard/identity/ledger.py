"""Why we think that these are one person: the ledger of reasons, as the page of a customer shows it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from heard.governance.permissions import Viewer
from heard.identity.models import IdentityLink
from heard.identity.rules import evidence
from heard.identity.rules.evidence import Line
from heard.identity.selectors import visible_faces
from heard.kernel.prepared import given_ids, prepared

Kind = IdentityLink.Kind


class Ground(NamedTuple):
    """One line of the ledger. Names of members are empty for Heard itself."""

    id: int
    kind: str
    why: str
    weight: float
    parts: list[dict[str, Any]]
    made_at: datetime
    author: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    left_id: int
    left_handle: str
    left_external_id: str
    right_id: int
    right_handle: str
    right_external_id: str

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None

    @property
    def is_for(self) -> bool:
        return self.kind != Kind.SAID_DIFFERENT and (self.kind != Kind.MATCHED or self.weight > 0)

    @property
    def may_be_told_apart(self) -> bool:
        """Whether "different" is still to be said."""
        return self.stands and self.kind != Kind.SAID_DIFFERENT

    @property
    def kind_words(self) -> str:
        if self.kind == Kind.MATCHED and not self.is_for:
            return "they differ in too much"
        return str(Kind(self.kind).label)

    @property
    def left(self) -> str:
        return self.left_handle or self.left_external_id

    @property
    def right(self) -> str:
        return self.right_handle or self.right_external_id

    @property
    def lines(self) -> list[Line]:
        """What was compared, of a match."""
        return evidence.lines(self.parts)

    @property
    def odds(self) -> str:
        return evidence.odds(self.weight) if self.kind == Kind.MATCHED else ""


def ledger(viewer: Viewer, identity_ids: Sequence[int]) -> list[Ground]:
    """The reasons between faces that the viewer sees, and about other people they were told apart from; newest first.

    Also those taken back. A reason of which the viewer may see one side only is left out, and so is what matching found against
    somebody who is not among them: it weighs, and says nothing of anybody here.
    """
    mine = set(identity_ids)
    grounds = [Ground(*row) for row in _grounds(identities=identity_ids)]
    grounds = [g for g in grounds if g.kind != Kind.MATCHED or {g.left_id, g.right_id} <= mine or (g.is_for and not g.stands)]
    others = {i for g in grounds for i in (g.left_id, g.right_id)} - mine
    seen = mine | {i for (i,) in _seen(viewer, identities=others)} if others else mine
    return [g for g in grounds if {g.left_id, g.right_id} <= seen]


@prepared
def _grounds() -> QuerySet:
    ids = given_ids("identities")
    links = IdentityLink.objects.filter(Q(left_id__in=ids) | Q(right_id__in=ids)).order_by("-id")
    of_sides = [f"{side}{field}" for side in ("left", "right") for field in ("_id", "__handle", "__external_id")]
    about = ("id", "kind", "why", "weight", "parts", "made_at", "author__name", "withdrawn_at", "withdrawn_by__name")
    return links.values_list(*about, *of_sides)


@prepared
def _seen(viewer: Viewer) -> QuerySet:
    return visible_faces(viewer).filter(identity_id__in=given_ids("identities")).values_list("identity_id")

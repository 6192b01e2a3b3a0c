"""The one answer to "may they?" and "which teams do they see?"; the rest of Heard asks here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Q

from heard.governance.models import Member
from heard.governance.rules import roles
from heard.governance.rules.roles import Role
from heard.kernel.prepared import given

NOBODY = -1  # no member has this id


class NotAllowed(Exception):
    """The member may not do this. `verb` says what was asked; nothing was written."""

    def __init__(self, verb: str) -> None:
        super().__init__(f"your role does not allow {verb}")
        self.verb = verb


@dataclass(frozen=True)
class Viewer:
    """Whoever asks: a member with their role and teams as they are now, or Heard itself (`member_id` None)."""

    member_id: int | None
    name: str
    role: Role
    team_ids: frozenset[int]

    @property
    def sees_every_team(self) -> bool:
        return self.role in roles.SEES_EVERY_TEAM

    def may(self, verb: str) -> bool:
        return roles.may(self.role, verb)

    def check(self, verb: str) -> None:
        """Raises NotAllowed."""
        if not self.may(verb):
            raise NotAllowed(verb)

    @cached_property
    def standing(self) -> Viewer:
        """What everybody of this role and these teams shares: the shape of a prepared question. It is nobody, and has nothing of its own."""
        return Viewer(NOBODY, "", self.role, frozenset() if self.sees_every_team else self.team_ids)

    def whoever(self) -> Viewer:
        """Of a standing: one of them, who is said when the prepared question is asked, as `member`."""
        return replace(self, member_id=given("member"))  # type: ignore[arg-type]

    def sees_team(self, team_id: int | None) -> bool:
        return team_id is None or self.sees_every_team or team_id in self.team_ids


HEARD = Viewer(member_id=None, name="Heard", role=Role.ADMINISTRATOR, team_ids=frozenset())


def viewer_of(member: Member) -> Viewer:
    """Two queries at most; asked afresh for every request, so that a lost role ends at once."""
    return Viewer(member.pk, member.name, Role(member.role), frozenset(member.teams.values_list("id", flat=True)))


def within_teams(viewer: Viewer, field: str = "team") -> Q:
    """The condition behind every `visible_to`: rows of no team, or of a team that the viewer sees."""
    if viewer.sees_every_team:
        return Q()
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__in": viewer.team_ids})

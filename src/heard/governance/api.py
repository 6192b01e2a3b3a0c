"""Who asks the API as a person, and what they may do."""

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.security import SessionAuth

from heard.governance.permissions import Viewer, viewer_of
from heard.governance.rules.roles import PERMISSIONS

router = Router(tags=["You"])


class Problem(Schema):
    """What went wrong, in words for a person."""

    detail: str


class Colleague(SessionAuth):
    """Somebody signed in with a browser; the request gets their role and teams as they are now."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Viewer | None:
        if not request.user.is_authenticated:
            return None
        request.viewer = viewer_of(request.user)  # type: ignore[attr-defined, arg-type]
        return request.viewer  # type: ignore[attr-defined]


class Me(Schema):
    member_id: int
    name: str
    role: str
    team_ids: list[int]
    may: list[str]


@router.get(
    "/me", auth=Colleague(), response={200: Me, 401: Problem}, operation_id="me", summary="Who you are and what you may do"
)
def me(request: HttpRequest):
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return {
        "member_id": viewer.member_id,
        "name": viewer.name,
        "role": viewer.role.value,
        "team_ids": sorted(viewer.team_ids),
        "may": sorted(verb for verb in PERMISSIONS if viewer.may(verb)),
    }

"""REST: promises, for colleagues with their session. Reads only; everything passes `visible_promises`."""

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import AwareDatetime

from heard.engagement import promises
from heard.governance.api import Colleague, Problem

router = Router(tags=["Promises"])


class Wanted(Schema):
    """Which promises, and from where in the list."""

    view: Literal["mine", "all", "due", "overdue", "confirm", "kept", "broken"] = "all"
    cursor: Annotated[str, Query(max_length=80, description="`next` of the page before")] = ""


class PromiseOut(Schema):
    id: int
    conversation_id: int
    customer: str
    what: str
    words: str
    state: str
    author: str
    owner: str
    made_at: AwareDatetime
    due_at: AwareDatetime
    first_due_at: AwareDatetime
    settled_at: AwareDatetime | None
    settled_by: str
    is_overdue: bool


class PromisePage(Schema):
    promises: list[PromiseOut]
    next: str | None


@router.get(
    "/promises",
    auth=Colleague(),
    response={200: PromisePage, 400: Problem, 401: Problem},
    operation_id="promises",
    summary="What customers were promised, of conversations that you may see",
)
def list_promises(request: HttpRequest, wanted: Query[Wanted]):
    """`all` are those that stand, by when they are due; `kept` and `broken` come newest first. `words` is empty for what was
    noted by hand."""
    page = promises.page(request.viewer, wanted.view, after=wanted.cursor)  # type: ignore[attr-defined]
    return {"promises": [_out(row) for row in page.rows], "next": page.next or None}


def _out(row: promises.Row) -> dict:
    return {name: getattr(row, name) for name in PromiseOut.model_fields}

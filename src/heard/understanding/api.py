"""REST: what customers said of themselves, for colleagues with their session."""

from typing import Annotated

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest
from ninja import Field, Path, Router, Schema
from ninja.errors import HttpError
from pydantic import AwareDatetime

from heard.governance.api import Colleague, Problem
from heard.identity import pages
from heard.understanding.facts import facts_given

router = Router(tags=["Facts"])


class FactOut(Schema):
    kind: str
    value: str
    at: AwareDatetime = Field(description="When they gave it last")
    way: str = Field(description="The channel they gave it over, or who keeps the record that has it")
    interaction_id: int | None = Field(description="The voice it was given in; none for what is on record")
    is_private: bool = Field(description="Given where only your company reads it")
    times: int


class FactsOut(Schema):
    facts: list[FactOut]


@router.get(
    "/customers/{customer_id}/facts",
    auth=Colleague(),
    response={200: FactsOut, 401: Problem, 404: Problem},
    operation_id="customer_facts",
    summary="Facts that a customer gave already: order numbers, postcodes, models, with where they gave them",
)
def customer_facts(request: HttpRequest, customer_id: Annotated[int, Path(ge=1, le=2**63 - 1)]):
    """Out of the last 150 things that they said and you may read, and of what is on record. 404 also for one whom you may not see."""
    viewer = request.viewer  # type: ignore[attr-defined]
    try:
        identity_ids = pages.person(viewer, customer_id).identity_ids
    except ObjectDoesNotExist:
        raise HttpError(404, "There is no such customer.") from None
    return {
        "facts": [
            {
                "kind": given.kind,
                "value": given.value,
                "at": given.at,
                "way": given.way,
                "interaction_id": given.interaction_id,
                "is_private": given.is_private,
                "times": given.times,
            }
            for given in facts_given(viewer, identity_ids)
        ]
    }

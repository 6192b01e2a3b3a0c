"""What the page of a customer asks of the timeline: a part of it, by what stands in the address, and what it can be narrowed to."""

from datetime import date, tzinfo
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse

from heard.governance import selectors as people
from heard.identity import timeline
from heard.identity.pages import Acquaintance, Person
from heard.identity.timeline import SAID, Filters, Place


def part(request: HttpRequest, person: Person) -> dict[str, Any]:
    """What is asked for by `before`, `after` or a day `on`; without any, the newest."""
    asked, zone = request.GET, _zone(request)
    account = asked.get("account", "")
    filters = Filters(
        kind=asked.get("kind", "")[:12], account_id=int(account) if account.isdecimal() and len(account) < 19 else None
    )
    day = _day(asked.get("on", ""))
    before = Place.parse(asked.get("before", "")) or (Place.end_of(day, zone) if day else None)
    after = Place.parse(asked.get("after", ""))
    found = timeline.stretch(
        request.viewer,  # type: ignore[attr-defined]
        person.identity_ids,
        filters,
        zone=zone,
        before=before,
        after=after,
    )
    return {
        "person": person,
        "stretch": found,
        "filters": filters,
        "day": day,
        "narrowed": urlencode({"kind": filters.kind, "account": filters.account_id or ""}),
        "is_narrowed": bool(filters.kind or filters.account_id),
        "begins_elsewhere": bool(before or after),
        "stretches": reverse("identity:stretch", args=[person.id]),
    }


def choices(known: Acquaintance) -> list[tuple[str, str]]:
    """(value, words) of what the timeline can be narrowed to: the ways in which they spoke, and what else may happen."""
    kinds = [(kind, f"{kind.replace('_', ' ').capitalize()}s") for kind in known.kinds]
    spoken = [(SAID, "Everything said"), *kinds] if len(kinds) > 1 else kinds
    return [("", "Everything"), *spoken, *timeline.kinds_of_events()]


def _day(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None


def _zone(request: HttpRequest) -> tzinfo:
    """The company's; asked for once a request, as by project.context."""
    if not hasattr(request, "company"):
        request.company = people.company()  # type: ignore[attr-defined]
    return ZoneInfo(request.company.timezone or "UTC")  # type: ignore[attr-defined]

"""What leads do with business hours: say when somebody is there, and forget hours that no queue keeps."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.routing.models import Hours
from heard.routing.rules.business_hours import Spell, public_holidays

MOST_CLOSED_DAYS = 400


class BadHours(Exception):
    """The hours cannot be like that; the text says why. Nothing was changed."""


def keep_hours(
    viewer: Viewer,
    hours_id: int | None = None,
    *,
    name: str,
    zone: str,
    week: Sequence[Sequence[Spell]],
    country: str = "",
    subdivision: str = "",
    closed: Sequence[tuple[str, str]] = (),
) -> int:
    """There are hours of this name; those of `hours_id` are changed. Returns their id.

    Counts for voices from now on; clocks that run keep the time they were given. Raises BadHours, Hours.DoesNotExist, NotAllowed.
    """
    viewer.check("queue.manage")
    found = Hours.objects.get(pk=hours_id) if hours_id else Hours()
    found.name, found.zone, found.country, found.subdivision = name.strip(), zone, country, subdivision
    found.week = [[list(spell) for spell in day] for day in week]
    found.closed = [list(day) for day in closed]
    _check(found)
    try:
        with transaction.atomic():
            found.save()
            audit.note(viewer, "hours.keep", "hours", found.pk, name=found.name, zone=zone, week=found.week, country=country)
    except IntegrityError:
        raise BadHours(f"There are hours called {found.name} already.") from None
    return found.pk


def drop_hours(viewer: Viewer, hours_id: int) -> None:
    """They are gone. Refused while a queue keeps them."""
    viewer.check("queue.manage")
    try:
        with transaction.atomic():
            hours = Hours.objects.get(pk=hours_id)
            hours.delete()
            audit.note(viewer, "hours.drop", "hours", hours_id, name=hours.name)
    except ProtectedError:
        raise BadHours("A queue keeps these hours. Give it others first.") from None


def _check(hours: Hours) -> None:
    if not hours.name:
        raise BadHours("The hours need a name.")
    if hours.zone not in available_timezones():
        raise BadHours(f"{hours.zone} is no time zone.")
    if len(hours.closed) > MOST_CLOSED_DAYS:
        raise BadHours(f"At most {MOST_CLOSED_DAYS} days can be named.")
    if hours.subdivision and not hours.country:
        raise BadHours("A region needs its country.")
    try:
        if hours.country:
            public_holidays(hours.country, hours.subdivision, date.today().year)  # noqa: DTZ011 - any year will do
    except NotImplementedError:
        raise BadHours(f"No public holidays are known of {' '.join(filter(None, [hours.country, hours.subdivision]))}.") from None
    try:
        hours.rules  # noqa: B018 - it is made to see that it can be
    except ValueError as wrong:
        raise BadHours(f"These hours cannot be kept: {wrong}.") from None

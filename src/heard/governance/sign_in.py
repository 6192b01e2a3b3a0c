"""Who is behind a session: the member, with role and teams as they are at this moment, in one question.

It asks what django.contrib.auth.get_user asks, and says yes to nobody else. What it does not know, such as a session that an
earlier secret key has signed, is left to that.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare

from heard.governance.models import Member
from heard.governance.permissions import Viewer
from heard.governance.rules.roles import Role
from heard.kernel.prepared import given, prepared

_FIELDS = [field.attname for field in Member._meta.concrete_fields]


class SignedIn(NamedTuple):
    member: Member
    viewer: Viewer


def signed_in(session: Mapping[str, Any]) -> SignedIn | None:
    """The active member whose session this is. One query."""
    kept_hash, member_id = session.get(HASH_SESSION_KEY), session.get(SESSION_KEY)
    if not kept_hash or not member_id or session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    rows = _member_with_teams(member=int(member_id))
    if not rows:
        return None
    member = Member.from_db(connection.alias, _FIELDS, rows[0][:-1])
    if not member.is_active or not constant_time_compare(kept_hash, member.get_session_auth_hash()):
        return None
    teams = frozenset(team_id for *_, team_id in rows if team_id is not None)
    return SignedIn(member, Viewer(member.pk, member.name, Role(member.role), teams))


@prepared
def _member_with_teams() -> QuerySet:
    """One row for each team, at least one."""
    return Member.objects.filter(pk=given("member")).order_by().values_list(*_FIELDS, "teams")

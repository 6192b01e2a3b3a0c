"""Sessions as Django keeps them in the store, read without making SQL anew for each request."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from heard.kernel import clock
from heard.kernel.prepared import given, given_moment, prepared


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        """Empty, and without its key, when there is none or it is over."""
        found = _data(key=self.session_key, now=clock.now())
        if found:
            return self.decode(found[0][0])
        self._session_key = None
        return {}


@prepared
def _data() -> QuerySet:
    return Session.objects.filter(session_key=given("key"), expire_date__gt=given_moment("now")).values_list("session_data")

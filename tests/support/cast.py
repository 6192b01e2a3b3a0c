"""The cast, as fixtures: who stands in most stories.

Ada administers, Sam supervises, Alice answers (team Care), Vera only reads (team Care), Bea answers for another team
(Sales), and Charlie is a stranger who never signed in.
"""

import pytest
from django.test import Client

PASSWORD = "correct horse battery"


def _member(email: str, *, name: str, role: str, teams=()):
    from heard.governance.models import Member

    member = Member.objects.create_user(email, PASSWORD, name=name, role=role)
    member.teams.set(teams)
    return member


@pytest.fixture
def company(db):
    from heard.governance.models import Company

    return Company.objects.create(name="Acme", timezone="Europe/Vienna")


@pytest.fixture
def care(db):
    from heard.governance.models import Team

    return Team.objects.create(name="Care")


@pytest.fixture
def sales(db):
    from heard.governance.models import Team

    return Team.objects.create(name="Sales")


@pytest.fixture
def ada(company):
    return _member("ada@acme.example", name="Ada", role="administrator")


@pytest.fixture
def sam(company):
    return _member("sam@acme.example", name="Sam", role="supervisor")


@pytest.fixture
def alice(company, care):
    return _member("alice@acme.example", name="Alice", role="agent", teams=[care])


@pytest.fixture
def vera(company, care):
    return _member("vera@acme.example", name="Vera", role="viewer", teams=[care])


@pytest.fixture
def bea(company, sales):
    return _member("bea@acme.example", name="Bea", role="agent", teams=[sales])


@pytest.fixture
def browser():
    """A function that gives a test client, signed in as a member or, with None, as Charlie the stranger."""

    def of(member=None) -> Client:
        client = Client()
        if member is not None:
            client.force_login(member)
        return client

    return of


@pytest.fixture
def seen_by():
    """The viewer of a member, as each request asks for it."""
    from heard.governance.permissions import viewer_of

    return viewer_of

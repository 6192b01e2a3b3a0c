"""The mail world as a fixture: one Dovecot for all tests of a session, a mailbox of its own for each test."""

import itertools

import pytest

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def _mail_server():
    from tests.support.servers.mail import start_or_skip

    server = start_or_skip()
    yield server
    server.stop()


@pytest.fixture
def mail_server(_mail_server):
    """tests.support.servers.mail.MailServer, without the faults of the test before."""
    _mail_server.forgive()
    yield _mail_server
    _mail_server.forgive()


@pytest.fixture
def desk_address():
    """A mailbox that no other test has written to."""
    return f"desk-{next(_numbers)}@acme.test"

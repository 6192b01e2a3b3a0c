"""Questions that go past Django's cursors are answered, refused and watched as they would be."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from heard.kernel.asking import ask

pytestmark = pytest.mark.django_db


def test_a_question_is_answered_with_its_values_in_place():
    assert ask("SELECT %s, %s", ["50% off", "what?"]) == [("50% off", "what?")]


def test_a_percent_sign_in_the_question_is_one():
    assert ask("SELECT 'all of it' LIKE 'all%%', %s", ["x"])[0][1] == "x"
    assert ask("SELECT 1 WHERE 'all of it' LIKE 'all%%' AND %s = 'x'", ["x"]) == [(1,)]


def test_whoever_watches_sees_it():
    with CaptureQueriesContext(connection) as seen:
        ask("SELECT %s", ["watched"])
    assert "watched" in seen[0]["sql"]


def test_a_wrong_question_is_refused_as_django_does():
    with pytest.raises(DatabaseError), transaction.atomic():
        ask("SELECT nothing_of_the_kind FROM kernel_streamevent", [])


def test_nothing_is_asked_in_a_transaction_that_is_broken():
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            ask("SELECT 1", [])
        transaction.set_rollback(False)

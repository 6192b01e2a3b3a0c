"""News reaches every listener at least once, and one that fails holds up nobody."""

from datetime import timedelta

import pytest
from django.db import transaction

from heard.kernel import outbox
from heard.kernel.clock import now
from heard.kernel.models import News

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard():
    """What the listeners of "test.fact" heard; one of them fails while `broken` is in the list."""
    said: list[str] = []

    def good(n: int) -> None:
        said.append(f"good {n}")

    def bad(n: int) -> None:
        if "broken" in said:
            raise RuntimeError("listener down")
        said.append(f"bad {n}")

    outbox.listen("test.fact")(good)
    outbox.listen("test.fact")(bad)
    yield said
    outbox._listeners.pop("test.fact")


def test_each_listener_hears_a_fact_once(heard):
    outbox.tell("test.fact", n=1)
    assert outbox.pass_on(worker="w", now=now()) == 2
    assert outbox.pass_on(worker="w", now=now()) == 0
    assert sorted(heard) == ["bad 1", "good 1"]


def test_no_fact_of_a_rolled_back_verb_is_told(heard):
    with pytest.raises(RuntimeError), transaction.atomic():
        outbox.tell("test.fact", n=1)
        raise RuntimeError
    assert outbox.pass_on(worker="w", now=now()) == 0


def test_a_failing_listener_is_tried_again_later_and_the_other_is_not_disturbed(heard):
    heard.append("broken")
    outbox.tell("test.fact", n=1)
    outbox.pass_on(worker="w", now=now())
    assert "good 1" in heard
    assert "listener down" in News.objects.get(heard_at=None).error
    assert outbox.pass_on(worker="w", now=now()) == 0

    heard.remove("broken")
    assert outbox.pass_on(worker="w", now=now() + timedelta(minutes=5)) == 1
    assert heard.count("good 1") == 1
    assert "bad 1" in heard

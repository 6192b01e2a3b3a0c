"""Bulk writes behave alike on both databases."""

from datetime import UTC, datetime

import pytest

from heard.kernel import bulk
from heard.kernel.models import Lease, News, StreamEvent

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 29, 12, 30, 15, 123456, tzinfo=UTC)


def test_reserved_ids_ascend_and_are_nobody_elses():
    first, second = bulk.reserve_ids(Lease, 3), bulk.reserve_ids(Lease, 2)
    assert first == sorted(first)
    assert not set(first) & set(second)
    assert Lease.objects.create(name="x", holder="y", until=NOON).pk > max(second)
    assert bulk.reserve_ids(Lease, 0) == []


def test_values_come_back_as_they_went_in():
    payload = {"text": 'Grüße, "quoted" \\ back\tslash\nnew line 😀', "n": None, "list": [1, 2.5, True]}
    bulk.insert(
        News,
        ["name", "listener", "payload", "told_at", "due_at", "attempts", "claimed_by", "error"],
        [["a", "b\t\\N", payload, NOON, NOON, 0, "", ""]],
    )
    found = News.objects.get()
    assert found.payload == payload
    assert found.told_at == NOON
    assert found.listener == "b\t\\N"
    assert bulk.existing(News, ["name"], [("a",), ("z",)], ["payload", "due_at", "heard_at"]) == {("a",): (payload, NOON, None)}


def test_keys_of_several_columns_are_found_in_one_query(django_assert_num_queries):
    rows = [[n % 3, f"t{n}", {}, NOON] for n in range(50)]
    bulk.insert(StreamEvent, ["team_id", "topic", "payload", "at"], rows)
    with django_assert_num_queries(1):
        found = bulk.existing(StreamEvent, ["team_id", "topic"], [(n % 3, f"t{n}") for n in range(25)] + [(9, "t1")], ["at"])
    assert len(found) == 25


def test_doubles_are_ignored_when_asked():
    rows = [["duty", "me", NOON], ["duty", "you", NOON]]
    bulk.insert(Lease, ["name", "holder", "until"], rows, ignore_conflicts=True)
    assert Lease.objects.get().holder == "me"


def test_updates_set_each_row_its_own_values():
    a, b = (Lease.objects.create(name=n, holder="x", until=NOON).pk for n in "ab")
    bulk.update(Lease, "id", ["holder", "name"], [[a, "ann", "a2"], [b, "bob", "b2"]])
    assert list(Lease.objects.order_by("id").values_list("holder", "name")) == [("ann", "a2"), ("bob", "b2")]


def test_of_two_updates_to_one_row_the_last_counts():
    lease = Lease.objects.create(name="duty", holder="nobody", until=NOON)
    bulk.update(Lease, "id", ["holder"], [[lease.pk, "first"], [lease.pk, "second"], [lease.pk, "third"]])
    lease.refresh_from_db()
    assert lease.holder == "third"


@pytest.mark.parametrize("count", [1, bulk.TOGETHER - 1, bulk.TOGETHER, 2 * bulk.TOGETHER + 1])
def test_any_number_of_rows_goes_in(count):
    bulk.insert(Lease, ["name", "holder", "until"], [[f"duty {n}", "me", NOON] for n in range(count)])
    assert Lease.objects.count() == count

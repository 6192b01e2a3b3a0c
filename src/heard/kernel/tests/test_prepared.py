from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Max, QuerySet
from django.db.models.functions import Upper

from heard.kernel.models import Lease, News
from heard.kernel.prepared import given, given_ids, given_moment, prepared

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
built = []


@pytest.fixture(autouse=True)
def leases():
    built.clear()
    Lease.objects.bulk_create(
        Lease(name=f"duty-{n}", holder="a" if n < 5 else "b", until=NOON + timedelta(minutes=n)) for n in range(30)
    )


@prepared
def of_holder(most: int) -> QuerySet:
    built.append(most)
    return Lease.objects.filter(holder=given("holder")).order_by("-until").values_list("name", "until")[:most]


@prepared
def named(after: bool) -> QuerySet:
    found = Lease.objects.filter(pk__in=Lease.objects.filter(name__in=["duty-1", "duty-2", "duty-3"]).values("pk"))
    return (found.filter(until__gt=given_moment("moment")) if after else found).order_by("name").values_list("name")


@prepared
def last_of_each() -> QuerySet:
    return Lease.objects.values("holder").annotate(last=Max("until")).order_by("holder").values_list("holder", "last")


@prepared
def nobody() -> QuerySet:
    return Lease.objects.filter(name__in=[]).values_list("name")


@prepared
def sorted_by_what_is_not_shown() -> QuerySet:
    return Lease.objects.filter(holder=given("holder")).order_by(Upper("name")).distinct().values_list("until")


@prepared
def of_ids() -> QuerySet:
    return Lease.objects.filter(id__in=given_ids("ids")).order_by("name").values_list("name")


@prepared
def payloads() -> QuerySet:
    return News.objects.values_list("payload")


def test_a_question_is_built_once_for_each_shape_and_asked_with_any_values():
    of_holder.statement.cache_clear()
    assert [len(of_holder(3, holder=name)) for name in ("a", "b", "nobody", "a")] == [3, 3, 0, 3]
    assert len(of_holder(9, holder="b")) == 9
    assert built == [3, 9]


def test_values_come_as_a_queryset_would_give_them():
    assert of_holder(3, holder="a") == list(Lease.objects.filter(holder="a").order_by("-until").values_list("name", "until")[:3])


def test_what_is_worked_out_from_moments_is_moments():
    assert last_of_each() == [("a", NOON + timedelta(minutes=4)), ("b", NOON + timedelta(minutes=29))]


@pytest.mark.parametrize("after, names", [(False, ["duty-1", "duty-2", "duty-3"]), (True, ["duty-3"])])
def test_a_moment_is_compared_as_a_moment(after, names):
    assert [name for (name,) in named(after, moment=NOON + timedelta(minutes=2))] == names


def test_what_cannot_be_found_is_not_asked_for(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert nobody() == []


def test_a_column_that_only_sorts_is_not_among_the_answers():
    assert sorted_by_what_is_not_shown(holder="a") == [(NOON + timedelta(minutes=n),) for n in range(5)]


def test_any_number_of_ids_is_one_value():
    ids = list(Lease.objects.order_by("until").values_list("id", flat=True))
    assert of_ids(ids=[]) == []
    assert of_ids(ids=[ids[1], ids[3], 0]) == [("duty-1",), ("duty-3",)]


def test_json_comes_as_what_it_means():
    News.objects.create(name="told", payload={"to": [1, "ü"]})
    assert payloads() == [({"to": [1, "ü"]},)]


def test_a_value_that_was_forgotten_is_an_error():
    with pytest.raises(KeyError, match="holder"):
        of_holder(3)

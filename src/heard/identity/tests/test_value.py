from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heard.identity.rules.value import Part, worth

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2026, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001
PARTS = st.lists(
    st.builds(Part, st.sampled_from(["EUR", "USD"]), st.integers(1, 9), st.decimals(0, 999, places=2), DAY, DAY), max_size=6
)


def test_somebody_who_never_bought_has_no_worth():
    assert worth([], now=NOW) is None


def test_worth_adds_up_over_identities_and_keeps_currencies_apart():
    january, february = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    found = worth([Part("EUR", 2, Decimal("9.50"), january, january), Part("USD", 1, Decimal(20), january, february)], now=NOW)
    assert found is not None
    assert (found.recency_days, found.frequency, found.since) == (28, 3, january)
    assert found.money == {"USD": Decimal(20), "EUR": Decimal("9.50")}


@given(PARTS, st.randoms(use_true_random=False))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_joining_and_parting_people_in_any_order_gives_one_worth(parts, random):
    shuffled = list(parts)
    random.shuffle(shuffled)
    assert worth(parts, now=NOW) == worth(shuffled, now=NOW)

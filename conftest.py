"""What every test may ask for; the fixtures themselves are in tests/support."""

import pytest
from hypothesis import HealthCheck, settings

# No test depends on how fast the machine is: by default Hypothesis fails one that takes 200 ms, or whose input is made slowly.
settings.register_profile("heard", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("heard")

pytest_plugins = [
    "tests.support.cast",
    "tests.support.fixtures_mail",
    "tests.support.testnet",
    "tests.support.wire",
    "tests.support.world",
    "tests.support.house",
    "tests.support.quagmire",
    "tests.support.desk",
    "tests.support.emptied",
    "tests.support.servers.bluesky",
]


@pytest.fixture(autouse=True)
def no_pace(settings):
    """Tests call servers of their own as fast as they can; what is about the pace says so itself."""
    settings.KEEPS_PACE = False


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """A hash that takes no time: half of the suite signs somebody in."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

"""What every test may ask for; the fixtures themselves are in tests/support."""

import pytest

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

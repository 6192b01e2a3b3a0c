"""Real servers for tests, started in the foreground by fixtures; tests/support/install_servers.py puts them in place."""

import os

import pytest


def require(condition: object, what: str) -> None:
    """Skips the test with its reason where `condition` is not met; under CI=true that is a failure, for CI promised it."""
    if condition:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI promises this and it is missing: {what}", pytrace=False)
    pytest.skip(what)

"""One suite that every channel passes, ours and yours. In the tests of your own package:

    from heard.listening.conformance import ChannelConformance
    from acme_channel.adapter import Adapter

    class TestConformance(ChannelConformance):
        adapter = Adapter()

It wants pytest and hypothesis (`pip install heard[conformance]`), and pytest-django for the part that tells your fixtures in
any order to the real tables. What a suite cannot know about a network, such as how it signs a call, you say by overriding
the hooks in hooks.py; each names what it is for. Checks that your capabilities do not call for are not collected.
docs/how-to/add-a-channel.md walks through it.
"""

import pytest

CHECKS = ("declares", "hears", "order", "speaks", "webhooks", "wire")
# Before the checks are read, so that a failure shows what stood on both sides.
pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in CHECKS))

from heard.listening.conformance.hooks import LostPlace, Signing  # noqa: E402
from heard.listening.conformance.loopback import Answer, Asked  # noqa: E402
from heard.listening.conformance.suite import ChannelConformance, suites  # noqa: E402

__all__ = ["Answer", "Asked", "ChannelConformance", "LostPlace", "Signing", "suites"]

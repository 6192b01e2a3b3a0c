"""All checks in one class, and the suites of all channels that are installed."""

from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from heard.listening.channels.contract import BaseAdapter
from heard.listening.conformance.applies import leave_out
from heard.listening.conformance.declares import HANGS_ON, Declares
from heard.listening.conformance.fixtures import fixtures_of
from heard.listening.conformance.hears import Hears
from heard.listening.conformance.order import InAnyOrder
from heard.listening.conformance.speaks import Speaks
from heard.listening.conformance.webhooks import TakesWebhooks
from heard.listening.conformance.wire import TROUBLES, OverTheWire


class ChannelConformance(Declares, Hears, InAnyOrder, TakesWebhooks, Speaks, OverTheWire):
    """Subclass it with your `adapter`, and override the hooks (hooks.py) whose defaults do not fit your network."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if "adapter" in vars(cls):
            leave_out(cls)

    def pytest_generate_tests(self, metafunc: Any) -> None:
        choices = {"fixture": lambda: list(fixtures_of(self.adapter)), "verb": lambda: HANGS_ON, "trouble": lambda: TROUBLES}
        for name, values in choices.items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, values(), ids=str)


def suites() -> Iterator[type[ChannelConformance]]:
    """One suite for every installed channel, called Test_KIND.

    Its hooks are those of the class `Conformance` in `tests/conformance.py` beside the adapter, or beside the one it is made of.
    """
    for point in sorted(entry_points(group="heard.channels"), key=lambda point: point.name):
        adapter = point.load()()
        yield type(f"Test_{adapter.kind}", (hooks_of(adapter),), {"adapter": adapter})


def hooks_of(adapter: BaseAdapter) -> type[ChannelConformance]:
    for made_of in type(adapter).__mro__:
        package = made_of.__module__.rpartition(".")[0]
        folder = Path(str(import_module(made_of.__module__).__file__)).parent if package else Path()
        if package and (folder / "tests" / "conformance.py").exists():
            return import_module(f"{package}.tests.conformance").Conformance
    return ChannelConformance

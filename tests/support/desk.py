"""A running house with a few customers on a simulated network, and a real Chromium to look at it with."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.test import Client

from tests.support.servers.waiting import wait_for

CHROMIUM = os.environ.get("HEARD_TEST_CHROMIUM", "/usr/bin/chromium")


@dataclass(frozen=True)
class Desk:
    """`hear` lets somebody speak now; `open` gives a page of the house as a member sees it."""

    address: str
    account_id: int
    hear: Callable
    open: Callable


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    # Playwright keeps an event loop in this thread, which Django takes for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # a loaded machine is slow, not wrong
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def desk(house, chromium, ada) -> Iterator[Desk]:
    from heard.governance.permissions import HEARD
    from heard.listening import actions

    silent = {"seconds_between_voices": 0}
    account_id = actions.connect(HEARD, kind="simulated", name="Acme on social", address="@acme", config=silent)
    contexts = []

    def open_page(path: str = "/", *, member=ada, width: int = 1440, height: int = 900, scheme: str = "light"):
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": _session_of(member), "url": house}])
        page = context.new_page()
        page.goto(house + path)
        return page

    yield Desk(house, account_id, lambda *args, **more: _hear(account_id, *args, **more), open_page)
    for context in contexts:
        context.close()


def _session_of(member) -> str:
    client = Client()
    client.force_login(member)
    return client.cookies["sessionid"].value


def _hear(
    account_id: int, name: str, text: str, *, minutes_ago: float = 0, seen_by: str = "public", answers: str = "", id: str = ""
):
    """Somebody says something on the simulated network, and it is walked."""
    from django.utils import timezone

    from heard.listening.actions import receive
    from heard.listening.channels.contract import RawEvent
    from heard.listening.channels.simulated import wire
    from heard.listening.models import Delivery
    from heard.project.worker import drain

    at: datetime = timezone.now() - timedelta(minutes=minutes_ago)
    who = wire.Person(id=name.lower(), on="simulated", handle=f"@{name.lower()}", name=name)
    key = id or f"{name}-{at.timestamp()}"
    word = wire.Word(id=key, at=at, by=who, text=text, seen_by=seen_by, answers=answers)
    receive(account_id, [RawEvent(key=key, body=wire.encoded(word), content_type="application/json")])
    drain()
    arrived = Delivery.objects.filter(account_id=account_id, delivery_key=key)
    wait_for(lambda: not arrived.filter(state=Delivery.State.WAITING).exists())  # the house may be the one that walks it

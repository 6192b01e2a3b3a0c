"""What polling does when a network has enough of us, loses our place, or wants another sign-in."""

from collections import deque
from datetime import timedelta

import httpx
import pytest

from heard.kernel.clock import now
from heard.listening import actions, allowance
from heard.listening.accounts import adapter_of, adapters
from heard.listening.channels.contract import (
    AuthExpired,
    BaseAdapter,
    Capabilities,
    CursorLost,
    PullPage,
    RateLimited,
    RawEvent,
)
from heard.listening.models import ChannelAccount, Cursor, Delivery

PER_MINUTE = 16  # a burst of four, of which two are left to replies


class Pages(BaseAdapter):
    """A network in memory: each pull meets the next of `plans`, or an empty page."""

    kind = "pages"
    label = "Pages"
    capabilities = Capabilities(inbound=("poll",), outbound=True, requests_per_minute=PER_MINUTE)

    def __init__(self) -> None:
        self.plans: deque = deque()
        self.cursors: list = []
        self.requests_per_pull = 1

    def pull(self, ctx, cursor, *, limit=200):
        self.cursors.append(cursor)
        for _ in range(self.requests_per_pull):
            for note in ctx.http.event_hooks["request"]:
                note(httpx.Request("GET", "https://pages.example"))
        plan = self.plans.popleft() if self.plans else PullPage()
        if isinstance(plan, Exception):
            raise plan
        return plan


def page(number: int, *, has_more: bool = True) -> PullPage:
    return PullPage(deliveries=[RawEvent(key=str(number), body=b"x")], cursor={"after": number}, has_more=has_more)


@pytest.fixture
def network():
    adapters()["pages"] = Pages()
    yield adapters()["pages"]
    adapters().pop("pages")


@pytest.fixture
def account(db, network, settings):
    settings.KEEPS_PACE = True
    return ChannelAccount.objects.create(kind="pages", name="Pages")


def may_reply(account) -> bool:
    return allowance.wait_seconds(account.pk, adapter_of("pages").capabilities, now=now(), is_reply=True) == 0


def test_long_backlog_is_read_at_the_pace_of_the_network_and_goes_on_where_it_stopped(account, network):
    network.plans.extend(page(number) for number in range(10))
    assert actions.pull(account.pk) == 2
    account.refresh_from_db()
    assert (account.state, account.failures, account.last_error) == ("ok", 0, "")
    assert account.next_try_at > now()
    assert actions.due_for_pull(now()) == []
    assert Cursor.objects.get().value == {"after": 1}


def test_polls_leave_room_for_replies(account, network):
    network.plans.extend(page(number) for number in range(10))
    actions.pull(account.pk)
    assert may_reply(account)


def test_every_request_of_a_poll_counts_and_still_a_reply_waits_for_one_at_most(account, network):
    network.requests_per_pull = 50
    actions.pull(account.pk)
    wait = allowance.wait_seconds(account.pk, network.capabilities, now=now(), is_reply=True)
    assert 0 < wait <= 60 / PER_MINUTE * 1.3


def test_poll_whose_turn_has_not_come_is_no_failure_and_no_sign_of_life(account, network):
    network.plans.extend(page(number) for number in range(10))
    actions.pull(account.pk)
    ChannelAccount.objects.update(last_success_at=None)
    asked = len(network.cursors)
    assert actions.pull(account.pk) == 0
    account.refresh_from_db()
    assert len(network.cursors) == asked
    assert (account.failures, account.last_success_at) == (0, None)


def test_refused_reply_keeps_polls_away_as_well(account, network):
    allowance.stay_away(account.pk, network.capabilities, seconds=90, now=now())
    actions.pull(account.pk)
    assert network.cursors == []
    account.refresh_from_db()
    assert timedelta(seconds=80) < account.next_try_at - now() <= timedelta(seconds=90)


def test_refused_poll_leaves_replies_alone(account, network):
    network.plans.append(RateLimited("slow down", after_seconds=90))
    actions.pull(account.pk)
    account.refresh_from_db()
    assert account.next_try_at - now() > timedelta(seconds=80)
    assert may_reply(account)


def test_lost_place_is_started_again_with_overlap_and_what_is_known_comes_once(account, network, settings):
    settings.KEEPS_PACE = False
    network.plans.extend([page(1, has_more=False), CursorLost("gone", resync={"after": 0}), page(1), page(2, has_more=False)])
    assert [actions.pull(account.pk) for _ in range(3)] == [1, 0, 1]
    assert network.cursors == [{}, {"after": 1}, {"after": 0}, {"after": 1}]
    assert Delivery.objects.count() == 2


def test_lost_sign_in_pauses_the_account_and_says_so_where_its_owner_looks(account, network, browser, ada):
    network.plans.append(AuthExpired("The token was taken back. Make a new one."))
    actions.pull(account.pk)
    account.refresh_from_db()
    assert (account.state, account.last_error) == ("paused", "The token was taken back. Make a new one.")
    assert actions.due_for_pull(now() + timedelta(days=1)) == []
    assert "The token was taken back. Make a new one." in browser(ada).get("/channels/").content.decode()

"""A live page shows what happened since, without gaps, after a lost connection too, and only what its member may see."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from django.test import Client

from heard.governance.actions import deactivate
from heard.governance.permissions import viewer_of
from heard.kernel import stream
from heard.kernel.stream import News

pytestmark = pytest.mark.django_db(transaction=True)


def _cookies(member) -> dict[str, str]:
    browser = Client()
    browser.force_login(member)
    return {"sessionid": browser.cookies["sessionid"].value}


@contextmanager
def _page(
    house: str, cookies: dict, *, since: int | None = None, last_event_id: str = ""
) -> Iterator[Iterator[tuple[str, str, str]]]:
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    query = {} if since is None else {"since": str(since)}
    with httpx.stream("GET", f"{house}/live", params=query, headers=headers, cookies=cookies, timeout=60) as answer:
        answer.raise_for_status()
        yield _events(answer)


def _events(answer: httpx.Response) -> Iterator[tuple[str, str, str]]:
    """(id, topic, data) of each event; welcome and ping lines come as comments and are left out, but the first is waited for."""
    event: dict[str, str] = {}
    for line in answer.iter_lines():
        if not line and event:
            yield event.get("id", ""), event["event"], event["data"]
            event = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value


def test_a_page_is_told_at_once_and_a_page_that_was_away_misses_nothing(house, alice):
    cookies = _cookies(alice)
    position = stream.head()
    with _page(house, cookies, since=position) as events:
        stream.publish(News("conversation", {"id": 1}))
        first_id, topic, data = next(events)
        assert (topic, data) == ("conversation", '{"id":1}')
    stream.publish(News("conversation", {"id": 2}))
    stream.publish(News("conversation", {"id": 3}))
    with _page(house, cookies, since=position, last_event_id=first_id) as events:
        assert [next(events)[2], next(events)[2]] == ['{"id":2}', '{"id":3}']


def test_events_of_another_team_are_not_told(house, alice, care, sales):
    with _page(house, _cookies(alice), since=stream.head()) as events:
        stream.publish(News("conversation", {"id": 1}, team_id=sales.pk))
        stream.publish(News("conversation", {"id": 2}, team_id=care.pk))
        assert next(events)[2] == '{"id":2}'


def test_a_stranger_gets_no_stream(house):
    assert httpx.get(f"{house}/live").status_code == 401
    assert httpx.get(f"{house}/live", cookies={"sessionid": "made-up"}).status_code == 401


def test_the_stream_ends_when_the_member_may_no_longer_be_here(house, ada, alice):
    cookies = _cookies(alice)
    with _page(house, cookies, since=stream.head()) as events:
        stream.publish(News("conversation", {"id": 1}))
        next(events)
        deactivate(viewer_of(ada), alice.pk)
        assert next(events, ("", "reset", ""))[1] in ("reset", "member")
    assert httpx.get(f"{house}/live", cookies=cookies).status_code == 401

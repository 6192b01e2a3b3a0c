"""Webhooks at their bare ASGI door: judged without the store, kept together, and each caller told the truth about its own call."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection

from heard.kernel.secrets import seal
from heard.listening import webhook
from heard.listening.actions import receive_together
from heard.listening.channels.api.adapter import signature
from heard.listening.channels.contract import RawEvent
from heard.listening.models import ChannelAccount, Delivery
from heard.listening.webhook import Door
from heard.project import hooks
from heard.project.hooks import Doors, Hooks, Keeper, NotKept
from tests.support import event_loop

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a shared secret of thirty-two characters"


@pytest.fixture(autouse=True)
def shop():
    webhook.pace.forget()
    return ChannelAccount.objects.create(kind="api", name="Shop", sealed_secrets=seal({"signing_secret": SECRET}))


@pytest.fixture
def door() -> Iterator[Hooks]:
    with closing(Hooks()) as opened:
        yield opened


def _body(n: int) -> bytes:
    return b'{"external_id":"%d","author":{"id":"1"},"text":"My parcel is late"}' % n


async def _call(
    door: Hooks, account_id: object, body: bytes = _body(1), *, method: str = "POST", secret: str = SECRET, below: str = ""
) -> int:
    """The status that a caller sees."""
    stamp = str(int(datetime.now(UTC).timestamp()))
    headers = [(b"X-Heard-Timestamp", stamp.encode()), (b"X-Heard-Signature", signature(secret, stamp, body).encode())]
    path = f"/hooks/{account_id}/{below}"
    scope = {"method": method, "path": path, "query_string": b"", "headers": headers, "client": ("198.51.100.7", 1)}
    parts = [{"body": body[:10], "more_body": True}, {"body": body[10:], "more_body": False}]
    sent: list[dict] = []

    async def receive() -> dict:
        return parts.pop(0)

    async def send(message: dict) -> None:
        sent.append(message)

    await door.app(scope, receive, send)
    return sent[0]["status"]


def _change(account_id: int, **fields) -> None:
    ChannelAccount.objects.filter(pk=account_id).update(**fields)
    connection.close()


def _all_at_once(*calls) -> list[int]:
    async def together() -> list[int]:
        return await asyncio.gather(*calls)

    return event_loop.run(together())


def _kept() -> list[str]:
    return sorted(Delivery.objects.values_list("delivery_key", flat=True))


@pytest.mark.parametrize(
    ("account_id", "how", "status"),
    [
        (None, {}, 202),
        (None, {"body": b"\xff no JSON, for a person to look at"}, 202),
        (None, {"method": "GET"}, 405),
        (None, {"below": "a/b"}, 404),
        (None, {"secret": "another secret of thirty-two letters"}, 401),
        (None, {"body": b"x" * (10 * 1024 * 1024 + 1)}, 413),
        (None, {"body": b"x" * (30 * 1024 * 1024 + 1)}, 413),
        (999_999, {}, 404),
        ("shop", {}, 404),
    ],
)
def test_each_call_gets_its_answer(door, shop, account_id, how, status):
    assert _all_at_once(_call(door, account_id or shop.pk, **how)) == [status]
    assert Delivery.objects.count() == (status == 202)


def test_a_switched_off_account_and_a_new_secret_count_a_moment_later(door, shop, monkeypatch):
    monkeypatch.setattr(hooks, "KNOWN_SECONDS", -1.0)  # the moment is over

    async def story() -> list[int]:
        before = await _call(door, shop.pk)
        await asyncio.to_thread(_change, shop.pk, sealed_secrets=seal({"signing_secret": "b" * 40}))
        rotated = [await _call(door, shop.pk, secret=secret) for secret in (SECRET, "b" * 40)]
        await asyncio.to_thread(_change, shop.pk, state="off")
        return [before, *rotated, await _call(door, shop.pk, secret="b" * 40)]

    assert event_loop.run(story()) == [202, 401, 202, 404]


def test_a_flood_asks_the_store_once_who_calls():
    asked: list[int] = []

    def look(account_id: int) -> Door:
        asked.append(account_id)
        return Door(account_id)

    async def flood() -> list[Door | None]:
        with closing(Doors(look)) as doors:
            first = await asyncio.gather(*[doors.find(7) for _ in range(100)])
            return [*first, await doors.find(7)]

    found = event_loop.run(flood())
    assert (len(found), asked, set(found)) == (101, [7], {Door(7)})


def test_strangers_who_count_upwards_fill_no_memory(monkeypatch):
    monkeypatch.setattr(hooks, "MOST_KNOWN", 10)

    async def count_upwards() -> int:
        with closing(Doors(lambda _: None)) as doors:
            for account_id in range(50):
                await doors.find(account_id)
            return len(doors._known)

    assert event_loop.run(count_upwards()) == 10


def test_a_store_that_was_away_is_asked_again_by_the_next_call():
    answers: list[Door | Exception] = [OperationalError("away"), Door(7)]

    def look(_: int) -> Door:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def story() -> Door | None:
        with closing(Doors(look)) as doors:
            with pytest.raises(OperationalError):
                await doors.find(7)
            return await doors.find(7)

    assert event_loop.run(story()) == Door(7)


def _raw(key: str) -> list[RawEvent]:
    return [RawEvent(key=key, body=key.encode())]


def _keep_together(keep: Callable, *rounds: Sequence[tuple[int, list[RawEvent]]]) -> list[list]:
    """What each call of each round was told."""

    async def together(keeper: Keeper, calls: Sequence[tuple[int, list[RawEvent]]]) -> list:
        return await asyncio.gather(*[keeper.keep(*call) for call in calls], return_exceptions=True)

    with closing(Keeper(keep)) as keeper:
        return [event_loop.run(together(keeper, calls)) for calls in rounds]


def test_calls_that_come_together_share_a_commit(shop):
    commits: list[int] = []

    def keep(calls) -> list[int]:
        commits.append(len(calls))
        return receive_together(calls)

    [new] = _keep_together(keep, [(shop.pk, _raw(f"{n:03}")) for n in range(300)])
    assert new == [1] * 300
    assert _kept() == [f"{n:03}" for n in range(300)]
    assert commits == [300]


def test_a_commit_takes_no_more_than_it_can_carry(shop, monkeypatch):
    monkeypatch.setattr(hooks, "MOST_DELIVERIES", 3)
    sizes: list[int] = []

    def keep(calls) -> list[int]:
        sizes.append(len(calls))
        return receive_together(calls)

    list_of_five = [RawEvent(key=f"item-{n}", body=b"x") for n in range(5)]
    calls = [(shop.pk, _raw("a")), (shop.pk, list_of_five), *((shop.pk, _raw(key)) for key in "bcde")]
    assert _keep_together(keep, calls) == [[1, 5, 1, 1, 1, 1]]
    assert sizes == [1, 1, 3, 1]


def test_a_call_that_cannot_be_kept_fails_alone(shop):
    calls = [(shop.pk, _raw(str(n))) for n in range(1, 6)]
    calls.insert(2, (999_999, _raw("of an account that was deleted a moment ago")))
    [answers] = _keep_together(receive_together, calls)
    assert [type(answer) for answer in answers] == [int, int, NotKept, int, int, int]
    assert _kept() == ["1", "2", "3", "4", "5"]


def test_a_store_that_does_not_answer_refuses_what_it_was_asked_and_takes_what_comes_next(shop):
    attempts: list[int] = []

    def keep(calls) -> list[int]:
        attempts.append(len(calls))
        if len(attempts) == 1:
            raise OperationalError("database is locked")
        return receive_together(calls)

    refused, kept = _keep_together(keep, [(shop.pk, _raw("1")), (shop.pk, _raw("2"))], [(shop.pk, _raw("1"))])
    assert [type(answer) for answer in refused] == [NotKept, NotKept]
    assert kept == [1]
    assert attempts == [2, 1]

"""Signed webhooks at the door. Threats 42 and 43; what a signature must hold is tested beside the adapter."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from heard.kernel.secrets import seal
from heard.listening import webhook
from heard.listening.accounts import adapters
from heard.listening.channels.api.adapter import signature
from heard.listening.channels.contract import BadSignature, Request, Response
from heard.listening.models import ChannelAccount, Delivery, Payload
from tests.support.wire import WireAdapter

pytestmark = pytest.mark.django_db
SECRET = "a shared secret of thirty-two characters"
BODY = b'{"external_id":"1","author":{"id":"1"},"text":"My parcel is late"}'


@pytest.fixture(autouse=True)
def shop(company):
    webhook.pace.forget()
    return ChannelAccount.objects.create(kind="api", name="Shop", sealed_secrets=seal({"signing_secret": SECRET}))


def _headers(body: bytes = BODY, *, age: timedelta = timedelta(0), secret: str = SECRET) -> dict[str, str]:
    stamp = str(int((datetime.now(UTC) - age).timestamp()))
    return {"X-Heard-Timestamp": stamp, "X-Heard-Signature": signature(secret, stamp, body)}


def _call(account_id: int, body: bytes = BODY, **changes):
    return Client().post(f"/hooks/{account_id}/", body, content_type="application/json", headers={**_headers(body), **changes})


def test_a_signed_call_is_stored_as_it_came_and_acknowledged(shop):
    answer = _call(shop.pk)
    assert answer.status_code == 202 and answer.json() == {"received": 1, "stored": 1}
    assert bytes(Payload.objects.get().body) == BODY


def test_a_call_repeated_within_its_five_minutes_stores_nothing_twice(shop):
    headers = _headers()
    for _ in range(3):
        Client().post(f"/hooks/{shop.pk}/", BODY, content_type="application/json", headers=headers)
    assert Delivery.objects.count() == 1


def test_a_call_replayed_later_is_refused(shop):
    assert _call(shop.pk, **_headers(age=timedelta(minutes=10))).status_code == 401
    assert not Delivery.objects.exists()


def test_a_call_without_a_proof_is_refused(shop):
    assert Client().post(f"/hooks/{shop.pk}/", BODY, content_type="application/json").status_code == 401
    assert not Delivery.objects.exists()


def test_one_accounts_secret_opens_no_other_account(shop):
    other = ChannelAccount.objects.create(kind="api", name="App", sealed_secrets=seal({"signing_secret": "b" * 40}))
    assert _call(other.pk).status_code == 401


def test_what_is_no_json_is_kept_for_a_person_to_look_at(shop):
    assert _call(shop.pk, b"\xff not json").status_code == 202
    assert bytes(Payload.objects.get().body) == b"\xff not json"


def test_a_channel_without_webhooks_refuses_them():
    form = ChannelAccount.objects.create(kind="form", name="Contact", address="help")
    assert _call(form.pk).status_code == 401


def test_unknown_and_switched_off_accounts_answer_alike(shop):
    ChannelAccount.objects.filter(pk=shop.pk).update(state="off")
    answers = [_call(shop.pk), _call(999_999)]
    assert [a.status_code for a in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_only_post_is_answered(shop):
    assert Client().get(f"/hooks/{shop.pk}/").status_code == 405


class Elsewhere(WireAdapter):
    """A network that puts what it has to say below the address it was given, as a Matrix server does."""

    kind = "elsewhere"
    hook_calls = {"PUT": r"transactions/\d+", "POST": "ping"}

    def challenge(self, request, account):
        return Response(body=b"pong") if request.below == "ping" else None

    def verify(self, request, account):
        if request.headers.get("authorization") != "Bearer secret":
            raise BadSignature("no")


@pytest.fixture
def elsewhere():
    adapters()["elsewhere"] = Elsewhere()
    yield ChannelAccount.objects.create(kind="elsewhere", name="Elsewhere").pk
    adapters().pop("elsewhere")


@pytest.mark.parametrize(
    ("method", "below", "status"),
    [
        ("PUT", "transactions/42", 202),
        ("POST", "ping", 200),
        ("POST", "transactions/42", 405),
        ("PUT", "", 405),
        ("PUT", "transactions/42/more", 404),
        ("PUT", "transactions/../../1", 404),
    ],
)
def test_a_channel_says_what_it_takes_below_its_address(elsewhere, method, below, status):
    call = Client().generic(method, f"/hooks/{elsewhere}/{below}", b"[]", headers={"Authorization": "Bearer secret"})
    assert call.status_code == status
    assert Delivery.objects.count() == (status == 202)


def test_what_comes_below_an_address_proves_itself_too(elsewhere):
    assert Client().put(f"/hooks/{elsewhere}/transactions/42", b"[]").status_code == 401


def test_a_channel_that_names_no_place_below_its_address_has_none(shop):
    assert Client().post(f"/hooks/{shop.pk}/more", BODY, content_type="application/json", headers=_headers()).status_code == 404


def test_too_many_bytes_are_refused_unread(shop, monkeypatch):
    monkeypatch.setattr(webhook, "MOST_BYTES", 10)
    assert _call(shop.pk).status_code == 413
    assert webhook.take(shop.pk, Request(method="POST", path="/", body=BODY)).status == 413


def test_a_flood_from_one_address_is_slowed_and_the_shop_is_not(shop, monkeypatch):
    """Threat 36."""
    monkeypatch.setattr(webhook, "pace", webhook.Pace(limit=2, window_seconds=3600))
    eve = [
        Client().post(f"/hooks/{shop.pk}/", b"x", content_type="text/plain", REMOTE_ADDR="198.51.100.7").status_code
        for _ in range(3)
    ]
    assert eve == [401, 401, 429]
    assert _call(shop.pk).status_code == 202


def test_a_changed_secret_key_is_our_trouble_and_the_shop_may_try_again(shop, settings):
    settings.SECRET_KEY = "another key of the house, long enough to be one"
    assert _call(shop.pk).status_code == 503

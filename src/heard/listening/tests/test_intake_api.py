"""The shop's system brings what customers said there, with a token."""

from datetime import timedelta

import pytest
from django.test import Client

from heard.governance.models import AuditLine
from heard.governance.permissions import NotAllowed
from heard.kernel.clock import now
from heard.listening import api
from heard.listening.actions.tokens import end_token, make_token
from heard.listening.models import ApiToken, ChannelAccount, Delivery, Payload
from heard.listening.tokens import tokens_of

pytestmark = pytest.mark.django_db
PATH = "/api/v1/interactions"


@pytest.fixture(autouse=True)
def fresh_paces():
    api.pace.forget()
    api.tries.forget()


@pytest.fixture
def shop(company):
    return ChannelAccount.objects.create(kind="api", name="Shop")


@pytest.fixture
def token(shop, ada, seen_by):
    return make_token(seen_by(ada), shop.pk, "Shop system")


@pytest.fixture
def bring(token):
    def send(body, *, token=token, **headers):
        headers = {"Authorization": f"Bearer {token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return Client().post(PATH, body, content_type="application/json", headers=headers)

    return send


def _voice(id_: str | None = None, text: str = "My parcel is late") -> dict:
    return {"author": {"id": "dana@example.org", "network": "email"}, "text": text, **({"external_id": id_} if id_ else {})}


def test_one_voice_is_stored_and_acknowledged(bring, shop):
    answer = bring(_voice("1"))
    assert answer.status_code == 202
    assert answer.json() == {"received": 1, "stored": 1, "doubled": 0, "refused": []}
    delivery = Delivery.objects.get()
    assert (delivery.account_id, delivery.delivery_key, delivery.state) == (shop.pk, "1", "waiting")


def test_the_bytes_are_kept_as_they_came(bring):
    bring('[ {"author":{"id":"1"},   "text":"h\\u0069"} ]')
    assert bytes(Payload.objects.get().body) == b'{"author":{"id":"1"},   "text":"h\\u0069"}'


def test_a_list_keeps_the_good_ones_and_says_what_was_wrong_with_the_others(bring):
    answer = bring([_voice("1"), _voice("2", text=" "), "three", {**_voice("4"), "admin": True}, _voice("5")])
    assert answer.status_code == 202
    told = answer.json()
    assert (told["received"], told["stored"], [r["index"] for r in told["refused"]]) == (5, 2, [1, 2, 3])
    assert "nothing was said" in told["refused"][0]["error"]


def test_bringing_the_same_again_changes_nothing_and_is_said(bring):
    bring([_voice("1"), _voice("2")])
    assert bring([_voice("2"), _voice("3"), _voice("3")]).json() == {"received": 3, "stored": 1, "doubled": 2, "refused": []}
    assert Delivery.objects.count() == 3


def test_an_idempotency_key_makes_a_call_without_ids_repeatable(bring):
    for _ in range(2):
        bring([_voice(), _voice()], Idempotency_Key="call-1")
    assert Delivery.objects.count() == 2
    bring([_voice()], Idempotency_Key="call-2")
    assert Delivery.objects.count() == 3


def test_a_call_of_which_nothing_can_be_read_is_refused_with_the_reasons(bring):
    answer = bring([{"text": "who am I"}])
    assert answer.status_code == 422 and "author" in answer.json()["refused"][0]["error"]
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("body", ["[]", '[{"a":1}' + ',{"a":1}' * 1000 + "]"])
def test_a_list_of_none_or_of_too_many_is_refused(bring, body):
    assert bring(body).status_code == 400


@pytest.mark.parametrize("body", ["", "{", "null", '"x"', "\x00", "[1"])
def test_a_body_that_is_no_item_is_refused_and_breaks_nothing(bring, body):
    assert bring(body).status_code == 422


def test_too_many_bytes_are_refused(bring, monkeypatch):
    monkeypatch.setattr(api, "MOST_BYTES", 100)
    assert bring(_voice(text="x" * 200)).status_code == 413


@pytest.mark.parametrize("given", ["", "heard_wrong", "x" * 5000, "null"])
def test_a_stranger_brings_nothing(bring, given):
    assert bring(_voice("1"), token=given).status_code == 401
    assert not Delivery.objects.exists()


def test_a_token_that_is_over_or_was_ended_brings_nothing(bring, ada, seen_by, token):
    """Threat 27."""
    end_token(seen_by(ada), ApiToken.objects.get().pk)
    assert bring(_voice("1")).status_code == 401


def test_a_token_ends_by_itself(bring, token):
    ApiToken.objects.update(expires_at=now() - timedelta(seconds=1))
    assert bring(_voice("1")).status_code == 401


def test_a_token_of_an_account_that_is_switched_off_brings_nothing(bring, shop):
    ChannelAccount.objects.filter(pk=shop.pk).update(state="off")
    assert bring(_voice("1")).status_code == 401


def test_a_token_of_another_kind_of_account_is_told_so(bring, shop):
    ChannelAccount.objects.filter(pk=shop.pk).update(kind="email")
    assert bring(_voice("1")).status_code == 403


def test_a_token_brings_only_to_its_own_account(bring, shop, ada, seen_by):
    other = ChannelAccount.objects.create(kind="api", name="App")
    bring(_voice("1"))
    bring(_voice("1"), token=make_token(seen_by(ada), other.pk, "App"))
    assert sorted(Delivery.objects.values_list("account_id", flat=True)) == sorted([shop.pk, other.pk])


def test_a_token_reads_nothing(token):
    headers = {"Authorization": f"Bearer {token}"}
    assert [
        Client().get(f"/api/v1/{path}", headers=headers).status_code for path in ("me", "conversations", "interactions/1")
    ] == [401] * 3


def test_a_busy_token_is_slowed_down_and_another_is_not(bring, shop, ada, seen_by, monkeypatch):
    """Threat 47."""
    monkeypatch.setattr(api, "pace", api.Pace(limit=2, window_seconds=3600))
    assert [bring(_voice(str(n))).status_code for n in range(3)] == [202, 202, 429]
    assert bring(_voice("4"), token=make_token(seen_by(ada), shop.pk, "Another")).status_code == 202


def test_guessing_tokens_is_slowed_down(bring, monkeypatch):
    monkeypatch.setattr(api, "tries", api.Pace(limit=3, window_seconds=3600))
    assert [bring(_voice("1"), token=f"heard_{n}").status_code for n in range(4)] == [401, 401, 401, 429]
    assert bring(_voice("1")).status_code == 202, "a true token from the same address is not slowed"


def test_only_a_hash_of_a_token_is_kept(token):
    assert token not in str(ApiToken.objects.values().get())


def test_a_token_shows_when_it_was_last_used(bring, shop, ada, seen_by):
    bring(_voice("1"))
    assert tokens_of(seen_by(ada), shop.pk).get().last_used_at is not None


def test_an_agent_makes_no_tokens_and_ends_none(alice, seen_by, shop, token):
    with pytest.raises(NotAllowed):
        make_token(seen_by(alice), shop.pk, "mine")
    with pytest.raises(NotAllowed):
        end_token(seen_by(alice), ApiToken.objects.get().pk)
    with pytest.raises(NotAllowed):
        tokens_of(seen_by(alice), shop.pk)


def test_making_and_ending_a_token_is_written_down(token, ada, seen_by):
    end_token(seen_by(ada), ApiToken.objects.get().pk)
    assert list(AuditLine.objects.order_by("id").values_list("verb", "member__name")) == [
        ("token.make", "Ada"),
        ("token.end", "Ada"),
    ]
    assert token not in str(list(AuditLine.objects.values()))


def test_what_comes_in_is_a_sign_of_life_of_the_channel(bring, shop):
    bring(_voice("1"))
    shop.refresh_from_db()
    assert shop.last_success_at is not None and shop.state == "ok"

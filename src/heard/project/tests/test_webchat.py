"""The door of visitors' pages: who may come in, how often, and what they may bring."""

from datetime import timedelta

import pytest

from heard.governance.permissions import HEARD
from heard.listening import actions
from heard.listening.channels.webchat.payloads import Visitor
from heard.listening.channels.webchat.proof import proof_of
from heard.listening.models import Delivery, Interaction
from heard.project.webchat import tokens
from heard.project.worker import drain
from tests.support.webchat import DANA, EVE, SECRET, SHOP, bearer, calls, connect, identify, spoken, words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chat(company) -> int:
    return connect()


# ── Who may come in ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "origin", ["https://shop.example", "https://evil-www.shop.example", "https://www.shop.example.evil.example",
               "http://www.shop.example", "https://www.shop.example:8443", "https://www.shop.example/", "null", ""]
)  # fmt: skip
def test_another_origin_is_refused_whatever_it_ends_with_and_may_not_read_why(chat, origin):
    """Threat 37."""
    answers = calls(chat, ("GET", "settings", {}), words(1), ("OPTIONS", "words", {}), origin=origin)
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert [answer for answer in answers if "access-control-allow-origin" in answer.headers] == []
    assert not Delivery.objects.exists()


def test_the_allowed_origin_may_read_and_is_told_which_headers_it_may_send(chat):
    before, answer = calls(chat, ("OPTIONS", "words", {}), ("GET", "settings", {}))
    assert before.status_code == 204
    assert before.headers["access-control-allow-headers"] == "authorization, content-type, last-event-id"
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["vary"] == "origin"
    assert "access-control-allow-credentials" not in answer.headers


def test_a_chat_that_is_off_and_an_account_of_another_kind_are_no_chats(chat, wire):
    actions.switch(HEARD, chat, on=False)
    assert [calls(id_, ("GET", "settings", {}))[0].status_code for id_ in (chat, wire("Open line"), 999_999)] == [404] * 3


def test_the_webhook_of_a_chat_takes_nothing(chat):
    from django.test import Client

    assert Client().post(f"/hooks/{chat}/", b"{}", content_type="application/json").status_code == 401


@pytest.mark.parametrize(
    "token",
    ["", "x", "Bearer", "WzEsMV0:1abc:xyz", lambda chat: tokens.token_of(DANA, account_id=chat + 1, generation=1),
     lambda chat: tokens.token_of(DANA, account_id=chat, generation=2),
     lambda chat: tokens.token_of(DANA, account_id=chat, generation=1)[:-1] + "!",
     lambda chat: tokens.token_of(EVE, account_id=chat, generation=1).split(":")[0]
     + ":" + ":".join(tokens.token_of(DANA, account_id=chat, generation=1).split(":")[1:]), "y" * 5000],
    ids=["empty", "nonsense", "a word", "not ours", "another chat", "another generation", "changed", "another's words", "endless"],
)  # fmt: skip
def test_a_token_that_is_not_ours_shows_nothing(chat, token):
    """Threat 35."""
    made = token(chat) if callable(token) else token
    [answer] = calls(chat, ("GET", "file/1", {"headers": {"authorization": f"Bearer {made}"}}))
    assert (answer.status_code, answer.json()) == (401, {"error": "visitor"})


def test_a_token_ends_after_its_time(chat, monkeypatch):
    token = tokens.token_of(DANA, account_id=chat, generation=1)
    monkeypatch.setattr(tokens, "LASTS", timedelta(seconds=-1))
    with pytest.raises(tokens.NoVisitor):
        tokens.visitor_of(token, account_id=chat, generation=1)


# ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_words_are_kept_before_they_are_acknowledged_and_once_however_often_they_come(chat):
    first = calls(chat, words(1))[0]
    token = first.json()["token"]
    again = calls(chat, words(1, authorization=f"Bearer {token}"))[0]
    assert (first.status_code, again.status_code) == (202, 202)
    assert Delivery.objects.count() == 1
    drain()
    assert Interaction.objects.get().text == "Hello"


def test_two_strangers_with_one_id_are_two_voices(chat):
    calls(chat, words(1), words(1))
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"id":"short","text":"x"}', b'{"id":"words-00000001","text":""}', b'{"id":"words 00000001","text":"x"}',
     b'{"id":"words-00000001","text":"' + b"x" * 6000 + b'"}', b"[" * 10_000, b'{"id":"../../../../","text":"x"}'],
)  # fmt: skip
def test_what_is_no_message_is_refused_and_not_kept(chat, body):
    [answer] = calls(chat, ("POST", "words", {"content": body}))
    assert answer.status_code == 422
    assert not Delivery.objects.exists()


def test_a_flood_of_words_is_told_to_wait_and_how_long(chat):
    """Threat 36."""
    answers = calls(chat, *[words(n, **bearer(chat, DANA)) for n in range(25)])
    assert [answer.status_code for answer in answers] == [202] * 20 + [429] * 5
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_one_address_makes_few_new_visitors(chat):
    assert [answer.status_code for answer in calls(chat, *map(words, range(32)))] == [202] * 30 + [429] * 2


def test_files_are_bounded_in_kind_size_and_number(chat):
    """Threats 12 and 14."""

    def file(n: int, name: str, data: bytes = b"x"):
        return ("POST", "file", {"params": {"id": f"file-{n:08}", "name": name}, "content": data, "headers": bearer(chat, DANA)})

    odd = calls(chat, file(1, "a.exe"), file(2, "a.html"), file(3, "a.pdf", b""), file(4, "a.pdf", b"x" * (8 * 2**20 + 1)))
    assert [answer.status_code for answer in odd] == [415, 415, 422, 413]
    flood = calls(chat, *[file(n, "a.pdf") for n in range(12)])
    assert [answer.status_code for answer in flood] == [202] * 10 + [429] * 2
    assert Delivery.objects.count() == 10


def test_a_chat_without_files_takes_none():
    chat = connect(takes_files=False)
    given = {"params": {"id": "file-00000001", "name": "a.pdf"}, "content": b"x"}
    assert calls(chat, ("POST", "file", given))[0].status_code == 403


def test_the_place_of_a_page_is_kept_without_what_sites_put_behind_it(chat):
    place = f"{SHOP}/orders?session=secret#token"
    calls(chat, ("POST", "words", {"json": {"id": "words-00000001", "text": "x", "page": place}}))
    calls(chat, ("POST", "words", {"json": {"id": "words-00000002", "text": "y", "page": "javascript:alert(1)"}}))
    drain()
    assert [i.extra for i in Interaction.objects.order_by("id")] == [{"page": f"{SHOP}/orders"}, {}]


# ── Who is signed in ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_proved_id_is_known_and_a_mail_address_beside_it_joins_nobody(chat):
    [answer] = calls(chat, identify("42", proof_of("42", secret=SECRET)))
    visitor = tokens.visitor_of(answer.json()["token"], account_id=chat, generation=1)
    assert (visitor.key, visitor.email, visitor.was) == ("user:42", "dana@customer.example", "")
    spoken(chat, visitor, "Hello", "words-00000001")
    from heard.identity.models import Face

    assert Face.objects.get().certain_key == f"webchat:{chat} user 42"


def test_ids_that_are_proved_addresses_join_whoever_writes_from_there_by_mail():
    from heard.identity.rules.certain import certain_key

    by_mail = certain_key(network="email", external_id="dana@customer.example", verified=True)
    in_chat = certain_key(
        network="webchat", external_id="7:user:Dana@customer.example", verified=True, handle="dana@customer.example"
    )
    claimed = certain_key(network="webchat", external_id="7:user:42", verified=False, handle="dana@customer.example")
    no_address = certain_key(network="webchat", external_id="7:user:dana@x.example", verified=True, handle="user dana@x.example")
    assert by_mail == in_chat
    assert claimed == ""
    assert no_address == "webchat:7 user dana@x.example"


@pytest.mark.parametrize("hash_", [None, "", "0" * 64, proof_of("43", secret=SECRET), proof_of("42", secret="")])
def test_without_a_proof_there_is_no_token_and_no_voice(chat, hash_):
    """Threat 34."""
    [answer] = calls(chat, identify("42", hash_, **bearer(chat, EVE)))
    assert answer.status_code == 403
    assert "token" not in answer.json()
    assert not Delivery.objects.exists()


def test_guessing_hashes_is_slow(chat):
    assert calls(chat, *[identify("42", "0" * 64)] * 22)[-1].status_code == 429


def test_a_second_customer_of_a_browser_takes_nothing_over(chat):
    dana = Visitor(key="user:42", was=DANA.key)
    [answer] = calls(chat, identify("43", proof_of("43", secret=SECRET), **bearer(chat, dana)))
    assert tokens.visitor_of(answer.json()["token"], account_id=chat, generation=1).was == ""
    assert not Delivery.objects.exists()


def test_saying_again_who_is_signed_in_keeps_what_belongs_to_them(chat):
    [answer] = calls(chat, identify("42", proof_of("42", secret=SECRET), **bearer(chat, Visitor(key="user:42", was=DANA.key))))
    assert tokens.visitor_of(answer.json()["token"], account_id=chat, generation=1).was == DANA.key


# ── Nobody there ────────────────────────────────────────────────────────────────────────────────────────────────────


def leave(**changes: str):
    left = {"id": "left-00000001", "name": "Dana", "email": "Dana@customer.example", "text": "Please write to me."}
    return ("POST", "left", {"json": left | changes})


def test_words_left_with_a_mail_address_are_a_voice_to_answer_by_mail(chat):
    actions.connect(HEARD, kind="simulated_mail", name="Mail", address="help@acme.example")
    assert calls(chat, leave(), leave(email="dana"), leave(text=" "), leave(email="a@b.cc\r\nBcc: x@y.zz"))[0].status_code == 202
    drain()
    voice = Interaction.objects.get()
    assert (voice.identity.network, voice.identity.external_id, voice.identity.verified) == (
        "email",
        "dana@customer.example",
        False,
    )


def test_nobody_promises_an_answer_by_mail_where_no_mail_goes_out(chat, sales):
    actions.connect(HEARD, kind="simulated_mail", name="Mail of sales", address="sales@acme.example", team_id=sales.pk)
    shown, refused = calls(chat, ("GET", "settings", {}), leave())
    assert (shown.json()["by_mail"], refused.status_code) == (False, 409)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("is_watched", "is_open"), [(True, True), (False, False)])
def test_a_chat_may_be_open_only_while_a_colleague_is_there(company, is_watched, is_open):
    chat = connect(needs_colleague=True)
    assert calls(chat, ("GET", "settings", {}), is_watched=is_watched)[0].json()["open"] is is_open

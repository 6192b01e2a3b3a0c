"""What a visitor does with the demo: start it, answer somebody, hear back, start it again, take it away."""

import argparse
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from heard.engagement import sender
from heard.engagement.actions.reply import send_reply
from heard.engagement.selectors import reachable, utterances_of
from heard.governance import selectors as governance
from heard.governance.permissions import HEARD, viewer_of
from heard.kernel import clock, outbox
from heard.listening import actions as listening
from heard.listening.accounts import account_view, adapter_of
from heard.listening.channels.contract import Context
from heard.listening.selectors import visible_accounts, visible_interactions
from heard.project import environment, worker
from heard.project.demo import command, world
from heard.routing.selectors import conversations_of, dispositions_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HEARD_HOME", str(tmp_path))
    return environment.home()


def start(**options) -> None:
    command.run(argparse.Namespace(**{"build_only": True, "remove": False, **options}))


def alice():
    return viewer_of(governance.members(HEARD).get(email="alice@heard.example"))


def one_minute_later(account_id: int) -> None:
    """What the network says in the minute after now, received as the poller would."""
    account = visible_accounts(HEARD).get(pk=account_id)
    account.config["seconds_between_voices"] = 0
    later = clock.now() + timedelta(minutes=1)
    ctx = Context(account=account_view(account), http=None, now=lambda: later)
    page = adapter_of(account.kind).pull(ctx, {"until": (later - timedelta(minutes=2)).isoformat()})
    listening.receive(account_id, page.deliveries)
    worker.drain()


def test_a_price_question_is_answered_by_mail_arrives_and_is_read(home):
    world.build(password="kettle-harbour-lantern-42")
    asked = visible_interactions(HEARD).get(text__contains="way too expensive, lower the price").pk
    conversation_id = conversations_of([asked])[asked]
    route = next(r for r in reachable(alice(), conversation_id) if r.may_send)
    send_reply(
        alice(),
        conversation_id,
        text="For more than twenty lines there is a lower price. May I ring your client?",
        account_id=route.account_id,
        identity_id=route.identity_id,
        visibility=route.visibility,
        request_key=uuid.uuid4().hex,
    )
    assert sender.work_off(worker="alice's worker", now=clock.now(), limit=5) == 1
    one_minute_later(route.account_id)
    outbox.pass_on(worker="alice's worker", now=clock.now())
    assert [u.state for u in utterances_of(alice(), conversation_id)] == ["read"]
    assert dispositions_of([asked])[asked].outcome == "answered"


def test_first_start_says_where_to_go_and_how_to_sign_in(home, capsys):
    start()
    said, password = capsys.readouterr().out, (home / "demo-password").read_text()
    assert "http://127.0.0.1:8000" in said
    assert world.SIGN_IN in said and password in said
    assert governance.members(HEARD).get(email=world.SIGN_IN).check_password(password)
    assert (home / "demo-password").stat().st_mode & 0o077 == 0


def test_second_start_doubles_nothing_and_keeps_the_sign_in(home, capsys):
    start()
    before, password = visible_interactions(HEARD).count(), (home / "demo-password").read_text()
    start()
    assert visible_interactions(HEARD).count() == before
    assert capsys.readouterr().out.count(f"Password  {password}") == 2


def test_a_lost_password_is_replaced_on_the_next_start(home):
    start()
    (home / "demo-password").unlink()
    start()
    password = (home / "demo-password").read_text()
    assert governance.members(HEARD).get(email=world.SIGN_IN).check_password(password)
    assert governance.members(HEARD).get(email="alice@heard.example").check_password(password)


def test_taking_it_away_leaves_an_empty_house(home, capsys):
    start()
    start(remove=True)
    assert "gone" in capsys.readouterr().out
    assert not governance.has_members()
    assert not (home / "demo-password").exists()
    start(remove=True)
    assert "no demo world" in capsys.readouterr().out


def test_the_visitor_who_removes_the_demo_is_led_to_the_first_page(home, client):
    start()
    client.force_login(governance.members(HEARD).get(email=world.SIGN_IN))
    assert client.get("/").status_code == 200
    client.post(reverse("remove_demo"))
    assert client.get("/").url == reverse("first_run")

"""Outward webhooks against a receiver that fails in every way, proved by the reference library that we did not write."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import override_settings
from standardwebhooks import Webhook, WebhookVerificationError

from heard.governance import actions_on_webhooks as actions
from heard.governance import selectors, webhook_sender
from heard.governance.actions import Refused
from heard.governance.models import AuditLine, WebhookEndpoint, WebhookMessage
from heard.governance.permissions import NotAllowed, viewer_of
from heard.governance.rules import announcements, standard_webhooks
from heard.governance.webhooks import Fact, announce
from heard.kernel.clock import now

pytestmark = [pytest.mark.django_db]
A_MINUTE, A_DAY = timedelta(minutes=1), timedelta(days=1)
EVERYTHING = list(announcements.EVENTS)


class Receiver(ThreadingHTTPServer):
    """Another system. `answers` says what it does next, the last one for ever; `taken` is what it got: (headers, body)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Callable[[BaseHTTPRequestHandler], None]] = [says(204)]
        self.taken: list[tuple[dict[str, str], str]] = []
        self.asked_elsewhere: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks"

    def handle_error(self, *_: object) -> None:
        """A caller that hangs up is no news."""

    def accepted(self, secret: str) -> list[dict]:
        """What the reference library takes for genuine; raises for a forgery."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.taken]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        answers = self.server.answers
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def do_GET(self) -> None:
        self.server.asked_elsewhere.append(self.path)

    def log_message(self, *_: object) -> None:
        pass


def says(status: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": "0", **{n.replace("_", "-"): v for n, v in headers.items()}}.items():
            handler.send_header(name, value)
        handler.end_headers()

    return answer


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def talks_rubbish(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\xff nothing that HTTP knows\r\n\r\n")
    hangs_up(handler)


def never_stops(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65_536)
    except OSError:
        pass


def never_answers(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.settimeout(30)
    with contextlib.suppress(OSError):
        handler.connection.recv(1)  # until the caller hangs up


@pytest.fixture(autouse=True)
def loopback_is_allowed() -> Iterator[None]:
    with override_settings(ALLOW_PRIVATE_ADDRESSES=True):
        yield


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def told(ada, receiver) -> tuple[int, str]:
    return actions.add_endpoint(viewer_of(ada), url=receiver.url, name="Shop", events=EVERYTHING)


def _happen(event: str = "case.opened", team_id: int | None = None, **data: object) -> None:
    announce([Fact(event, data or {"case_id": 7}, team_id)])


def _send(at=None) -> int:
    return webhook_sender.work_off(worker="w", now=at or now())


def _letter() -> WebhookMessage:
    return WebhookMessage.objects.get()


def test_a_message_is_genuine_to_the_reference_library(told, receiver):
    _happen(case_id=7, kind="support")
    assert _send() == 1
    [message] = receiver.accepted(told[1])
    assert (message["type"], message["data"]) == ("case.opened", {"case_id": 7, "kind": "support"})
    assert receiver.taken[0][0]["webhook-id"] == _letter().key
    assert (_letter().state, _letter().answer) == ("delivered", 204)


def test_another_secret_does_not_prove_it(told, receiver):
    _happen()
    _send()
    with pytest.raises(WebhookVerificationError):
        receiver.accepted(standard_webhooks.secret_of(b"another" * 5))


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (says(500), "answered 500"),
        (says(404), "answered 404"),
        (says(302, Location="http://127.0.0.1:1/elsewhere"), "answered 302"),
        (hangs_up, "RemoteProtocolError"),
        (talks_rubbish, "RemoteProtocolError"),
    ],
)
def test_what_fails_is_tried_again_as_the_same_message(told, receiver, failure, words):
    receiver.answers = [failure, says(200)]
    _happen()
    _send()
    assert (_letter().state, words in _letter().error) == ("waiting", True)
    assert _send() == 0  # not at once
    assert _send(now() + A_MINUTE) == 1
    assert _letter().state == "delivered"
    assert len({headers["webhook-id"] for headers, _ in receiver.taken}) == 1
    assert len({body for _, body in receiver.taken}) == 1
    assert not receiver.asked_elsewhere


def test_a_receiver_that_never_answers_is_left_after_a_while(told, receiver, monkeypatch):
    monkeypatch.setattr(webhook_sender, "ANSWER_SECONDS", 0.3)
    receiver.answers = [never_answers]
    _happen()
    assert _send() == 1
    assert (_letter().state, "TooSlow" in _letter().error or "Timeout" in _letter().error) == ("waiting", True)


def test_an_endless_answer_is_not_read(told, receiver):
    receiver.answers = [never_stops]
    _happen()
    _send()
    assert _letter().state == "delivered"


def test_a_receiver_that_asks_for_time_gets_it(told, receiver):
    receiver.answers = [says(429, Retry_After="3600"), says(200)]
    _happen()
    _send()
    assert _send(now() + timedelta(minutes=50)) == 0
    assert _send(now() + timedelta(minutes=61)) == 1


def test_one_that_fails_holds_up_no_other(told, receiver, ada):
    other = Receiver()
    threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    actions.add_endpoint(viewer_of(ada), url=other.url, name="Chat", events=EVERYTHING)
    receiver.answers = [says(500)]
    for n in range(5):
        _happen(case_id=n)
    _send()
    other.shutdown()
    assert (len(receiver.taken), len(other.taken)) == (1, 5)  # and the one that failed is not hammered


def test_after_three_days_it_is_a_dead_letter_and_a_person_sends_it_again(told, receiver, ada):
    receiver.answers = [says(503)]
    _happen()
    at, tries = now(), 0
    while _letter().state == "waiting" and tries < 20:
        WebhookEndpoint.objects.update(failing_since=None)  # of one letter, not of the endpoint
        tries += _send(at)
        at += A_DAY + A_DAY
    assert (tries, _letter().state) == (len(standard_webhooks.PAUSES_SECONDS) + 1, "dead")
    key = _letter().key
    receiver.answers = [says(200)]
    assert actions.send_dead_again(viewer_of(ada), told[0]) == 1
    _send()
    assert (_letter().state, _letter().key) == ("delivered", key)


def test_one_that_says_it_is_gone_is_given_up_until_a_person_switches_it_on(told, receiver, ada):
    receiver.answers = [says(410), says(200)]
    _happen()
    _send()
    assert WebhookEndpoint.objects.get().state == "given_up"
    assert _send(now() + A_DAY) == 0
    actions.switch_endpoint(viewer_of(ada), told[0], on=True)
    assert _send(now() + A_DAY) == 1


def test_one_that_takes_nothing_for_days_is_given_up(told, receiver):
    receiver.answers = [says(500)]
    _happen()
    WebhookEndpoint.objects.update(failing_since=now() - webhook_sender.PATIENCE - A_MINUTE, failures=40)
    _send()
    assert WebhookEndpoint.objects.get().state == "given_up"
    assert _letter().state == "waiting"  # nothing is lost


def test_success_ends_the_failing(told, receiver):
    receiver.answers = [says(500), says(200)]
    _happen()
    _send()
    assert WebhookEndpoint.objects.get().failures == 1
    _send(now() + A_MINUTE)
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.failures, endpoint.failing_since, endpoint.quiet_until, endpoint.why) == (0, None, None, "")


def test_after_a_change_both_secrets_are_good_for_a_day_and_then_the_new_one(told, receiver, ada):
    endpoint_id, before = told
    secret = actions.new_secret(viewer_of(ada), endpoint_id)
    _happen()
    _send()
    assert receiver.accepted(before) == receiver.accepted(secret)
    WebhookEndpoint.objects.update(before_until=now() - A_MINUTE)
    receiver.taken.clear()
    _happen()
    _send()
    assert receiver.accepted(secret)
    with pytest.raises(WebhookVerificationError):
        receiver.accepted(before)


def test_a_worker_that_died_in_the_middle_leaves_it_to_the_next(told, receiver):
    _happen()
    WebhookMessage.objects.update(claimed_by="dead", lease_until=now() + A_MINUTE)
    assert _send() == 0
    assert _send(now() + timedelta(minutes=2)) == 1


def test_an_endpoint_hears_what_it_asked_for_and_what_its_team_may_see(ada, care, sales, receiver):
    actions.add_endpoint(viewer_of(ada), url=receiver.url, name="Care", events=["case.opened"], team_id=care.pk)
    _happen("case.opened", care.pk, n=1)
    _happen("case.opened", sales.pk, n=2)
    _happen("case.opened", None, n=3)
    _happen("reply.sent", care.pk, n=4)
    _send()
    assert [json.loads(body)["data"]["n"] for _, body in receiver.taken] == [1, 3]


def test_one_that_is_off_is_told_nothing(told, receiver, ada):
    actions.switch_endpoint(viewer_of(ada), told[0], on=False)
    _happen()
    assert not WebhookMessage.objects.exists()


@override_settings(ALLOW_PRIVATE_ADDRESSES=False)
def test_no_endpoint_is_a_way_into_ones_own_network(told, receiver):
    _happen()
    _send()
    assert ("private address" in _letter().error, receiver.taken) == (True, [])


@override_settings(ALLOW_PRIVATE_ADDRESSES=False)
@pytest.mark.parametrize("url", ["http://shop.example", "ftp://shop.example", "https://", "https://user:pw@shop.example", "shop"])
def test_only_https_addresses_are_taken(ada, url):
    with pytest.raises(Refused):
        actions.add_endpoint(viewer_of(ada), url=url, name="Shop", events=EVERYTHING)
    assert not WebhookEndpoint.objects.exists()


def test_only_administrators_may(sam, told):
    for act in (actions.new_secret, actions.test_endpoint, actions.remove_endpoint, actions.send_dead_again):
        with pytest.raises(NotAllowed):
            act(viewer_of(sam), told[0])
    with pytest.raises(NotAllowed):
        selectors.webhook_endpoints(viewer_of(sam))


def test_the_secret_is_stored_sealed_and_written_in_no_audit_line(told):
    secret = told[1].removeprefix("whsec_")
    assert secret not in WebhookEndpoint.objects.get().sealed_secrets
    assert not [line for line in AuditLine.objects.all() if secret in str(line.detail)]


def test_what_was_delivered_long_ago_is_cleared_and_what_died_is_kept_longer(told):
    _happen(n=1)
    _happen(n=2)
    first, second = WebhookMessage.objects.order_by("id")
    WebhookMessage.objects.filter(pk=first.pk).update(state="delivered", ended_at=now() - timedelta(days=8))
    WebhookMessage.objects.filter(pk=second.pk).update(state="dead", ended_at=now() - timedelta(days=8))
    assert webhook_sender.clear(now()) == 1
    assert WebhookMessage.objects.get().pk == second.pk


# ── The pages ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_secret_is_shown_once_and_the_page_says_what_became_of_each_message(ada, browser, receiver):
    desk = browser(ada)
    asked = {"name": "Shop", "url": receiver.url, "events": ["case.opened"], "team": ""}
    answer = desk.post("/settings/webhooks/add/", asked)
    assert "whsec_" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    [endpoint] = WebhookEndpoint.objects.all()
    page = f"/settings/webhooks/{endpoint.pk}/"
    receiver.answers = [says(500)]
    desk.post(f"{page}test/")
    _send()
    shown = desk.get(page).content.decode()
    assert "whsec_" not in shown
    assert "It answered 500." in shown
    assert "failing" in desk.get("/settings/webhooks/").content.decode()


def test_what_cannot_be_used_is_said_beside_what_was_typed(ada, browser):
    answer = browser(ada).post("/settings/webhooks/add/", {"name": "Shop", "url": "shop", "events": ["case.opened"]})
    assert (answer.status_code, "must begin with https://" in answer.content.decode()) == (422, True)
    assert 'value="shop"' in answer.content.decode()


def test_who_does_not_manage_webhooks_sees_no_trace_of_them(sam, browser, told):
    desk = browser(sam)
    assert desk.get("/settings/webhooks/").status_code == 403
    assert "Webhooks" not in desk.get("/settings/members/").content.decode()

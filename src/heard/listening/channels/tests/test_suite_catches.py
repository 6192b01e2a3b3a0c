"""The suite can fail: an adapter that keeps every promise passes, and for each promise one that breaks it is caught."""

import hashlib
import hmac
import inspect
import json
import logging
from datetime import UTC, datetime

import httpx
import pytest
from msgspec.structs import replace

from heard.listening.channels.contract import (
    Account,
    Ambiguous,
    AuthExpired,
    BadSignature,
    BaseAdapter,
    Capabilities,
    ConfigField,
    Health,
    Part,
    PullPage,
    RateLimited,
    RawEvent,
    Rejected,
    Request,
    Retryable,
    Sent,
    Unknown,
)
from heard.listening.channels.lengths import length_of, numbered
from heard.listening.conformance import Answer, Asked, ChannelConformance, Signing

WINDOW = 300


class Honest(BaseAdapter):
    """A network in its simplest form: GET /messages, POST /messages, a signed webhook."""

    kind = "honest"
    label = "Honest"
    capabilities = Capabilities(
        inbound=("poll", "webhook"), outbound=True, max_length=200, length_unit="graphemes", overflow="split", can_reconcile=True
    )
    config_fields = (ConfigField(name="base_url", label="Server", kind="url"), ConfigField(name="token", label="T", secret=True))

    def check(self, ctx):
        self.ask(ctx, "GET")
        return Health(ok=True, message="Signed in.")

    def pull(self, ctx, cursor, *, limit=200):
        found = self.ask(ctx, "GET", params=cursor)
        return PullPage(deliveries=[RawEvent(key=m["id"], body=json.dumps(m).encode()) for m in found], cursor={"after": "1"})

    def ask(self, ctx, method, **how):
        unclear = Retryable if method == "GET" else Ambiguous
        url, token = ctx.account.config["base_url"], ctx.account.secrets["token"]
        try:
            answer = ctx.http.request(method, f"{url}/messages", headers={"Authorization": f"Bearer {token}"}, **how)
        except httpx.ConnectError:
            raise Retryable(f"{url} cannot be reached")
        except httpx.HTTPError as error:
            raise unclear(f"{url} broke off: {type(error).__name__}")
        self.judge(answer, unclear)
        try:
            return answer.json()
        except ValueError:
            raise unclear(f"{url} answered nonsense")

    def judge(self, answer, unclear):
        wait = float(answer.headers.get("retry-after", 60))
        errors = {401: AuthExpired("sign in again"), 429: RateLimited("slow down", after_seconds=wait), 500: unclear("broken")}
        errors |= {503: Retryable("away", after_seconds=wait)}
        if answer.status_code != 200:
            raise errors.get(answer.status_code, Rejected(f"no: {answer.status_code}"))

    def normalise(self, raw, account):
        return [Unknown(note=raw.key)]

    def verify(self, request: Request, account: Account) -> None:
        secret, stamp = account.secrets.get("token", ""), request.headers.get("stamp", "")
        if not secret or not stamp.isascii() or not stamp.isdigit() or abs(int(stamp) - datetime.now(UTC).timestamp()) > WINDOW:
            raise BadSignature("no")
        if not hmac.compare_digest(
            proof(secret, stamp, request.body).encode(), request.headers.get("proof", "").encode("utf-8", "replace")
        ):
            raise BadSignature("no")

    def render(self, message, account):
        if not message.to.external_id.isprintable() or not message.subject.isprintable():
            raise Rejected("one line, please")
        texts = numbered(message.text, 200, lambda text: length_of(text, "graphemes"))
        return [self.part(message, text, number, len(texts)) for number, text in enumerate(texts, 1)]

    def part(self, message, text, number, total):
        return Part(text=text, to=message.to, number=number, total=total, visibility=message.visibility)

    def send(self, ctx, part, *, idem):
        return Sent(external_id=self.ask(ctx, "POST", json={"text": part.text})["id"])

    def reconcile(self, ctx, part, *, idem):
        found = [message for message in self.ask(ctx, "GET") if message["text"] == part.text]
        return Sent(external_id=found[0]["id"]) if found else None


def proof(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Network(ChannelConformance):
    signing = Signing(window_seconds=WINDOW)

    def signed(self, body: bytes, *, at: datetime, account: Account) -> Request:
        stamp = str(int(at.timestamp()))
        headers = {"stamp": stamp, "proof": proof(account.secrets.get("token", ""), stamp, body)}
        return Request(method="POST", path="/", headers=headers, body=body)

    def answers(self, asked: Asked, taken) -> Answer | None:
        if asked.method == "POST":
            return Answer(body=b'{"id": "9"}')
        new = [] if asked.query.get("after") else [{"id": "1", "text": "Hello"}]
        return Answer(body=json.dumps([*new, *({"id": "9", **json.loads(post.body)} for post in taken)]).encode())


def suite_of(adapter: type[BaseAdapter]) -> ChannelConformance:
    return type(f"Suite{adapter.__name__}", (Network,), {"adapter": adapter()})()


# ── Those that break a promise ──────────────────────────────────────────────────────────────────────────────────────


class TellsItsToken(Honest):
    def ask(self, ctx, method, **how):
        try:
            return super().ask(ctx, method, **how)
        except Rejected as error:
            raise Rejected(f"{error} with {ctx.account.secrets['token']}") from None


class LogsItsToken(Honest):
    def ask(self, ctx, method, **how):
        logging.getLogger("acme").debug("asking with %s", ctx.account.secrets)
        return super().ask(ctx, method, **how)


class WrapsAnErrorThatTells(Honest):
    def ask(self, ctx, method, **how):
        try:
            return super().ask(ctx, method, **how)
        except Rejected as error:
            raise error from ValueError(f"GET /messages?token={ctx.account.secrets['token']}")


class TriesAgainThoughItWasRead(Honest):
    def send(self, ctx, part, *, idem):
        try:
            return super().send(ctx, part, idem=idem)
        except Ambiguous as error:
            raise Retryable(str(error))


class TakesTroubleForNotThere(Honest):
    def reconcile(self, ctx, part, *, idem):
        try:
            return super().reconcile(ctx, part, idem=idem)
        except Retryable:
            return None


class NeverWaits(Honest):
    def judge(self, answer, unclear):
        if answer.status_code == 429:
            raise Retryable("later")
        super().judge(answer, unclear)


class DoesNotKnowItIsSignedOut(Honest):
    def judge(self, answer, unclear):
        if answer.status_code == 401:
            raise Rejected("no")
        super().judge(answer, unclear)


class RandomKeys(Honest):
    def pull(self, ctx, cursor, *, limit=200):
        page = super().pull(ctx, cursor, limit=limit)
        return replace(page, deliveries=[replace(one, key=one.key + str(datetime.now(UTC))) for one in page.deliveries])


class NeverOld(Honest):
    def verify(self, request, account):
        stamp = request.headers.get("stamp", "")
        if not hmac.compare_digest(
            proof(account.secrets.get("token", ""), stamp, request.body), request.headers.get("proof", "")
        ):
            raise BadSignature("no")


class BelievesTheEmptySecret(NeverOld):
    pass


class ProvesOnlyTheTime(Honest):
    def verify(self, request, account):
        super().verify(replace(request, body=b'{"conformance": "suite"}'), account)


class CutsThroughLetters(Honest):
    def render(self, message, account):
        text = message.text
        return [self.part(message, text[at : at + 200], at // 200 + 1, -(-len(text) // 200)) for at in range(0, len(text), 200)]


class SaysLess(Honest):
    def render(self, message, account):
        return super().render(replace(message, text=message.text[:200]), account)


class SaysItInPublic(Honest):
    def part(self, message, text, number, total):
        return replace(super().part(message, text, number, total), visibility="public")


class CannotDelete(Honest):
    capabilities = replace(Honest.capabilities, delete=True)


class AlwaysFine(Honest):
    def check(self, ctx):
        try:
            return super().check(ctx)
        except Exception:
            return Health(ok=True, message="Signed in.")


CAUGHT_BY = [
    (TellsItsToken, "test_pull_says_what_the_trouble_is", "forbidden"),
    (LogsItsToken, "test_pull_says_what_the_trouble_is", "broken"),
    (WrapsAnErrorThatTells, "test_send_says_whether_it_may_have_gone_out", "forbidden"),
    (TriesAgainThoughItWasRead, "test_send_says_whether_it_may_have_gone_out", "hangs up"),
    (TriesAgainThoughItWasRead, "test_send_says_whether_it_may_have_gone_out", "too slow"),
    (TriesAgainThoughItWasRead, "test_send_says_whether_it_may_have_gone_out", "another page"),
    (TakesTroubleForNotThere, "test_network_in_trouble_is_never_taken_for_one_that_did_not_get_it", "broken"),
    (NeverWaits, "test_pull_waits_as_long_as_the_network_says"),
    (NeverWaits, "test_send_waits_as_long_as_the_network_says"),
    (DoesNotKnowItIsSignedOut, "test_pull_that_is_signed_out_says_so"),
    (DoesNotKnowItIsSignedOut, "test_send_that_is_signed_out_says_so"),
    (RandomKeys, "test_page_that_is_pulled_twice_brings_the_same_deliveries"),
    (NeverOld, "test_old_call_played_again_is_refused_and_so_is_one_from_the_future"),
    (BelievesTheEmptySecret, "test_account_without_secrets_refuses_everyone"),
    (ProvesOnlyTheTime, "test_other_bytes_than_those_that_were_signed_are_refused", b"{}"),
    (CutsThroughLetters, "test_letters_are_never_torn"),
    (SaysLess, "test_no_word_is_lost_and_no_part_is_too_long"),
    (SaysItInPublic, "test_no_part_is_seen_by_more_people_than_was_asked_for"),
    (CannotDelete, "test_channel_can_do_what_it_declares_and_declares_what_it_can_do", "delete"),
    (AlwaysFine, "test_test_button_tells_the_trouble_and_never_says_that_all_is_well", "broken"),
]
IDS = [f"{adapter.__name__}: {check.removeprefix('test_')}" for adapter, check, *_ in CAUGHT_BY]


@pytest.mark.parametrize(("adapter", "check", "with_"), [(a, c, rest) for a, c, *rest in CAUGHT_BY], ids=IDS)
def test_broken_promise_is_caught(adapter, check, with_):
    honest, other = suite_of(Honest), suite_of(adapter)
    getattr(honest, check)(*with_)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(other, check)(*with_)


def test_all_of_these_checks_are_ones_that_the_suite_collects():
    collected = {name for name, check in inspect.getmembers(type(suite_of(Honest))) if name.startswith("test_") and check}
    assert {check for _, check, *_ in CAUGHT_BY} <= collected

"""Talking to the network when all is well and when nothing is: what is raised is true, and nobody learns a secret from it.

The oracle of a send is what the network has read: words that arrived and were not clearly answered may have gone out.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from heard.listening.channels.contract import (
    Ambiguous,
    AuthExpired,
    ChannelError,
    Context,
    CursorLost,
    Health,
    PullPage,
    RateLimited,
    Retryable,
    Sent,
)
from heard.listening.conformance.applies import (
    able,
    can_poll,
    can_send,
    knows_the_network,
    only_if,
    signs_in,
    talks,
    talks_http,
)
from heard.listening.conformance.hooks import WAIT_SECONDS, Hooks, implements
from heard.listening.conformance.loopback import (
    PATIENCE_SECONDS,
    SHORT_PATIENCE_SECONDS,
    Answer,
    Asked,
    Loopback,
    babble,
    loopback,
    nobody_there,
    shows,
)

WORDS = "Harbourlight"  # one word of plain letters: the same in JSON, in a form and in an address
HTML = {"content-type": "text/html"}
TROUBLES = {
    "forbidden": Answer(status=403, body=b'{"error": "forbidden"}'),
    "not found": Answer(status=404, body=b'{"error": "not found"}'),
    "broken": Answer(status=500, body=b"oops", headers=HTML),
    "away": Answer(status=503, body=b"", headers={"retry-after": str(WAIT_SECONDS)}),
    "garbage": Answer(body=b'\x00\xff{"id": '),
    "another page": Answer(body=b"<html><body>Please sign in to the hotel's network</body></html>", headers=HTML),
    "hangs up": Answer(body=b'{"id": "1', hangs_up=True),
    "too slow": Answer(after_seconds=SHORT_PATIENCE_SECONDS * 3),
    "endless": Answer(is_endless=True),
}
SURE_TO_PASS = ("broken", "away", "hangs up", "too slow")  # to be asked again, without anybody's help
UNCLEAR = ("broken", "garbage", "another page", "hangs up", "too slow", "endless")  # when the words were read
QUIET = ("httpx", "httpcore")  # write addresses into the log; Heard keeps them below what it logs


@dataclass
class Line:
    """What an adapter has at hand, and what the network does: `trouble` strikes what carries our words, or all there is."""

    suite: "OverTheWire"
    network: Loopback
    trouble: Answer | None = None
    only_words: bool = False
    only_first: bool = False

    def __post_init__(self) -> None:
        self.taken: list[Asked] = []
        self.network.answer = self.answer

    def answer(self, asked: Asked) -> Answer:
        carries = asked.says(WORDS)
        is_struck = self.trouble is not None and (carries or not self.only_words) and not self.had_its_turn()
        if self.trouble is not None and is_struck:
            if carries and self.trouble.status < 300:
                self.taken.append(asked)
            return self.trouble
        answer = self.suite.answers(asked, self.taken) or Answer(status=404, body=b'{"error": "not found"}')
        if carries and answer.status < 300:
            self.taken.append(asked)
        return answer

    def had_its_turn(self) -> bool:
        return self.only_first and len(self.network.asked) > 1

    @property
    def was_read(self) -> bool:
        return any(asked.says(WORDS) for asked in self.network.asked)

    @property
    def ctx(self) -> Context:
        return self.suite.context(self.network)


class OverTheWire(Hooks):
    # ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @only_if(lambda suite: talks_http(suite) and can_poll(suite))
    def test_pull_says_what_the_trouble_is(self, trouble: str):
        with self.line(TROUBLES[trouble]) as line:
            error = self.fails(lambda: self.adapter.pull(line.ctx, {}))
        assert line.network.asked, f"nobody was asked; does the hook `account` say all that it takes to connect? {error}"
        assert isinstance(error, Retryable) or trouble not in SURE_TO_PASS

    @only_if(lambda suite: talks_http(suite) and can_poll(suite) and signs_in(suite))
    def test_pull_that_is_signed_out_says_so(self):
        """The account is then paused, and its owner is told."""
        with self.line(self.signed_out) as line:
            assert isinstance(self.fails(lambda: self.adapter.pull(line.ctx, {})), AuthExpired)

    @only_if(lambda suite: talks_http(suite) and can_poll(suite))
    def test_pull_waits_as_long_as_the_network_says(self):
        with self.line(self.too_many) as line:
            self.waits(lambda: self.adapter.pull(line.ctx, {}))

    @only_if(lambda suite: talks_http(suite) and can_poll(suite))
    def test_pull_from_nobody_is_tried_again(self):
        with nobody_there() as network:
            assert isinstance(self.fails(lambda: self.adapter.pull(self.context(network), {})), Retryable)

    @only_if(lambda suite: talks_http(suite) and can_poll(suite))
    def test_cursor_of_another_version_breaks_nothing(self):
        with self.line(TROUBLES["garbage"]) as line:
            self.fails(lambda: self.adapter.pull(line.ctx, {"of_another_version": [1, None, "x"]}))

    @only_if(lambda suite: talks_http(suite) and can_poll(suite) and suite.lost_place)
    def test_lost_place_is_found_again_with_overlap(self):
        """Either the adapter goes on by itself, or it names the place from which to start again."""
        lost = self.lost_place
        assert lost is not None
        with self.line(lost.answer, only_first=True) as line:
            try:
                page = self.adapter.pull(line.ctx, lost.cursor)
            except CursorLost as error:
                assert json.loads(json.dumps(error.resync)) == error.resync != lost.cursor
                page = self.adapter.pull(line.ctx, error.resync)
        assert page.cursor != lost.cursor

    @only_if(lambda suite: talks_http(suite) and can_poll(suite) and knows_the_network(suite))
    def test_page_that_is_pulled_twice_brings_the_same_deliveries(self):
        """So a crash between the page and its cursor stores nothing twice; and what follows the cursor is new."""
        with self.line() as line:
            page, again = (self.adapter.pull(line.ctx, self.begins_at) for _ in range(2))
            keys = [delivery.key for delivery in page.deliveries]
            assert keys
            assert len(set(keys)) == len(keys)
            assert keys == [delivery.key for delivery in again.deliveries]
            self.stored_without_secrets(line.ctx, page)
            rest = self.adapter.pull(line.ctx, json.loads(json.dumps(page.cursor)))
            assert set(keys) & {delivery.key for delivery in rest.deliveries} == set()

    # ── Speaking ────────────────────────────────────────────────────────────────────────────────────────────────────

    @only_if(lambda suite: talks_http(suite) and can_send(suite))
    def test_send_says_whether_it_may_have_gone_out(self, trouble: str):
        with self.line(TROUBLES[trouble], only_words=knows_the_network(type(self))) as line:
            error = self.fails(lambda: self.send(line))
        assert line.network.asked, f"nobody was asked; do `account` and `message` say all that it takes to send? {error}"
        assert not isinstance(error, Ambiguous) or line.was_read
        if line.was_read and trouble in UNCLEAR:
            takes_once = able(self).idempotent_send != "none"
            assert isinstance(error, Ambiguous | Retryable if takes_once else Ambiguous)

    @only_if(lambda suite: talks_http(suite) and can_send(suite) and signs_in(suite))
    def test_send_that_is_signed_out_says_so(self):
        with self.line(self.signed_out) as line:
            assert isinstance(self.fails(lambda: self.send(line)), AuthExpired)

    @only_if(lambda suite: talks_http(suite) and can_send(suite))
    def test_send_waits_as_long_as_the_network_says(self):
        with self.line(self.too_many) as line:
            self.waits(lambda: self.send(line))

    @only_if(lambda suite: talks_http(suite) and can_send(suite))
    def test_send_to_nobody_certainly_did_not_go_out(self):
        with nobody_there() as network:
            part = self.parts(WORDS)[0]
            error = self.fails(lambda: self.adapter.send(self.context(network), part, idem="key-1"))
        assert isinstance(error, Retryable)

    @only_if(lambda suite: talks_http(suite) and can_send(suite) and knows_the_network(suite))
    def test_what_the_network_took_is_known_by_its_id(self):
        with self.line() as line:
            sent = self.send(line)
        assert sent.external_id
        assert line.was_read

    @only_if(lambda suite: talks_http(suite) and able(suite).can_reconcile and knows_the_network(suite))
    def test_unclear_send_is_found_when_it_went_out(self):
        with self.line(TROUBLES["hangs up"], only_words=True) as line:
            self.fails(lambda: self.send(line))
            line.trouble = None
            found = self.adapter.reconcile(line.ctx, self.parts(WORDS)[0], idem="key-1")
        assert isinstance(found, Sent)
        assert found.external_id

    @only_if(lambda suite: talks_http(suite) and able(suite).can_reconcile and knows_the_network(suite))
    def test_send_that_never_arrived_is_not_found(self):
        """None only when it certainly did not go out; else Ambiguous, and a person looks."""
        with self.line() as line:
            try:
                assert self.adapter.reconcile(line.ctx, self.parts(WORDS)[0], idem="key-1") is None
            except Ambiguous as unclear:
                assert str(unclear)

    @only_if(lambda suite: talks_http(suite) and able(suite).can_reconcile)
    def test_network_in_trouble_is_never_taken_for_one_that_did_not_get_it(self, trouble: str):
        """Else the words would be said twice."""
        if trouble == "not found":  # of one message, that may be the very answer
            return
        with self.line(TROUBLES[trouble]) as line:
            error = self.fails(lambda: self.adapter.reconcile(line.ctx, self.parts(WORDS)[0], idem="key-1"))
        assert isinstance(error, ChannelError)

    # ── The rest ────────────────────────────────────────────────────────────────────────────────────────────────────

    @only_if(talks_http)
    def test_test_button_tells_the_trouble_and_never_says_that_all_is_well(self, trouble: str):
        with self.line(TROUBLES[trouble]) as line:
            health = self.health(line.ctx)
        assert not (line.network.asked and health.ok)
        assert health.message

    @only_if(lambda suite: talks_http(suite) and signs_in(suite))
    def test_test_button_knows_a_sign_in_that_is_over(self):
        with self.line(self.signed_out) as line:
            health = self.health(line.ctx)
        assert not health.ok

    @only_if(talks_http)
    @pytest.mark.parametrize("other", ["edit", "delete", "hide", "templates", "disconnect"])
    def test_trouble_of_the_other_verbs_is_one_of_the_channels_errors(self, other: str):
        for trouble in (self.signed_out, self.too_many, TROUBLES["broken"], TROUBLES["garbage"], TROUBLES["hangs up"]):
            with self.line(trouble) as line:
                self.fails_or_not(lambda: self.do(other, line.ctx))

    @only_if(lambda suite: talks(suite) and suite.wire == "other")
    def test_network_that_speaks_no_protocol_is_told_apart_and_learns_nothing(self):
        with babble() as url:
            ctx = self.context(Loopback(lambda _: Answer()), url)
            assert not self.health(ctx).ok
            if can_poll(self):
                self.fails(lambda: self.adapter.pull(ctx, {}))
            if can_send(self):
                self.fails(lambda: self.adapter.send(ctx, self.parts(WORDS)[0], idem="key-1"))

    @only_if(lambda suite: suite.wire == "none" and (can_poll(suite) or can_send(suite)))
    def test_channel_that_talks_to_nobody_asks_nobody(self):
        with self.line() as line:
            self.adapter.check(line.ctx)
            if can_poll(self):
                self.adapter.pull(line.ctx, {})
            if can_send(self):
                self.send(line)
        assert line.network.asked == []

    # ── Made of these ───────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def line(self, trouble: Answer | None = None, *, only_words: bool = False, only_first: bool = False) -> Iterator[Line]:
        patience_seconds = SHORT_PATIENCE_SECONDS if trouble and trouble.after_seconds else PATIENCE_SECONDS
        with loopback(lambda _: Answer(), patience_seconds=patience_seconds) as network:
            yield Line(self, network, trouble, only_words, only_first)

    def send(self, line: Line) -> Sent:
        return self.adapter.send(line.ctx, self.parts(WORDS)[0], idem="key-1")

    def health(self, ctx: Context) -> Health:
        """The answer of the test button; the page shows a channel's error just as well."""
        with self.watched() as logged:
            try:
                health = self.adapter.check(ctx)
            except ChannelError as error:
                health = Health(ok=False, message=str(error))
        self.keeps_secrets(f"{health} {logged}")
        return health

    def fails(self, act: Callable[[], Any]) -> ChannelError:
        with self.watched() as logged, pytest.raises(ChannelError, match=".") as caught:
            act()
        self.keeps_secrets(" ".join([*_words_of(caught.value), *logged]))
        return caught.value

    def fails_or_not(self, act: Callable[[], Any]) -> None:
        with self.watched() as logged:
            try:
                said = [repr(act())]
            except ChannelError as error:
                said = list(_words_of(error))
        self.keeps_secrets(" ".join([*said, *logged]))

    def waits(self, act: Callable[[], Any]) -> None:
        error = self.fails(act)
        assert isinstance(error, RateLimited)
        assert error.after_seconds == pytest.approx(WAIT_SECONDS, abs=3)

    def do(self, verb: str, ctx: Context) -> Any:
        if not implements(self.adapter, verb):
            return None
        arguments: dict[str, Callable[[], Any]] = {
            "edit": lambda: self.adapter.edit(ctx, "1", self.parts(WORDS)[0]),
            "delete": lambda: self.adapter.delete(ctx, "1"),
            "hide": lambda: self.adapter.hide(ctx, "1", hidden=True),
            "templates": lambda: self.adapter.templates(ctx),
            "disconnect": lambda: self.adapter.disconnect(ctx),
        }
        return arguments[verb]()

    def stored_without_secrets(self, ctx: Context, page: PullPage) -> None:
        for delivery in page.deliveries:
            self.keeps_secrets(f"{delivery.key} {delivery.headers} {delivery.body.decode('utf-8', 'replace')}")
            self.adapter.normalise(delivery, ctx.account)
        self.keeps_secrets(json.dumps(page.cursor))

    def keeps_secrets(self, text: str) -> None:
        secrets = self.account("https://network.example").secrets
        assert [name for name, secret in secrets.items() if shows(text, secret)] == [], text

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """Every line that is logged meanwhile, at any level, with its traceback."""
        seen = _Seen()
        root = logging.getLogger()
        level = root.level
        root.addHandler(seen)
        root.setLevel(logging.DEBUG)
        try:
            yield seen.lines
        finally:
            root.removeHandler(seen)
            root.setLevel(level)


class _Seen(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(QUIET):
            self.lines.append(self.format(record))


def _words_of(error: BaseException | None) -> Iterator[str]:
    """Of an error and of all that led to it: a log shows the whole chain."""
    while error is not None:
        yield f"{error} {error!r} {' '.join(getattr(error, '__notes__', []))}"
        error = error.__cause__ or error.__context__

"""Calls of a webhook: proved over the raw bytes and the time before anybody reads them (threats 34 and 42)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from heard.listening.channels.contract import Account, BadSignature, Request
from heard.listening.conformance.applies import is_signed, only_if, takes_webhooks
from heard.listening.conformance.fixtures import account_of, fixtures_of
from heard.listening.conformance.hears import damaged, inherited
from heard.listening.conformance.hooks import Hooks
from heard.listening.conformance.loopback import shows

OURS = "https://network.example"
BODY = b'{"conformance": "suite"}'
ODD = ["", "x", "sha256=", "sha256=é", "v1,", "٣٣", "9" * 40, "-1", "Bearer ", "\ud83d", "null"]


class TakesWebhooks(Hooks):
    def test_unsigned_call_is_refused(self):
        """A channel without webhooks refuses all of them."""
        request = Request(method="POST", path="/hooks/1/", headers={"content-type": "application/json"}, body=b"{}")
        for account in (account_of(self.adapter), self.account(OURS)):
            with pytest.raises(BadSignature, match="."):
                self.adapter.verify(request, account)

    @only_if(takes_webhooks)
    def test_suite_knows_how_the_network_signs(self):
        assert is_signed(type(self)), "override `signed` (and `signing`) in tests/conformance.py of the channel; see hooks.py"

    @only_if(is_signed)
    def test_signed_call_is_let_in(self):
        self.adapter.verify(self.call(), self.account(OURS))

    @only_if(is_signed)
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda call: replace(call, headers={}, query={}), id="nothing that proves anything"),
            pytest.param(lambda call: replace(call, headers=_each(call.headers, lambda value: "")), id="empty headers"),
            pytest.param(lambda call: replace(call, headers=_each(call.headers, lambda value: value[:-1])), id="one letter less"),
            pytest.param(
                lambda call: replace(call, headers=_each(call.headers, lambda value: value + "0")), id="one letter more"
            ),
        ],
    )
    def test_call_that_was_tampered_with_is_refused(self, change: Callable[[Request], Request]):
        self.refused(change(self.call()))

    @only_if(lambda suite: is_signed(suite) and suite.signing.over_body)
    @pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b"", BODY.replace(b"suite", b"house")])
    def test_other_bytes_than_those_that_were_signed_are_refused(self, body: bytes):
        self.refused(replace(self.call(), body=body))

    @only_if(is_signed)
    def test_call_signed_with_another_secret_is_refused(self):
        ours = self.account(OURS)
        theirs = replace(ours, secrets={name: secret[::-1] for name, secret in ours.secrets.items()})
        self.refused(self.call(account=theirs))

    @only_if(is_signed)
    def test_account_without_secrets_refuses_everyone(self):
        """Also who signs with the empty secret."""
        bare = replace(self.account(OURS), secrets={})
        empty = replace(bare, secrets=dict.fromkeys(self.account(OURS).secrets, ""))
        for account in (bare, empty):
            self.refused(self.call(), account=account)
            self.refused(self.call(account=empty), account=account)

    @only_if(lambda suite: is_signed(suite) and suite.signing.window_seconds)
    def test_old_call_played_again_is_refused_and_so_is_one_from_the_future(self):
        window = timedelta(seconds=self.signing.window_seconds or 0)
        now, moment = datetime.now(UTC), timedelta(seconds=30)
        self.adapter.verify(self.call(at=now - window + moment), self.account(OURS))
        self.refused(self.call(at=now - window - moment))
        self.refused(self.call(at=now + window + moment))

    @only_if(is_signed)
    def test_call_that_comes_twice_is_kept_once(self):
        """The same key, so that the store keeps one: what proves itself may be a network's second try, or a replay."""
        for body in self.bodies():
            first, again = (self.deliveries(body) for _ in range(2))
            assert [delivery.key for delivery in first] == [delivery.key for delivery in again]
            assert all(0 < len(delivery.key) <= 255 for delivery in first)

    @only_if(is_signed)
    def test_deliveries_of_different_words_are_told_apart(self):
        keys = [tuple(delivery.key for delivery in self.deliveries(body)) for body in (b'{"a": 1}', b'{"a": 2}', b"not json")]
        assert len(set(keys)) == len(keys)

    @only_if(is_signed)
    @inherited
    @given(data=st.data())
    def test_any_call_is_judged_and_none_breaks_the_door(self, data):
        """`challenge`, `verify` and `deliveries_of` meet whatever a stranger sends; they refuse, and never fail otherwise."""
        call = self.call(body=data.draw(damaged(data.draw(st.sampled_from(self.bodies())))))
        odd = replace(
            call,
            method=data.draw(st.sampled_from(["GET", "POST", "PUT", call.method])),
            headers=data.draw(st.sampled_from([call.headers, _each(call.headers, lambda _: data.draw(st.sampled_from(ODD)))])),
            query=data.draw(st.dictionaries(st.sampled_from([*call.query, "hub.mode", "crc_token"]), st.sampled_from(ODD))),
        )
        for judge in (self.adapter.challenge, self.adapter.verify):
            try:
                judge(odd, self.account(OURS))
            except BadSignature as refused:
                assert not any(shows(str(refused), secret) for secret in self.account(OURS).secrets.values())
        assert isinstance(self.adapter.deliveries_of(call), list)

    @only_if(lambda suite: is_signed(suite) and suite.overrides("handshake"))
    def test_handshake_is_answered(self):
        asked, answer = self.asked()
        assert self.adapter.challenge(asked, self.account(OURS)) == answer

    @only_if(lambda suite: is_signed(suite) and suite.overrides("handshake"))
    def test_handshake_of_a_stranger_is_not_answered(self):
        """Else anybody could subscribe us, or use us to write what they like under our name."""
        asked, answer = self.asked(
            account=replace(self.account(OURS), secrets=_each(self.account(OURS).secrets, lambda v: v[::-1]))
        )
        for account in (self.account(OURS), replace(self.account(OURS), secrets={})):
            assert self.answered(asked, account) != answer

    @only_if(is_signed)
    def test_ordinary_call_is_no_handshake(self):
        assert self.adapter.challenge(self.call(), self.account(OURS)) is None

    # ── Made of these ───────────────────────────────────────────────────────────────────────────────────────────────

    def call(self, body: bytes = BODY, *, at: datetime | None = None, account: Account | None = None) -> Request:
        return self.signed(body, at=at or datetime.now(UTC), account=account or self.account(OURS))

    def bodies(self) -> list[bytes]:
        return [fixture.raw.body for fixture in fixtures_of(self.adapter)] or [BODY]

    def deliveries(self, body: bytes):
        return self.adapter.deliveries_of(self.call(body))

    def refused(self, call: Request, *, account: Account | None = None) -> None:
        with pytest.raises(BadSignature, match="."):
            self.adapter.verify(call, account or self.account(OURS))

    def asked(self, account: Account | None = None):
        found = self.handshake(account or self.account(OURS))
        assert found is not None
        return found

    def answered(self, asked: Request, account: Account):
        try:
            return self.adapter.challenge(asked, account)
        except BadSignature:
            return None


def _each(headers: dict[str, str], change: Callable[[str], str]) -> dict[str, str]:
    return {name: change(value) for name, value in headers.items()}

"""What networks do to us: waits, lies, delays, a look that finds nothing yet. The other side is a server that we tell what to say."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from heard.listening.channels.bluesky.adapter import Adapter
from heard.listening.channels.bluesky.listen import ASK_AFTER, Listener
from heard.listening.channels.bluesky.tests.conformance import CID, DANA, GONE, MENTION, SESSION, VIEW, said
from heard.listening.channels.contract import Account, AuthExpired, Context, PullPage, RateLimited, Rejected, Retryable
from heard.listening.conformance import Answer, Asked
from heard.listening.conformance.loopback import Loopback, loopback

adapter = Adapter()
FRAMES = {path.stem: path.read_bytes() for path in (Path(__file__).parent / "frames").glob("*.cbor")}
POSTED = "at://did:plc:htqpo36vlqp6gac6yuruqjwp/app.bsky.feed.post/3n2urgv3j7s2d"  # in keyword.cbor and deleted.cbor
EMPTY = {
    "listNotifications": {"notifications": []},
    "getPosts": {"posts": []},
    "getAuthorFeed": {"feed": []},
    "searchPosts": {"posts": []},
    "createSession": SESSION,
    "refreshSession": SESSION,
}


class Network:
    """Answers as told by the last part of a method's name; knows nothing else. The clock stands until somebody sets it."""

    def __init__(self, loop: Loopback) -> None:
        self.loop = loop
        self.says: dict[str, object] = dict(EMPTY)
        self.asked: list[str] = []
        self.now = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
        self.kept: dict[str, str] = {"app_password": "abcd-efgh"}
        loop.answer = self.answer

    def answer(self, asked: Asked) -> Answer:
        method = asked.path.rpartition(".")[2]
        self.asked.append(method)
        found = self.says.get(method, Answer(status=404))
        found = found(asked) if callable(found) else found
        return found if isinstance(found, Answer) else said(found)

    def ctx(self, **config: str) -> Context:
        account = Account(
            id=1,
            kind="bluesky",
            name="Acme",
            address="@acme-1.test",
            config={"base_url": self.loop.url, **config},
            secrets=dict(self.kept),
        )
        return Context(account=account, http=self.loop.client(), now=lambda: self.now, keep=self.kept.update)

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def network() -> Iterator[Network]:
    with loopback(lambda _: Answer()) as loop:
        yield Network(loop)


def too_many(**headers: str) -> Answer:
    return Answer(status=429, body=b'{"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}', headers=headers)


# ── Waiting as long as the network says ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit-reset": "1767269000"}, 1767269000 - 1767268800),
        ({"retry-after": "9", "ratelimit-reset": "1767269000"}, 9),
        ({"ratelimit-reset": "1"}, 1),
        ({"ratelimit-reset": "99999999999"}, 3600),
        ({}, 60),
    ],
)
def test_wait_is_what_the_headers_say(network, headers, seconds):
    network.says["listNotifications"] = too_many(**headers)
    with pytest.raises(RateLimited) as error:
        adapter.pull(network.ctx(), {})
    assert error.value.after_seconds == pytest.approx(seconds)


def test_patience_that_is_used_up_is_respected_before_it_is_refused(network):
    network.says["getAuthorFeed"] = Answer(
        body=b'{"feed": []}', headers={"ratelimit-remaining": "0", "ratelimit-reset": "1767268900"}
    )
    assert adapter.pull(network.ctx(), {}).retry_after_seconds == pytest.approx(100)


def test_monitor_in_trouble_does_not_hold_up_what_was_said_to_us(network):
    network.says |= {
        "listNotifications": {"notifications": [MENTION]},
        "getPosts": {"posts": [VIEW]},
        "searchPosts": too_many(**{"retry-after": "40"}),
    }
    page = adapter.pull(network.ctx(keywords="router"), {})
    assert ([d.key for d in page.deliveries], page.retry_after_seconds) == ([f"post:{VIEW['uri']}:{CID}"], 40)


def test_account_that_the_app_view_does_not_know_yet_is_heard_all_the_same(network):
    network.says["getAuthorFeed"] = Answer(status=400, body=b'{"error": "InvalidRequest", "message": "Profile not found"}')
    assert "own" not in adapter.pull(network.ctx(), {}).cursor["known"]


def test_question_that_the_search_does_not_take_leaves_the_other_monitors_alone(network):
    refusal = Answer(status=400, body=b'{"error": "BadQueryString", "message": "bad query"}')
    network.says["searchPosts"] = lambda asked: refusal if "router" in asked.query["q"] else {"posts": [VIEW]}
    page = adapter.pull(network.ctx(keywords="router, modem"), {})
    assert [d.headers["found-by"] for d in page.deliveries] == ["modem"]
    assert adapter.check(network.ctx(keywords="router, modem")).details["monitor router"].startswith("not on this server")


def test_phrase_is_asked_for_as_it_stands(network):
    asked: list[str] = []
    network.says["searchPosts"] = lambda request: asked.append(request.query["q"]) or {"posts": []}
    adapter.pull(network.ctx(keywords="acme fibre, modem", hashtags="#acme"), {})
    assert asked == ["#acme", '"acme fibre"', "modem"]


# ── Signing in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_sign_in_serves_many_pulls(network):
    for _ in range(3):
        adapter.pull(network.ctx(), {})
    assert network.asked.count("createSession") == 1


def test_used_up_token_is_renewed_once_and_the_call_made_again(network):
    adapter.pull(network.ctx(), {})
    expired = Answer(status=400, body=b'{"error": "ExpiredToken", "message": "Token has expired"}')
    new = {**SESSION, "accessJwt": "new.token.x"}
    network.says |= {
        "listNotifications": lambda asked: {"notifications": []} if "new.token.x" in asked.headers["authorization"] else expired,
        "refreshSession": new,
    }
    adapter.pull(network.ctx(), {})
    assert (network.asked.count("createSession"), network.asked.count("refreshSession")) == (1, 1)
    assert "new.token.x" in network.kept["session"]


def test_password_that_is_refused_is_shown_once(network):
    """A server counts, and shuts an account out for a day."""
    network.says["createSession"] = Answer(status=401, body=b'{"error": "AuthenticationRequired", "message": "no"}')
    with pytest.raises(AuthExpired):
        adapter.pull(network.ctx(), {})
    assert network.asked == ["createSession"]


def test_other_password_or_handle_is_another_session(network):
    adapter.pull(network.ctx(), {})
    network.kept["app_password"] = "other"
    adapter.pull(network.ctx(), {})
    assert network.asked.count("createSession") == 2


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("AuthFactorTokenRequired", "app password"),
        ("AccountTakedown", "suspended"),
        ("AuthenticationRequired", "new app password"),
    ],
)
def test_account_that_cannot_sign_in_says_why(network, error, words):
    network.says["createSession"] = Answer(status=401, body=json.dumps({"error": error, "message": "no"}).encode())
    health = adapter.check(network.ctx())
    assert (health.ok, words in health.message) == (False, True)


def test_handle_that_changed_is_told(network):
    network.says["createSession"] = {**SESSION, "handle": "acme.example"}
    health = adapter.check(network.ctx())
    assert (health.ok, "@acme.example" in health.message) == (False, True)


def test_error_that_repeats_our_secrets_is_told_without_them(network):
    echo = Answer(status=400, body=b'{"error": "InvalidRequest", "message": "what is abcd-efgh, a.b.c?"}')
    network.says["listNotifications"] = echo
    with pytest.raises(Rejected) as error:
        adapter.pull(network.ctx(), {})
    assert "abcd-efgh" not in str(error.value)
    assert "a.b.c" not in str(error.value)


# ── Deletions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def watching(*uris: str) -> dict:
    return {"known": {"notifications": [], "own": []}, "watched": list(uris)}


def test_post_that_is_only_hidden_from_us_stays(network):
    network.says["getRecord"] = {"uri": VIEW["uri"], "cid": CID, "value": VIEW["record"]}
    page = adapter.pull(network.ctx(), watching(VIEW["uri"]))
    assert (page.deliveries, page.cursor["watched"]) == ([], [VIEW["uri"]])


def test_post_that_is_gone_is_told_once(network):
    network.says["getRecord"] = GONE
    page = adapter.pull(network.ctx(), watching(VIEW["uri"]))
    assert [d.body.decode() for d in page.deliveries] == [VIEW["uri"]]
    assert adapter.pull(network.ctx(), page.cursor).deliveries == []


def test_network_in_trouble_takes_nothing_back(network):
    network.says["getRecord"] = Answer(status=404, body=b"<html>not here</html>")
    with pytest.raises(Rejected):
        adapter.pull(network.ctx(), watching(VIEW["uri"]))


def test_every_watched_post_has_its_turn(network):
    uris = [f"at://{DANA}/app.bsky.feed.post/3k{number:011d}" for number in range(60)]
    network.says["getPosts"] = {"posts": [{**VIEW, "uri": uri} for uri in uris]}
    cursor = watching(*uris)
    places = []
    for _ in range(4):
        cursor = adapter.pull(network.ctx(), cursor).cursor
        places.append(cursor["looked_at"])
    assert (places, network.asked.count("getPosts")) == ([25, 50, 75, 25], 4)


# ── The firehose ────────────────────────────────────────────────────────────────────────────────────────────────────


def pages(listener: Listener, network: Network, *frames: bytes | float) -> list[PullPage]:
    """What comes of these frames; a number lets so many seconds pass."""

    def wire() -> Iterator[bytes | None]:
        for frame in frames:
            if isinstance(frame, bytes):
                yield frame
            else:
                network.passes(frame)
                yield None

    return list(listener.pages(wire()))


def keys(found: list[PullPage]) -> list[str]:
    return [delivery.key for page in found for delivery in page.deliveries]


@pytest.fixture
def listener(network) -> Callable[..., Listener]:
    def listen(cursor: dict | None = None, **config: str) -> Listener:
        return Listener(network.ctx(firehose="ws://relay.example", **config), cursor or {})

    return listen


def test_mention_in_the_firehose_is_asked_for_until_it_is_there(network, listener):
    """The app view may be some moments behind."""
    network.says["createSession"] = {**SESSION, "did": "did:plc:fke3hzopyyhcwvw74ky5hknl"}
    ours = listener()
    answers = iter([[], [], [MENTION]])
    network.says |= {
        "listNotifications": lambda _: {"notifications": next(answers, [MENTION])},
        "getPosts": {"posts": [VIEW]},
    }
    found = pages(ours, network, FRAMES["mention"], 0.4, 1.0, 2.0, 2.0, 5.0)
    assert keys(found) == [f"post:{VIEW['uri']}:{CID}"]
    assert network.asked.count("listNotifications") == 3  # the poll at the start, once in vain, once not


def test_keyword_in_the_firehose_is_asked_for_until_it_is_there_and_not_for_ever(network, listener):
    ours = listener(keywords="zebrafibre")
    network.says["getPosts"] = {"posts": []}
    assert keys(pages(ours, network, FRAMES["keyword"], 0.4, 1.0, 3.0, 10.0, 10.0)) == []
    assert (ours.waiting, network.asked.count("getPosts")) == ({}, len(ASK_AFTER))

    network.says["getPosts"] = {"posts": [{**VIEW, "uri": POSTED}]}
    found = pages(listener(keywords="zebrafibre"), network, FRAMES["keyword"], 0.4)
    assert [d.headers["found-by"] for page in found for d in page.deliveries] == ["zebrafibre"]


def test_deletion_in_the_firehose_is_told_at_once(network, listener):
    network.says["getPosts"] = {"posts": [{**VIEW, "uri": POSTED}]}
    found = pages(listener(watching(POSTED)), network, FRAMES["deleted"])
    assert keys(found) == [f"gone:{POSTED}"]


def test_place_in_the_firehose_is_kept_and_gone_back_to_while_it_is_fresh(network, listener):
    found = pages(listener(), network, FRAMES["profile"], 11.0)
    kept = json.loads(json.dumps(found[-1].cursor))
    assert kept["firehose"]["seq"] == 13
    assert listener(kept).place() == {"cursor": 13}
    network.passes(601)
    assert listener(kept).place() == {}


def test_place_is_not_moved_over_a_post_that_is_still_waited_for(network, listener):
    ours = listener(keywords="zebrafibre")
    found = pages(ours, network, FRAMES["keyword"], 0.4, 9.7)
    assert ours.waiting
    assert all("firehose" not in page.cursor for page in found)


def test_damaged_frame_is_passed_over(network, listener):
    network.says["createSession"] = {**SESSION, "did": "did:plc:fke3hzopyyhcwvw74ky5hknl"}
    ours = listener()
    assert keys(pages(ours, network, FRAMES["mention"][:-400], 11.0)) == []


def test_firehose_that_ends_with_an_error_is_opened_again(network, listener):
    with pytest.raises(Retryable, match="ConsumerTooSlow"):
        pages(listener(), network, b"\xa1bop\x20" + b"\xa1eerroroConsumerTooSlow")


def test_account_without_a_firehose_is_polled(network):
    with pytest.raises(Rejected, match="polled"):
        next(adapter.stream(network.ctx(), {}))


def test_stream_stops_when_it_is_told_to(network, listener):
    ours = listener()
    ours.ctx = replace(ours.ctx, stopping=lambda: True)
    assert len(pages(ours, network, FRAMES["profile"], 1.0, 1.0)) == 1

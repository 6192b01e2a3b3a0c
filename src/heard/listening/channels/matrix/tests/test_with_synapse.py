"""Against a real homeserver that cannot reach us: only the long poll hears. Pushes are proved in tests/journeys/test_matrix.py."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from msgspec.structs import replace

from heard.listening.channels.contract import (
    Account,
    AuthExpired,
    Author,
    Context,
    CursorLost,
    Event,
    File,
    NotFound,
    Outgoing,
    Part,
    PullPage,
    Rejected,
    Said,
    Withdrawn,
)
from heard.listening.channels.matrix.adapter import Adapter
from heard.listening.channels.matrix.registration import registration
from tests.support.servers.synapse import SERVER_NAME, Homeserver, Person, homeserver
from tests.support.servers.waiting import wait_for

pytestmark = pytest.mark.server

HELP = f"@help:{SERVER_NAME}"
TOKENS = {"as_token": "a-token-for-us-of-some-length", "hs_token": "a-token-for-them-of-some-length"}
HOOK = "http://127.0.0.1:9/hooks/7/"  # nobody is there
adapter = Adapter()


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Homeserver]:
    account = Account(id=7, kind="matrix", name="Acme Help", address=HELP)
    with homeserver(tmp_path_factory.mktemp("synapse"), registration(account, HOOK, **TOKENS)) as running:
        yield running


@dataclass
class Desk:
    """Our side: what the long poll has brought so far."""

    ctx: Context
    pages: Iterator[PullPage]
    seen: dict[str, list[Event]]
    cursor: dict

    def listen(self) -> None:
        page = next(self.pages)
        self.cursor = page.cursor
        for raw in page.deliveries:
            self.seen.setdefault(raw.key, adapter.normalise(raw, self.ctx.account))

    def events(self) -> list[Event]:
        return [event for events in self.seen.values() for event in events]

    def hears(self, fits: Callable[[Event], bool]) -> Event:
        def found() -> Event | None:
            self.listen()
            return next((event for event in self.events() if fits(event)), None)

        return wait_for(found)

    def said(self, words: str) -> Said:
        return self.hears(lambda event: isinstance(event, Said) and words in event.text)


@pytest.fixture
def desk(server) -> Desk:
    return desk_at(server)


def desk_at(server: Homeserver, cursor: dict | None = None, **config) -> Desk:
    account = Account(
        id=7, kind="matrix", name="Acme Help", address=HELP, config={"base_url": server.base_url, **config}, secrets=TOKENS
    )
    ctx = Context(account=account, http=httpx.Client(timeout=20), now=lambda: datetime.now(UTC), hook_url=HOOK)
    desk = Desk(ctx, adapter.stream(ctx, cursor or {}), {}, {})
    desk.listen()
    return desk


@pytest.fixture(scope="module")
def dana(server) -> Person:
    return server.add("dana")


@pytest.fixture
def room(desk, dana) -> str:
    """A room of Dana's, in which we are."""
    opened = dana.opens(HELP)
    dana.says(opened, f"Hello from {opened}")
    desk.said(opened)
    return opened


def part(text: str, room: str, **more) -> Part:
    to = Author(network="matrix", external_id=f"@dana:{SERVER_NAME}")
    return Part(text=text, to=to, thread_ref=room, **more)


def bodies(person: Person, room: str) -> list[str]:
    return [event["content"].get("body", "") for event in person.sees(room)]


def test_the_same_key_is_one_message_and_is_found_again(desk, dana, room):
    first = adapter.send(desk.ctx, part("Once.", room), idem="key-1")
    again = adapter.send(desk.ctx, part("Once.", room), idem="key-1")
    assert first.external_id == again.external_id
    assert bodies(dana, room).count("Once.") == 1
    assert adapter.reconcile(desk.ctx, part("Once.", room), idem="key-1").external_id == first.external_id
    assert adapter.reconcile(desk.ctx, part("Once.", room), idem="key-2") is None


def test_what_we_say_comes_back_as_ours_under_the_same_id(desk, room):
    sent = adapter.send(desk.ctx, part("Ours.", room), idem="key-ours")
    echo = desk.said("Ours.")
    assert (echo.direction, echo.external_id, echo.thread_ref) == ("outbound", sent.external_id, sent.thread_ref)


def test_words_of_ours_are_changed_and_taken_back(desk, dana, room):
    sent = adapter.send(desk.ctx, part("At two.", room), idem="key-edit")
    adapter.edit(desk.ctx, sent.external_id, part("At three.", room))
    seen = next(event for event in dana.sees(room) if event["event_id"] == "$" + sent.external_id.partition("/$")[2])
    assert seen["unsigned"]["m.relations"]["m.replace"]["content"]["m.new_content"]["body"] == "At three."
    adapter.delete(desk.ctx, sent.external_id)
    assert "At two." not in bodies(dana, room)
    assert desk.hears(lambda event: isinstance(event, Withdrawn) and event.target == sent.external_id)


def test_files_go_both_ways_with_what_they_show(desk, dana, room):
    picture = File(name="plan.png", content_type="image/png", data=b"\x89PNG ours", alt="Where the button is")
    adapter.send(desk.ctx, part("Look:", room, attachments=(picture,)), idem="key-file")
    shown = next(event["content"] for event in dana.sees(room) if event["content"].get("msgtype") == "m.image")
    assert (shown["body"], shown["filename"], shown["info"]["size"]) == ("Where the button is", "plan.png", len(picture.data))
    assert dana.downloads(shown["url"]) == picture.data

    theirs = {"msgtype": "m.file", "body": "bill.pdf", "url": dana.uploads(b"%PDF", "application/pdf")}
    dana.does(room, "m.room.message", theirs)
    came = desk.hears(lambda event: isinstance(event, Said) and event.attachments and event.direction == "inbound")
    fetched = adapter.fetch_media(desk.ctx, came.attachments[0])
    assert (fetched.data, fetched.content_type, came.text) == (b"%PDF", "application/pdf", "")


def test_a_file_that_is_gone_is_not_found(desk):
    with pytest.raises(NotFound):
        adapter.fetch_media(desk.ctx, File(name="x", url=f"mxc://{SERVER_NAME}/nosuchfile"))


def test_a_burst_longer_than_a_page_is_heard_whole(desk, dana, room):
    for number in range(70):
        dana.says(room, f"burst {number}")
    desk.said("burst 69")
    heard = [event.text for event in desk.events() if isinstance(event, Said) and event.text.startswith("burst")]
    assert heard == [f"burst {number}" for number in range(70)]


def test_what_is_said_while_we_were_away_is_heard_when_we_come_back(server, desk, dana, room):
    desk.listen()
    dana.says(room, "Where are you?")
    assert desk_at(server, desk.cursor).said("Where are you?")


def test_a_place_that_the_homeserver_does_not_know_is_given_up(server):
    with pytest.raises(CursorLost) as lost:
        desk_at(server, {"since": "from another homeserver"})
    assert lost.value.resync == {}


def test_before_the_invitation_nothing_is_ours(desk, server, dana):
    private = dana.opens()
    dana.says(private, "Between us.")
    dana.api("POST", f"/_matrix/client/v3/rooms/{private}/invite", json={"user_id": HELP})
    dana.says(private, "Now with you.")
    desk.said("Now with you.")
    desk.listen()
    assert "Between us." not in [event.text for event in desk.events() if isinstance(event, Said)]


def test_who_left_is_asked_into_a_new_room(desk, dana, room):
    dana.leaves(room)
    sent = adapter.send(desk.ctx, part("Are you still there?", room), idem="key-left")
    assert sent.external_id.partition("/")[0] in dana.invitations()
    assert not sent.external_id.startswith(room)


def test_a_room_that_was_opened_to_all_gets_no_private_words(desk, dana, room):
    path = f"/_matrix/client/v3/rooms/{room}/state/m.room.join_rules/"
    dana.api("PUT", path, json={"join_rule": "public"})
    with pytest.raises(Rejected, match="Anybody can read"):
        adapter.send(desk.ctx, part("Your card number?", room), idem="key-open")


def test_long_words_arrive_whole(desk, dana, room):
    message = Outgoing(text='"<&\\" ' * 9000, to=part("", room).to, thread_ref=room)
    parts = adapter.render(message, desk.ctx.account)
    assert len(parts) == 2
    for each in parts:
        adapter.send(desk.ctx, each, idem=f"key-long-{each.number}")
    assert [body.endswith(f"({n}/2)") for n, body in enumerate(bodies(dana, room)[-2:], 1)] == [True, True]


def test_the_test_button_says_what_is_wrong(desk, server):
    found = adapter.check(desk.ctx)
    assert not found.ok
    assert "cannot reach Heard" in found.message
    assert found.scopes == {"speak as our user": True, "read our rooms": True, "be called by the homeserver": False}
    assert not any(secret in str(found) for secret in TOKENS.values())

    stranger = replace(desk.ctx, account=replace(desk.ctx.account, secrets={**TOKENS, "as_token": "x" * 30}))
    assert "Put the registration file in place" in adapter.check(stranger).message
    with pytest.raises(AuthExpired):
        adapter.send(stranger, part("x", "!r:mx.test"), idem="key-x")

    eve = server.add("eve")
    alias = {"room_alias_name": "help-desk", "preset": "public_chat"}
    crowd = eve.api("POST", "/_matrix/client/v3/createRoom", json=alias)["room_id"]
    named = replace(
        desk.ctx, account=replace(desk.ctx.account, config={**desk.ctx.account.config, "public_rooms": "#help-desk:mx.test"})
    )
    assert f"Write {crowd} instead of #help-desk:mx.test." in adapter.check(named).message


def test_disconnecting_leaves_every_room(server):
    dana, other = server.add("dora"), desk_at(server)
    room = dana.opens(HELP)
    dana.says(room, "Soon alone.")
    other.said("Soon alone.")
    assert "registration file" in adapter.disconnect(other.ctx)
    members = dana.api("GET", f"/_matrix/client/v3/rooms/{room}/members")["chunk"]
    assert [m["content"]["membership"] for m in members if m["state_key"] == HELP] == ["leave"]

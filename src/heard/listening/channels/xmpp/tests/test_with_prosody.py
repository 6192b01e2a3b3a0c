"""Against a real server. `heard` is what the stream brought; Dana and Eve have programs of their own."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from msgspec.structs import replace

from heard.listening.channels.contract import (
    Account,
    Ambiguous,
    AuthExpired,
    Author,
    Context,
    Edited,
    Event,
    File,
    NotFound,
    Outgoing,
    Rejected,
    Retryable,
    Said,
    StatusChanged,
    Unknown,
    Withdrawn,
)
from heard.listening.channels.xmpp import send
from heard.listening.channels.xmpp.adapter import Adapter
from heard.listening.channels.xmpp.connect import Link
from tests.support.servers.prosody import DOMAIN, OURS, ROOMS, Person, XmppServer, xmpp_server  # noqa: F401
from tests.support.servers.waiting import wait_for

pytestmark = pytest.mark.server

HELP = f"help@{OURS}"
CORRECT = "<replace xmlns='urn:xmpp:message-correct:0' id='{}'/>"
RETRACT = "<retract xmlns='urn:xmpp:message-retract:1' id='{}'/>"
adapter = Adapter()


@dataclass
class Desk:
    """Our side: the stream in a thread, as in life."""

    ctx: Context
    events: list[Event] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    is_listening: bool = False
    listening: threading.Thread | None = None

    def run(self) -> None:
        for page in adapter.stream(self.ctx, {}):
            self.is_listening = True
            for raw in page.deliveries:
                if raw.key not in self.keys:
                    self.events += adapter.normalise(raw, self.ctx.account)
                self.keys.add(raw.key)

    def hears(self, fits: Callable[[Event], bool]) -> Event:
        return wait_for(lambda: next((event for event in self.events if fits(event)), None))

    def said(self, words: str) -> Said:
        return self.hears(lambda event: isinstance(event, Said) and words in event.text)

    def answers(self, said: Said, text: str, *, idem: str, visibility: str = "private", files: tuple[File, ...] = ()):
        message = Outgoing(
            text=text,
            to=said.author,
            visibility=visibility,
            in_reply_to=said.external_id,
            thread_ref=said.thread_ref,
            attachments=files,
        )
        [part] = adapter.render(message, self.ctx.account)
        return adapter.send(self.ctx, part, idem=idem)


def context(server: XmppServer, *, stopping=lambda: False, secrets: dict | None = None, **config) -> Context:
    given = server.account(**config)
    account = Account(
        id=1, kind="xmpp", name="Acme Care", address=HELP, config=given["config"], secrets=given["secrets"] | (secrets or {})
    )
    return Context(
        account=account,
        http=httpx.Client(timeout=20),
        now=lambda: datetime.now(UTC),
        stopping=stopping,
        permits=lambda address: True,
    )


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def room(xmpp_server: XmppServer, dana: Person) -> str:
    """A room of Dana's; each test has its own."""
    room = f"{dana.jid.partition('@')[0]}@{ROOMS}"
    dana.enters(room, "Dana")
    return room


@pytest.fixture
def dana(xmpp_server: XmppServer) -> Person:
    return xmpp_server.add()


@pytest.fixture
def desk(xmpp_server: XmppServer, room: str, stop) -> Iterator[Desk]:
    desk = Desk(context(xmpp_server, stopping=stop.is_set, rooms=room))
    thread = desk.listening = threading.Thread(target=desk.run)
    thread.start()
    try:
        wait_for(lambda: desk.is_listening)
        yield desk
    finally:
        stop.set()
        thread.join()


def test_an_answer_comes_from_the_address_that_was_asked_and_is_marked_as_read(desk, dana):
    dana.says(f"sales@{OURS}", "Do you have a better offer?", "<request xmlns='urn:xmpp:receipts'/>")
    asked = desk.said("better offer")
    dana.sees(lambda e: e.find("{urn:xmpp:receipts}received") is not None)
    sent = desk.answers(asked, "We <do> & will.", idem="offer-1")
    came = dana.hears("We <do> & will.")
    assert came.get("from").startswith(f"sales@{OURS}/")
    assert came.find("{urn:xmpp:reply:0}reply").get("id") == asked.external_id.rpartition(" ")[2]
    dana.says(came.get("from"), "", "<received xmlns='urn:xmpp:receipts' id='offer-1'/>")
    dana.says(came.get("from"), "", "<displayed xmlns='urn:xmpp:chat-markers:0' id='offer-1'/>")
    assert desk.hears(lambda e: isinstance(e, StatusChanged) and e.status == "read").target == sent.external_id
    assert desk.hears(lambda e: isinstance(e, StatusChanged) and e.status == "delivered").target == sent.external_id


def test_only_who_said_it_can_correct_it_or_take_it_back(desk, dana, xmpp_server):
    eve = xmpp_server.add()
    id_ = dana.says(HELP, "My router is dead.")
    said = desk.said("My router is dead.")
    eve.says(HELP, "I cancel.", CORRECT.format(id_))
    eve.says(HELP, "", RETRACT.format(id_))
    dana.says(HELP, "My router is quite dead.", CORRECT.format(id_))
    dana.says(HELP, "", RETRACT.format(id_))
    desk.hears(lambda e: isinstance(e, Withdrawn) and e.target == said.external_id)
    about = [e for e in desk.events if isinstance(e, Edited | Withdrawn) and e.target == said.external_id]
    assert [getattr(e, "text", "") for e in about] == ["My router is quite dead.", ""]


def test_the_same_in_a_room_where_all_know_all_ids(desk, dana, room, xmpp_server):
    eve = xmpp_server.add()
    eve.enters(room, "Eve")
    id_ = dana.says(room, "Acme Care: nothing works", kind="groupchat")
    said = desk.said("nothing works")
    assert (said.visibility, said.addressed) == ("public", True)
    rooms_id = said.external_id.rpartition(" ")[2]
    eve.says(room, "", RETRACT.format(rooms_id), kind="groupchat")
    eve.says(room, "Acme Care: all is well", CORRECT.format(id_), kind="groupchat")
    assert desk.said("all is well").author.name == "Eve"
    assert any(isinstance(e, Unknown) for e in desk.events)
    dana.says(room, "", RETRACT.format(rooms_id), kind="groupchat")
    desk.hears(lambda e: isinstance(e, Withdrawn) and e.target == said.external_id)
    assert not [e for e in desk.events if isinstance(e, Edited)]


def test_in_a_room_we_answer_to_all_or_in_private(desk, dana, room):
    dana.says(room, "Acme Care: what does it cost?", kind="groupchat")
    asked = desk.said("what does it cost?")
    sent = desk.answers(asked, "Ten a month.", idem="room-1", visibility="public")
    came = dana.hears("Dana: Ten a month.")
    assert (came.get("type"), came.get("from")) == ("groupchat", f"{room}/Acme Care")
    assert desk.hears(lambda e: isinstance(e, StatusChanged) and e.target == sent.external_id).status == "delivered"

    rooms_id = next(c.get("id") for c in came if c.tag == "{urn:xmpp:sid:0}stanza-id")
    dana.says(room, "Too much!", f"<reply xmlns='urn:xmpp:reply:0' id='{rooms_id}'/>", kind="groupchat")
    thanks = desk.said("Too much!")
    assert (thanks.parent_ref, thanks.addressed) == (sent.external_id, True)

    desk.answers(asked, "For you, eight.", idem="room-2")
    aside = dana.hears("For you, eight.")
    assert (aside.get("type"), aside.get("from")) == ("chat", f"{room}/Acme Care")
    dana.says(aside.get("from"), "Deal.")
    assert (desk.said("Deal.").visibility, desk.said("Deal.").author.external_id) == ("private", f"{room}/Dana")


def test_what_was_said_in_a_room_before_we_came_is_heard_once(xmpp_server, desk, dana, room, stop):
    dana.says(room, "Said before.", kind="groupchat")
    first = desk.said("Said before.")
    stop.set()
    desk.listening.join(timeout=30)
    assert not desk.listening.is_alive()
    enough = threading.Event()
    again = Desk(context(xmpp_server, rooms=room, stopping=enough.is_set))
    thread = threading.Thread(target=again.run)
    thread.start()
    try:
        later = again.said("Said before.")
        assert (later.external_id, again.keys & desk.keys != set()) == (first.external_id, True)
        assert later.occurred_at <= first.occurred_at
    finally:
        enough.set()
        thread.join()


def test_files_go_both_ways(desk, dana):
    dana.says(HELP, "Hello!")
    picture = File(name="plan.png", content_type="image/png", data=b"\x89PNG ours", alt="Where the button is")
    desk.answers(desk.said("Hello!"), "Look:", idem="file-1", files=(picture,))
    box = dana.sees(lambda e: e.find("{jabber:x:oob}x") is not None).find("{jabber:x:oob}x")
    assert box.findtext("{jabber:x:oob}desc") == "Where the button is"
    url = box.findtext("{jabber:x:oob}url")
    dana.says(HELP, url, f"<x xmlns='jabber:x:oob'><url>{url}</url></x>")
    came = desk.hears(lambda e: isinstance(e, Said) and e.attachments)
    assert came.text == ""
    assert adapter.fetch_media(desk.ctx, came.attachments[0]).data == picture.data
    with pytest.raises(NotFound):
        adapter.fetch_media(desk.ctx, replace(came.attachments[0], url=url.rsplit("/", 2)[0] + "/no-such-file/plan.png"))


def test_words_of_ours_are_corrected_and_taken_back(desk, dana):
    dana.says(HELP, "When?")
    sent = desk.answers(desk.said("When?"), "At two.", idem="edit-1")
    [part] = adapter.render(Outgoing(text="At three.", to=desk.said("When?").author), desk.ctx.account)
    adapter.edit(desk.ctx, sent.external_id, part)
    assert dana.hears("At three.").find("{urn:xmpp:message-correct:0}replace").get("id") == "edit-1"
    adapter.delete(desk.ctx, sent.external_id)
    taken = dana.sees(lambda e: e.find("{urn:xmpp:message-retract:1}retract") is not None)
    assert taken.find("{urn:xmpp:message-retract:1}retract").get("id") == "edit-1"
    with pytest.raises(NotFound):
        adapter.delete(desk.ctx, "somebody@else.test dana@xmpp.test 1")


def test_an_address_that_does_not_exist_is_refused_at_once(desk):
    [part] = adapter.render(
        Outgoing(text="Are you there?", to=Author(network="xmpp", external_id=f"nobody@{DOMAIN}")), desk.ctx.account
    )
    with pytest.raises(Rejected, match="does not exist"):
        adapter.send(desk.ctx, part, idem="nobody-1")


def test_what_another_server_could_not_deliver_fails_afterwards(desk, dana):
    """Such a server says so to the address that wrote, and that is where we listen."""
    dana.says(HELP, "Write to me.")
    sent = desk.answers(desk.said("Write to me."), "Here you are.", idem="back-1")
    came = dana.hears("Here you are.")
    error = "<error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    dana.does(f"<message type='error' to='{came.get('from')}' id='back-1'>{error}</message>")
    failed = desk.hears(lambda e: isinstance(e, StatusChanged) and e.status == "failed")
    assert (failed.target, failed.reason) == (sent.external_id, "resource-constraint")


def test_senders_take_turns(desk, dana):
    dana.says(HELP, "Ready?")
    said = desk.said("Ready?")
    senders = [threading.Thread(target=desk.answers, args=(said, f"turn {n}"), kwargs={"idem": f"turn-{n}"}) for n in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    for n in range(4):
        dana.hears(f"turn {n}")


def test_a_line_that_breaks_after_the_words_is_unclear(desk, dana, monkeypatch):
    """The cable is cut between what we wrote and what the server says to it."""
    dana.says(HELP, "Cut?")
    said = desk.said("Cut?")
    monkeypatch.setattr(Link, "until", cut_after_sign_in(Link.until))
    with pytest.raises(Ambiguous):
        desk.answers(said, "Did you get it?", idem="cut-1")
    dana.hears("Did you get it?")


def cut_after_sign_in(until):
    def cut(link: Link, fits):
        if not getattr(link, "is_in", False):
            link.is_in = True
            return until(link, fits)
        link.close()
        return until(link, fits)

    return cut


def test_the_test_button_does_not_disturb_who_listens(desk, dana):
    found = adapter.check(desk.ctx)
    assert (found.ok, found.details["hears as"]) == (True, f"{OURS} (listening)")
    dana.says(HELP, "Still there?")
    desk.said("Still there?")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secrets": {"secret": "wrong"}}, f"refused the secret of the component {OURS}"),
        ({"secrets": {"send_secret": "wrong"}}, f"refused the secret of the component send.{OURS}"),
        ({"send_domain": "nowhere.xmpp.test"}, "knows no component nowhere.xmpp.test"),
        ({"port": "9"}, "Nothing listens"),
        ({"host": "no-such-host.invalid"}, "is not known"),
        ({"security": "tls"}, "broke off"),
    ],
)
def test_the_test_button_says_what_is_wrong(xmpp_server, change, words):
    found = adapter.check(context(xmpp_server, **change))
    assert (found.ok, words in found.message) == (False, True), found.message


def test_a_private_address_is_not_dialled(xmpp_server):
    ctx = replace(context(xmpp_server), permits=lambda address: False)
    assert "HEARD_ALLOW_PRIVATE_ADDRESSES" in adapter.check(ctx).message
    with pytest.raises(Retryable, match="private address"):
        next(adapter.stream(ctx, {}))


def test_a_wrong_secret_pauses_the_account(xmpp_server):
    ctx = context(xmpp_server, secrets={"secret": "wrong", "send_secret": "wrong"})
    with pytest.raises(AuthExpired):
        next(adapter.stream(ctx, {}))
    [part] = adapter.render(Outgoing(text="x", to=Author(network="xmpp", external_id="dana@xmpp.test")), ctx.account)
    with pytest.raises(AuthExpired):
        adapter.send(ctx, part, idem="x")


def test_who_may_not_send_for_our_addresses_is_told(xmpp_server):
    """The first component, which is held to its own domain, sent as another."""
    ctx = context(xmpp_server, send_domain=OURS, secrets={"send_secret": xmpp_server.account()["secrets"]["secret"]})
    ctx = replace(ctx, account=replace(ctx.account, address=f"help@elsewhere.{DOMAIN}"))
    with send.mouth(ctx) as link, pytest.raises(Rejected, match="validate_from_addresses"):
        send.say(ctx, link)

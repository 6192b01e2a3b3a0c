"""What a visitor's page is shown: their own conversation, live, and nothing else."""

import asyncio
import json
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from heard.governance.permissions import HEARD
from heard.listening import actions
from heard.listening.accounts import account_view
from heard.listening.channels.webchat.payloads import Visitor
from heard.listening.channels.webchat.proof import proof_of
from heard.listening.models import Attachment, ChannelAccount, Interaction
from heard.project.tests.test_live import PATIENCE_SECONDS
from heard.project.webchat import streams
from heard.project.webchat.door import Webchat
from heard.project.webchat.streams import addresses_of, lines_of
from heard.project.worker import drain
from tests.support import event_loop
from tests.support.webchat import DANA, EVE, SECRET, SHOP, answered, bearer, calls, connect, identify, spoken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chat(company) -> int:
    return connect()


# ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def texts(account_id: int, visitor: Visitor, after: int = 0) -> list[str]:
    account = account_view(ChannelAccount.objects.get(pk=account_id))
    return [line.text for line in lines_of(account, visitor, after)[1]]


def test_a_visitor_reads_their_own_words_and_what_was_said_to_them_and_nothing_else(chat, ada):
    """Threats 35 and 51."""
    from heard.engagement.actions import write_note
    from heard.governance.permissions import viewer_of
    from heard.routing.models import Participant

    dana, eve = spoken(chat, DANA, "Dana asks for help.", "words-01"), spoken(chat, EVE, "Eve asks for help.", "words-01")
    answered(chat, dana, "To Dana.", ada)
    answered(chat, eve, "To Eve.", ada)
    write_note(viewer_of(ada), Participant.objects.get(identity_id=dana).conversation_id, text="Dana is difficult.")
    assert texts(chat, DANA) == ["Dana asks for help.", "To Dana."]
    assert texts(chat, EVE) == ["Eve asks for help.", "To Eve."]
    assert texts(chat, Visitor(key="f" * 32)) == []
    assert texts(connect(), DANA) == []


def test_who_was_vouched_for_reads_what_their_page_said_before_and_no_other_page_does(chat, ada):
    before = spoken(chat, DANA, "Before, please help.", "words-01")
    answered(chat, before, "To the stranger.", ada)
    spoken(chat, Visitor(key="user:42", was=DANA.key), "After.", "words-02")
    assert texts(chat, Visitor(key="user:42", was=DANA.key)) == ["Before, please help.", "To the stranger.", "After."]
    assert texts(chat, Visitor(key="user:42")) == ["After."]
    assert texts(chat, DANA) == ["Before, please help.", "To the stranger."]


def test_on_another_device_they_read_what_was_written_before_they_signed_in_on_the_first(chat, ada):
    from heard.governance.permissions import viewer_of
    from heard.identity.actions import say_different

    before = spoken(chat, DANA, "Before, please help.", "words-01")
    answered(chat, before, "To the stranger.", ada)
    calls(chat, identify("42", proof_of("42", secret=SECRET), **bearer(chat, DANA)))
    drain()
    assert texts(chat, Visitor(key="user:42")) == ["Before, please help.", "To the stranger."]
    assert texts(chat, Visitor(key="user:43")) == []
    after = spoken(chat, Visitor(key="user:42"), "After.", "words-02")
    assert texts(chat, Visitor(key="user:42")) == ["Before, please help.", "To the stranger.", "After."]
    say_different(viewer_of(ada), before, after, why="Two people at one computer.")
    assert texts(chat, Visitor(key="user:42")) == ["After."]


def test_what_was_committed_late_under_a_lower_id_is_not_missed(chat, ada):
    """Ids are taken before the commit: a page may have seen 8 before 7 was there."""
    dana = spoken(chat, DANA, "Please help.", "words-01")
    late, seen = answered(chat, dana, "Seven.", ada), answered(chat, dana, "Eight.", ada)
    assert late < seen
    assert texts(chat, DANA, after=seen) == ["Please help.", "Seven."]
    Interaction.objects.filter(pk__lt=seen).update(received_at=timezone.now() - timedelta(hours=1))
    assert texts(chat, DANA, after=seen) == []


def test_what_was_withdrawn_is_not_shown(chat):
    from heard.listening.models import Revision

    spoken(chat, DANA, "Forget this, please.", "words-01")
    voice = Interaction.objects.get()
    Revision.objects.create(
        account_id=chat, target=voice.external_id, withdrawn=True, occurred_at=timezone.now(), received_at=timezone.now()
    )
    assert texts(chat, DANA) == []


def test_a_file_is_for_its_own_visitor_and_comes_as_a_download(chat, settings, tmp_path):
    """Threats 11 and 13."""
    settings.FILES = tmp_path
    given = {"params": {"id": "file-00000001", "name": "a.pdf"}, "content": b"%PDF", "headers": bearer(chat, DANA)}
    calls(chat, ("POST", "file", given))
    spoken(chat, EVE, "Hello, can you help?", "words-01")
    file = f"file/{Attachment.objects.get().pk}"
    mine, theirs, nobodys = calls(
        chat, ("GET", file, {"headers": bearer(chat, DANA)}), ("GET", file, {"headers": bearer(chat, EVE)}), ("GET", file, {})
    )
    assert (mine.content, mine.headers["content-disposition"]) == (b"%PDF", "attachment; filename*=UTF-8''a.pdf")
    assert (mine.headers["content-type"], mine.headers["x-content-type-options"]) == ("application/octet-stream", "nosniff")
    assert (theirs.status_code, nobodys.status_code) == (404, 401)


class Listener:
    """One open stream at the ASGI door."""

    def __init__(
        self, opened: Webchat, account_id: int, visitor: Visitor, *, last: int | None = None, generation: int = 1
    ) -> None:
        told = {"origin": SHOP, **bearer(account_id, visitor, generation), **({"last-event-id": str(last)} if last else {})}
        scope = {
            "method": "GET",
            "path": f"/chat/{account_id}/stream",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in told.items()],
            "client": ("198.51.100.7", 1),
        }
        self._closed = asyncio.Event()
        self._told: asyncio.Queue[bytes] = asyncio.Queue()
        self.status: int | None = None
        self._begun = asyncio.Event()
        self._page = asyncio.create_task(opened.app(scope, self._receive, self._send))

    async def begun(self) -> None:
        """The door has said whether it is open."""
        await asyncio.wait_for(self._begun.wait(), PATIENCE_SECONDS)

    async def line(self) -> str:
        """The words of the next line."""
        while True:
            data = await asyncio.wait_for(self._told.get(), PATIENCE_SECONDS)
            for block in data.decode().split("\n\n"):
                if "event: line" in block:
                    return json.loads(block.split("data: ")[1])["text"]
                if "event: over" in block:
                    return "over"

    async def close(self) -> None:
        self._closed.set()
        await asyncio.wait_for(self._page, PATIENCE_SECONDS)

    async def _receive(self) -> dict:
        await self._closed.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._begun.set()
        elif message["body"]:
            self._told.put_nowait(message["body"])


def elsewhere(do):
    def done():
        try:
            return do()
        finally:
            connections.close_all()

    return asyncio.to_thread(done)


def test_an_answer_is_in_the_page_when_it_is_out_and_in_no_other_page(chat, ada):
    dana, eve = spoken(chat, DANA, "Please help.", "words-01"), spoken(chat, EVE, "Help me too, please.", "words-01")

    async def run() -> list[str]:
        opened = Webchat(is_watched=lambda: False)
        hers, theirs = Listener(opened, chat, DANA), Listener(opened, chat, EVE)
        heard = [await hers.line(), await theirs.line()]
        await elsewhere(lambda: answered(chat, dana, "To Dana.", ada))
        await elsewhere(lambda: answered(chat, eve, "To Eve.", ada))
        heard += [await hers.line(), await theirs.line()]
        await hers.close()
        await theirs.close()
        await opened.close()
        return heard

    assert event_loop.run(run()) == ["Please help.", "Help me too, please.", "To Dana.", "To Eve."]


def test_a_page_hears_of_its_first_words_although_it_was_nobody_before(chat):
    async def run() -> str:
        opened = Webchat(is_watched=lambda: False)
        page = Listener(opened, chat, DANA)
        await page.begun()
        await elsewhere(lambda: spoken(chat, DANA, "Please help.", "words-01"))
        heard = await page.line()
        await page.close()
        await opened.close()
        return heard

    assert event_loop.run(run()) == "Please help."


def test_a_raised_generation_ends_open_pages_too(chat, monkeypatch):
    monkeypatch.setattr(streams, "PING_EVERY_SECONDS", 0.2)

    async def run() -> str:
        opened = Webchat(is_watched=lambda: False)
        page = Listener(opened, chat, DANA)
        await page.begun()
        config = {"origins": [SHOP], "generation": "2"}
        await elsewhere(lambda: actions.change(HEARD, chat, name="Shop chat", config=config))
        heard = await page.line()
        await page.close()
        await opened.close()
        return heard

    assert event_loop.run(run()) == "over"


def test_one_visitor_holds_few_pages_open(chat):
    async def run() -> list[int | None]:
        opened = Webchat(is_watched=lambda: False)
        pages = []
        for _ in range(streams.MOST_OF_A_VISITOR + 1):
            pages.append(Listener(opened, chat, DANA))
            await pages[-1].begun()
        for page in pages:
            await page.close()
        await opened.close()
        return [page.status for page in pages]

    assert event_loop.run(run()) == [200] * streams.MOST_OF_A_VISITOR + [429]


def test_a_visitors_identity_is_of_one_chat_only():
    assert addresses_of(7, Visitor(key="user:42", was="abc")) == [("webchat", "7:user:42"), ("webchat", "7:abc")]

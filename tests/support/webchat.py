"""The door of visitors' pages in a test's own process: calls to it, and what was said on both sides."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
from django.utils import timezone

from heard.listening.channels.webchat.payloads import Visitor, Words
from tests.support import event_loop

SHOP = "https://www.shop.example"
SECRET = "a secret of the shop's server, of forty letters"
DANA, EVE = Visitor(key="d" * 32), Visitor(key="e" * 32)


def connect(**config: object) -> int:
    """A chat on the pages of SHOP. Returns its account."""
    from heard.governance.permissions import HEARD
    from heard.listening import actions

    return actions.connect(
        HEARD, kind="webchat", name="Shop chat", config={"origins": [SHOP], **config}, secrets={"identify_secret": SECRET}
    )


@asynccontextmanager
async def door(account_id: int, *, origin: str = SHOP, is_watched: bool = False) -> AsyncIterator[httpx.AsyncClient]:
    from heard.project.webchat.door import Webchat

    opened = Webchat(is_watched=lambda: is_watched)
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=opened.app),  # type: ignore[arg-type]
            base_url=f"http://heard.example/chat/{account_id}/",
            headers={"origin": origin},
        ) as client:
            yield client
    finally:
        await opened.close()


def calls(account_id: int, *asked, **more) -> list[httpx.Response]:
    """What the door says to calls of (method, path, keyword arguments), one after the other."""

    async def run() -> list[httpx.Response]:
        async with door(account_id, **more) as client:
            return [await client.request(method, path, **given) for method, path, given in asked]

    return event_loop.run(run())


def words(n: int, text: str = "Hello", **headers: str):
    return ("POST", "words", {"json": {"id": f"words-{n:08}", "text": text}, "headers": headers})


def bearer(account_id: int, visitor: Visitor, generation: int = 1) -> dict[str, str]:
    from heard.project.webchat import tokens

    return {"authorization": "Bearer " + tokens.token_of(visitor, account_id=account_id, generation=generation)}


def spoken(account_id: int, visitor: Visitor, text: str, id_: str) -> int:
    """Somebody wrote, and it was walked. Returns the identity."""
    from heard.listening import actions
    from heard.listening.channels.contract import RawEvent
    from heard.listening.models import Identity
    from heard.project.worker import drain

    brought = Words(id=id_, by=visitor, at=timezone.now(), text=text)
    actions.receive(account_id, [RawEvent(key=f"{visitor.key}/{id_}", body=msgspec.json.encode(brought))])
    drain()
    return Identity.objects.get(external_id=f"{account_id}:{visitor.key}").pk


def answered(account_id: int, identity_id: int, text: str, member) -> int:
    """A colleague's reply that went out. Returns its interaction."""
    from heard.engagement.actions import send_reply, work_off
    from heard.engagement.models import Reply, Utterance
    from heard.governance.permissions import viewer_of
    from heard.routing.models import Participant

    conversation_id = Participant.objects.get(identity_id=identity_id).conversation_id
    reply_id = send_reply(
        viewer_of(member),
        conversation_id,
        text=text,
        account_id=account_id,
        identity_id=identity_id,
        visibility="private",
        request_key=f"{identity_id} {text}",
    )
    work_off(worker="test", now=timezone.now())
    assert Reply.objects.filter(pk=reply_id).exists()
    interaction_id = Utterance.objects.get(reply_id=reply_id).interaction_id
    assert interaction_id is not None
    return interaction_id


def identify(id_: object, hash_: object, **headers: str):
    return ("POST", "identify", {"json": {"id": id_, "hash": hash_, "email": "dana@customer.example"}, "headers": headers})

"""Connects an account of Heard to a stand-in for Meta, the product's own way, and lets the stand-in call its webhook."""

from dataclasses import dataclass, field

from django.test import Client

from heard.engagement import actions as engagement
from heard.engagement.selectors import utterances_of
from heard.governance.permissions import HEARD
from heard.kernel import outbox
from heard.kernel.clock import now
from heard.listening import accounts, actions
from heard.listening import selectors as listening
from heard.listening.channels.contract import Context
from heard.listening.models import ChannelAccount, Delivery
from heard.project import worker
from heard.routing import selectors as routing
from tests.support.closed.graph import Graph


@dataclass
class Desk:
    """One account, and the member who answers on it."""

    graph: Graph
    account_id: int
    viewer: object
    client: Client = field(default_factory=Client)

    @property
    def hook(self) -> str:
        return f"/hooks/{self.account_id}/"

    def call(self, body: bytes, sign: str) -> int:
        answer = self.client.post(self.hook, body, content_type="application/json", headers={"X-Hub-Signature-256": sign})
        return answer.status_code

    def listen(self) -> None:
        """Walk what came in, and pass on what it means for what we said."""
        worker.drain("w")
        outbox.pass_on(worker="w", now=now())

    def talks(self) -> list:
        return list(routing.visible_conversations(self.viewer))

    def talk(self):
        [talk] = self.talks()
        return talk

    def voices(self) -> list:
        """What is read in the only conversation, oldest first."""
        ids = routing.messages_of(self.talk().pk)
        found = listening.voices(self.viewer, ids)
        return [found[id_] for id_ in ids]

    def reply(self, text: str, *, visibility: str = "private", key: str = "one-click") -> None:
        talk = self.talk()
        engagement.send_reply(
            self.viewer,
            talk.pk,
            text=text,
            account_id=self.account_id,
            identity_id=talk.opener_id,
            visibility=visibility,
            request_key=key,
        )
        self.send()

    def send(self, at=None) -> None:
        engagement.work_off(worker="w", now=at or now())

    def said(self) -> list:
        return list(utterances_of(self.viewer, self.talk().pk))

    def state(self) -> str:
        [said] = self.said()
        return said.state

    def account_state(self) -> str:
        return ChannelAccount.objects.get(pk=self.account_id).state

    def deliveries(self) -> int:
        return Delivery.objects.filter(account_id=self.account_id).count()

    def context(self) -> Context:
        return accounts.context_of(ChannelAccount.objects.get(pk=self.account_id))


def connected(graph: Graph, viewer: object, *, kind: str, address: str, config: dict) -> Desk:
    account_id = actions.connect(
        HEARD, kind=kind, name="Acme", address=address, config={"base_url": graph.url, **config}, secrets=graph.secrets()
    )
    desk = Desk(graph, account_id, viewer)
    graph.hook = desk.call
    return desk

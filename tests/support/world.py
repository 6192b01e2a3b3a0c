"""A small busy house: three channels, two of them open to one team only, customers who hopped, a poison message, monitors."""

from dataclasses import dataclass

import pytest

from tests.support.wire import delivery, person, poison, said

DANA = person("Dana", network="wire")
DANA_BY_PHONE = person("Dana Smith", network="phone")
EVE = person("Eve")


@dataclass(frozen=True)
class World:
    """Ids of what the tests point at. `care_only` and `sales_only` are channels of one team."""

    everyones: int
    care_only: int
    sales_only: int
    log: int
    attachment: int
    poison: int
    sales_poison: int
    monitor: int
    dana: int  # customers
    eve: int
    bid: int  # of Sales
    sales_attachment: int
    queue: int


@pytest.fixture
def world(wire, arrive, ada, care, sales, settings, tmp_path):
    from heard.governance.permissions import viewer_of
    from heard.identity.models import Customer
    from heard.listening import actions
    from heard.listening.channels.contract import File
    from heard.listening.models import Attachment, ChannelAccount, Delivery
    from heard.routing.models import Queue

    settings.FILES = tmp_path
    everyones, care_only, sales_only = wire("Open line"), wire("Care mailbox", team=care), wire("Sales mailbox", team=sales)
    log = ChannelAccount.objects.create(kind="log", name="Phone book").pk
    monitor = actions.watch_for(viewer_of(ada), kind="brand", pattern="Acme", brand="Acme")
    photo = File(name="photo.png", content_type="image/png", data=b"\x89PNG not really")
    offer = File(name="offer.pdf", content_type="application/pdf", data=b"%PDF secret offer")
    arrive(everyones, delivery(said("d-1", DANA, "My Acme router is down. Can you help me?", attachments=(photo,))))
    arrive(care_only, delivery(said("d-2", DANA_BY_PHONE, "Still down, please call back.", kind="call", minute=30)))
    arrive(everyones, delivery(said("e-1", EVE, "lol same", visibility="public", addressed=False, minute=5)))
    bid = person("Bid Corp")
    arrive(
        sales_only,
        delivery(said("b-1", bid, "Zanzibar offer: we want to buy 900 routers, what is the price?", attachments=(offer,))),
    )
    arrive(everyones, poison("bad-1"))
    arrive(sales_only, poison("bad-2"))
    return World(
        everyones=everyones,
        care_only=care_only,
        sales_only=sales_only,
        log=log,
        attachment=Attachment.objects.get(name="photo.png").pk,
        sales_attachment=Attachment.objects.get(name="offer.pdf").pk,
        poison=Delivery.objects.get(delivery_key="bad-1").pk,
        sales_poison=Delivery.objects.get(delivery_key="bad-2").pk,
        monitor=monitor,
        dana=Customer.objects.get(name="Dana").pk,
        eve=Customer.objects.get(name="Eve").pk,
        bid=Customer.objects.get(name="Bid Corp").pk,
        queue=Queue.objects.get(name="Service").pk,
    )

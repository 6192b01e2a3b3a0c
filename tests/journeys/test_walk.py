"""The walk of a voice, from raw bytes to the person who can act."""

from itertools import permutations

import pytest

from heard.identity.models import Customer, Face
from heard.kernel.models import StreamEvent
from heard.listening.actions import receive
from heard.listening.models import Delivery, Identity, Interaction
from heard.project.worker import drain
from heard.routing.models import Case, Clock, Conversation, Disposition, Entry
from tests.support.wire import delivery, person, poison, said

pytestmark = pytest.mark.django_db(transaction=True)

dana, eve = person("Dana"), person("Eve")


def test_a_voice_is_written_down_once_known_understood_and_waits_in_a_queue_with_a_clock(wire, arrive):
    account = wire()
    arrive(account, delivery(said("1", dana, "My broadband is down since yesterday. Can you please help me?")))

    assert Interaction.objects.get().text.startswith("My broadband")
    assert Face.objects.get().customer.name == "Dana"
    assert Disposition.objects.get().outcome == "waiting"
    case = Case.objects.get()
    assert case.kind == "support"
    assert Clock.objects.get(case=case).stopped_at is None
    conversation = Conversation.objects.get()
    assert conversation.state == "open"
    assert conversation.due_at is not None
    assert conversation.order_reasons
    assert StreamEvent.objects.filter(topic="conversation").exists()
    assert Delivery.objects.get().state == "walked"


def test_the_same_delivery_and_the_same_voice_twice_count_once(wire, arrive):
    account = wire()
    voice = said("1", dana, "Where is my order?")
    arrive(account, delivery(voice, key="a"), delivery(voice, key="a"), delivery(voice, voice, key="b"))
    arrive(account, delivery(voice, key="a"), delivery(voice, key="c"))

    assert Interaction.objects.count() == Disposition.objects.count() == Entry.objects.count() == 1
    assert Customer.objects.count() == 1


def test_chatter_has_a_recorded_end_and_no_conversation(wire, arrive):
    account = wire()
    arrive(account, delivery(said("1", eve, "lol same", visibility="public", addressed=False)))

    assert Disposition.objects.get().outcome == "no_answer_due"
    assert Disposition.objects.get().why
    assert not Conversation.objects.exists()


def test_a_conversation_hops_channels_when_customer_and_matter_are_the_same(wire, arrive):
    phone, mail = wire("Phone"), wire("Mail")
    on_phone = person("+44 20 7946 0000", network="phone", verified=True)
    by_text = person("+44 20 7946 0000", network="sms", verified=True)
    arrive(phone, delivery(said("call-1", on_phone, "My broadband is down and nobody helps me.")))
    arrive(mail, delivery(said("sms-1", by_text, "My broadband is still broken, please help!", minute=90)))

    assert Customer.objects.filter(id__in=Face.objects.values("customer_id")).count() == 1
    assert Conversation.objects.count() == 1
    assert Conversation.objects.get().message_count == 2


def test_a_stranger_who_quotes_an_id_opens_a_conversation_of_their_own(wire, arrive):
    account = wire()
    arrive(account, delivery(said("1", dana, "My invoice is wrong, please correct it.", subject="Invoice 4711")))
    arrive(
        account,
        delivery(said("2", eve, "Please help me with my invoice too", subject="Re: Invoice 4711", parent_ref="1", minute=5)),
    )

    assert Conversation.objects.count() == 2


def test_an_answer_to_a_message_not_heard_yet_ends_up_in_its_conversation(wire, arrive):
    account = wire()
    arrive(
        account,
        delivery(said("2", dana, "Hello? Can anyone help me with this?", parent_ref="1", minute=5, subject="Other words")),
    )
    arrive(account, delivery(said("1", dana, "My router is broken, please help", minute=0, subject="Router")))

    assert Conversation.objects.count() == 1


def test_what_a_colleague_answers_on_the_network_itself_ends_the_wait(wire, arrive):
    account = wire()
    us = person("Acme")
    arrive(account, delivery(said("1", dana, "Where is my parcel? Please help!")))
    arrive(
        account, delivery(said("2", us, "It is on its way.", direction="outbound", parent_ref="1", recipients=(dana,), minute=9))
    )

    assert Disposition.objects.get().outcome == "answered"
    assert Conversation.objects.get().state == "waiting"
    assert not Clock.objects.filter(stopped_at=None).exists()


def test_a_poison_message_is_quarantined_alone_with_its_reason(wire):
    account = wire()
    good = [delivery(said(str(n), dana, "Where is my order? Please help.", minute=n)) for n in range(20)]
    receive(account, [*good[:7], poison(), *good[7:]])
    drain()

    assert Interaction.objects.count() == 20
    alone = Delivery.objects.get(state="quarantined")
    assert "DecodeError" in alone.reason


def test_a_batch_takes_the_same_number_of_queries_whatever_its_size(
    wire, django_assert_num_queries, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    account = wire()

    def walk(start: int, count: int) -> int:
        voices = [
            delivery(
                said(
                    f"{start + n}",
                    person(f"P{start + n}"),
                    "My order did not arrive, can you help?",
                    minute=n,
                    parent_ref=f"x{start + n}",
                )
            )
            for n in range(count)
        ]
        receive(account, voices)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            drain()
        return len([q for q in captured.captured_queries if "SAVEPOINT" not in q["sql"]])

    walk(0, 1)
    assert walk(100, 30) == walk(1000, 150)  # rows go in by the score, and what is left over one by one: both have both


def test_every_identity_keeps_its_newest_profile_whatever_the_order(wire, arrive):
    account = wire()
    arrive(account, delivery(said("2", person("Dana", followers=20), "Thanks!", minute=10)))
    arrive(account, delivery(said("1", person("Dana", followers=10), "Please help me with my order", minute=0)))

    assert Identity.objects.get(external_id="dana").followers == 20


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_what_is_known_of_somebody_is_what_they_said_last_of_each_field_in_any_order(wire, arrive, order):
    told = [
        said("1", person("Dana", followers=10, profile_url="https://a.example"), "one", minute=0),
        said("2", person("Dana", followers=20), "two", minute=10),
        said("3", person("Dana", followers=10), "three", minute=20),
        said("4", person("Dana", followers=10), "four", minute=30),
    ]
    account = wire()
    for n in order:
        arrive(account, delivery(told[n]))
    dana = Identity.objects.get(external_id="dana")
    assert (dana.followers, dana.profile_url) == (10, "https://a.example")

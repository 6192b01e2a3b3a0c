"""What other desks export: tickets become service records and voices that walk, once however often they are brought."""

import json

import pytest

from heard.engagement.actions.notes import write_note
from heard.governance.permissions import HEARD, viewer_of
from heard.identity import actions_on_imports as imports
from heard.identity.importing.plan import made
from heard.identity.importing.voices import ANSWERED
from heard.identity.imports import try_out
from heard.identity.models import Face, Record, ServiceRecord
from heard.listening.models import Delivery, Identity, Interaction, Payload
from heard.project.worker import drain
from heard.routing.models import Conversation, Entry

pytestmark = pytest.mark.django_db(transaction=True)

ZENDESK = {
    "id": 35,
    "url": "https://acme.zendesk.example/api/v2/tickets/35.json",
    "created_at": "2026-01-02T10:00:00Z",
    "updated_at": "2026-01-03T10:00:00Z",
    "subject": "Router keeps rebooting",
    "description": "It reboots every night.",
    "status": "solved",
    "requester_id": 7,
    "submitter_id": 7,
    "requester": {"id": 7, "name": "Dana Smith", "email": "dana@x.example"},
    "assignee": {"id": 9, "name": "Kim"},
    "via": {"channel": "email"},
    "comments": [
        {"id": 1, "author_id": 7, "plain_body": "It reboots every night.", "public": True, "created_at": "2026-01-02T10:00:00Z"},
        {
            "id": 2,
            "author_id": 9,
            "plain_body": "Have you tried the newest firmware?",
            "public": True,
            "created_at": "2026-01-02T11:00:00Z",
        },
        {"id": 3, "author_id": 9, "plain_body": "She is difficult.", "public": False, "created_at": "2026-01-02T11:01:00Z"},
    ],
}
FRESHDESK = {
    "helpdesk_ticket": {
        "display_id": 138,
        "created_at": "2026-01-02T10:00:00+05:30",
        "description": "Details on the issue.",
        "description_html": "<div>Details on the issue.</div>",
        "subject": "Support needed",
        "requester_id": 7,
        "requester_name": "Dana Smith",
        "responder_id": 9,
        "responder_name": "Kim",
        "status": 5,
        "status_name": "Closed",
        "source": 1,
        "source_name": "Email",
        "updated_at": "2026-01-04T10:00:00+05:30",
        "notes": [
            {
                "id": 5,
                "body": "Please restart it.",
                "incoming": False,
                "private": False,
                "user_id": 9,
                "created_at": "2026-01-02T12:00:00+05:30",
            },
            {
                "id": 6,
                "body": "difficult",
                "incoming": False,
                "private": True,
                "user_id": 9,
                "created_at": "2026-01-02T12:01:00+05:30",
            },
        ],
    }
}
CHATWOOT = {
    "id": 12,
    "status": "resolved",
    "created_at": 1767348000,
    "last_activity_at": 1767351600,
    "meta": {
        "sender": {"id": 7, "name": "Dana Smith", "email": "dana@x.example", "phone_number": "+436601234567"},
        "channel": "Channel::WebWidget",
    },
    "messages": [
        {
            "id": 1,
            "content": "My router keeps rebooting.",
            "message_type": 0,
            "private": False,
            "created_at": 1767348000,
            "sender": {"id": 7},
        },
        {
            "id": 2,
            "content": "Try the newest firmware.",
            "message_type": 1,
            "private": False,
            "created_at": 1767348060,
            "sender": {"id": 2, "name": "Kim"},
        },
        {"id": 3, "content": "difficult", "message_type": 1, "private": True, "created_at": 1767348070, "sender": {"id": 2}},
        {"id": 4, "content": "Kim resolved it", "message_type": 2, "private": False, "created_at": 1767348080},
    ],
}
HUBSPOT = (
    "Ticket ID,Ticket name,Ticket description,Ticket status,Create date,Close date,Associated Contact,Associated Contact IDs\n"
    "77,Router reboots,It reboots every night.,Closed,2026-01-02 10:00,2026-01-03 10:00,Dana Smith (dana@x.example),7\n"
)
FILES = {
    "zendesk": ("tickets.json", json.dumps(ZENDESK) + "\n", 2),
    "freshdesk": ("Tickets0.json", json.dumps([FRESHDESK]), 2),
    "chatwoot": ("conversations.json", json.dumps({"data": [CHATWOOT]}), 2),
    "hubspot": ("tickets.csv", HUBSPOT, 1),
}


@pytest.fixture(params=FILES)
def export(request, tmp_path):
    """(the desk, its file, how many voices are in it)"""
    name, text, voices = FILES[request.param]
    (tmp_path / name).write_text(text)
    return request.param, tmp_path / name, voices


def test_a_ticket_becomes_a_record_of_service_and_voices(export):
    desk, path, voices = export
    plan = made(path)
    assert (plan.kind_name, plan.source) == (desk, desk)
    promised = try_out(HEARD, plan)
    _, counts = imports.bring(HEARD, plan)
    assert (promised.new, promised.voices) == (counts.new, counts.voices) == (1, voices)
    ticket = ServiceRecord.objects.get()
    assert ticket.closed_at is not None
    assert ticket.identity.external_id == f"{desk}:7"

    drain()
    assert Interaction.objects.count() == voices
    assert not Interaction.objects.filter(text__contains="difficult").exists()
    first = Interaction.objects.order_by("occurred_at").first()
    assert (first.direction, first.identity_id) == ("inbound", ticket.identity_id)


def test_the_same_export_again_brings_no_double(export):
    _, path, voices = export
    for _ in range(2):
        _, counts = imports.bring(HEARD, made(path))
    assert (counts.new, counts.same, counts.voices) == (0, 1, 0)
    assert Delivery.objects.count() == voices
    assert ServiceRecord.objects.count() == 1


def test_the_addresses_of_a_requester_are_theirs(tmp_path):
    (tmp_path / "t.json").write_text(json.dumps(ZENDESK) + "\n")
    imports.bring(HEARD, made(tmp_path / "t.json"))
    assert (
        Face.objects.get(identity__external_id="dana@x.example").customer_id
        == Face.objects.get(identity__external_id="zendesk:7").customer_id
    )


@pytest.fixture
def brought(tmp_path):
    """The path of an export, and the import that brought it."""
    path = tmp_path / "t.json"
    path.write_text(json.dumps(ZENDESK) + "\n")
    return path, imports.bring(HEARD, made(path))[0]


def test_an_undo_takes_the_records_and_what_was_said_in_them(brought):
    path, number = brought
    drain()
    assert Conversation.objects.count() == 1
    assert imports.take_back(HEARD, number) == {}
    gone = (ServiceRecord, Record, Interaction, Conversation, Entry, Payload, Face)
    assert [model.__name__ for model in gone if model.objects.exists()] == []
    assert not Identity.objects.filter(is_ours=False).exists()

    _, counts = imports.bring(HEARD, made(path))
    drain()
    assert (counts.new, counts.voices, Interaction.objects.count()) == (1, 2, 2)


def test_what_nobody_read_before_the_undo_is_not_read_after_it(brought):
    imports.take_back(HEARD, brought[1])
    drain()
    assert not Interaction.objects.exists()


def test_an_undo_leaves_what_a_colleague_has_gone_on_with_and_says_so(brought, alice):
    drain()
    viewer = viewer_of(alice)
    conversation_id = Entry.objects.values_list("conversation_id", flat=True).first()
    write_note(viewer, conversation_id, text="She called: it is solved.")
    assert imports.take_back(HEARD, brought[1]) == {ANSWERED: 2}
    assert Interaction.objects.count() == 2
    assert not ServiceRecord.objects.exists()
    assert imports.take_back(HEARD, brought[1]) == {ANSWERED: 2}


def test_an_undo_touches_no_voice_of_an_earlier_import(brought, tmp_path):
    later = ZENDESK | {"id": 36, "comments": [ZENDESK["comments"][0] | {"id": 9, "plain_body": "And again."}]}
    (tmp_path / "u.json").write_text("".join(json.dumps(t) + "\n" for t in (ZENDESK, later)))
    number, counts = imports.bring(HEARD, made(tmp_path / "u.json"))
    drain()
    assert counts.voices == 1
    imports.take_back(HEARD, number)
    assert sorted(Interaction.objects.values_list("text", flat=True)) == [
        "Have you tried the newest firmware?",
        "It reboots every night.",
    ]


def test_agents_are_no_customers_and_another_line_is_refused_with_its_reason(tmp_path):
    agent = {"id": 9, "name": "Kim", "email": "kim@acme.example", "role": "agent", "time_zone": "UTC", "organization_id": None}
    user = {**agent, "id": 7, "role": "end-user", "name": "Dana", "email": "dana@x.example"}
    (tmp_path / "users.json").write_text("\n".join(map(json.dumps, (user, agent, {"id": 1}))))
    _, counts = imports.bring(HEARD, made(tmp_path / "users.json", kind="zendesk"))
    assert (counts.new, counts.refused) == (1, 2)
    assert set(counts.reasons) == {"is one of your own agents, not a customer", "is no row as Zendesk writes it"}

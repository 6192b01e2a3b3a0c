"""Threat 50: erasure reaches every table, the search, files, merged identities and what waits to be told; a search proves it."""

import os
import time
from datetime import timedelta

import pytest

from heard.governance import erasure
from heard.governance.actions_on_personal_data import lift_hold, place_hold
from heard.governance.holds import Held
from heard.governance.models import AuditLine, Erasure, Suppression
from heard.governance.permissions import HEARD, NotAllowed
from heard.governance.rules.erasing import Reason
from heard.governance.suppression import suppressed
from heard.identity import actions_on_rights as actions
from heard.identity import rights
from heard.identity.models import Customer, Face
from heard.kernel.clock import now
from heard.listening import selectors as listening
from heard.listening.channels.contract import Edited
from heard.listening.files import drop_files
from heard.listening.models import ConsentWord, Delivery, Identity, Interaction
from heard.routing.models import Conversation
from tests.support.quagmire import ADDRESSES, FILE, HANDLE, MAIL, NAME, PHONE
from tests.support.wire import at, delivery, person, said

pytestmark = pytest.mark.django_db

EVERYWHERE = {
    "listening_identity",
    "listening_interaction",
    "listening_payload",
    "listening_delivery",
    "listening_attachment",
    "listening_revision",
    "listening_linkedsource",
    "listening_sentstatus",
    "listening_healthchange",
    "identity_customer",
    "identity_trait",
    "identity_identitylink",
    "identity_order",
    "identity_record",
    "identity_importbatch",
    "identity_importchange",
    "identity_pageview",
    "routing_conversation",
    "engagement_reply",
    "engagement_utterance",
    "engagement_draft",
    "engagement_draftfile",
    "engagement_internalnote",
    "governance_webhookmessage",
    "governance_auditline",
    "kernel_streamevent",
    "files",
}


AFTERWARDS = 60 * 24 * 365 * 50  # minutes


def _erase(viewer, quagmire, **more):
    return actions.erase_person(viewer, quagmire.customer, reason=Reason.ASKED, confirmed=True, **more)


def _finish(erasure_id):
    return erasure.finish(erasure_id, worker="w", drop_files=drop_files)


@pytest.fixture
def admin(ada, seen_by):
    return seen_by(ada)


def test_nothing_of_them_is_found_anywhere(quagmire, admin):
    assert set(quagmire.traces()) >= EVERYWHERE  # else the search below would prove nothing
    receipt = _finish(_erase(admin, quagmire))
    assert quagmire.traces() == {}
    assert receipt.state == Erasure.State.DONE


def test_the_search_finds_neither_their_words_nor_them(quagmire, admin):
    assert listening.search(admin, "Zubenelgenubi")
    _finish(_erase(admin, quagmire))
    assert listening.search(admin, "Zubenelgenubi") == []
    assert listening.search(admin, "Quagmire") == []
    assert rights.find_person(admin, MAIL) == []
    assert not Customer.objects.filter(pk=quagmire.customer).exists()


def test_what_others_said_stays_with_their_name_for_her_blanked(quagmire, admin):
    _finish(_erase(admin, quagmire))
    voice = Interaction.objects.get(pk=quagmire.eve_says)
    assert voice.text == "My friend [erased] ([erased], [erased]) has it too, please help me."
    assert listening.search(admin, "friend") == [voice.pk]
    assert Customer.objects.filter(pk=quagmire.eve).exists()


def test_an_edit_of_others_stands_and_is_found_without_her(quagmire, admin, arrive):
    edit = Edited(target="e-1", text=f"{NAME} sends a giraffe", occurred_at=at(30), version="2")
    arrive(quagmire.account, delivery(edit))
    _finish(_erase(admin, quagmire))
    assert listening.search(admin, "giraffe") == [quagmire.eve_says]
    assert listening.search(admin, "Ottilie") == []


def test_the_receipt_says_what_went_and_names_nobody(quagmire, admin):
    receipt = _finish(_erase(admin, quagmire))
    assert receipt.erased["listening.Interaction"] == 4
    assert receipt.erased["listening.Identity"] == 3
    assert receipt.erased["engagement.Reply"] == 1
    assert receipt.erased["identity.Order"] == 1
    assert receipt.blanked["listening.Interaction"] == 1
    assert receipt.blanked["engagement.InternalNote"] == 1
    assert receipt.looked_at > 0
    assert receipt.sealed_subject == ""
    assert receipt.member_id == admin.member_id
    assert [line.verb for line in AuditLine.objects.filter(object_kind="erasure").order_by("id")] == [
        "customer.erase",
        "customer.erased",
    ]


@pytest.mark.parametrize("killed_after", [0, 1, 2, 3, 5, 8, 13, 21, 34])
def test_a_killed_erasure_goes_on_where_it_was(quagmire, admin, killed_after, monkeypatch):
    """Each batch is a transaction with its own place in it; whoever comes next has nothing else to go by."""
    monkeypatch.setattr(erasure, "AT_ONCE", 1)
    monkeypatch.setattr(erasure, "ROWS_AT_ONCE", 1)
    receipt = _erase(admin, quagmire)
    Erasure.objects.filter(pk=receipt).update(claimed_by="dead", lease_until=now() + timedelta(hours=1))
    job = erasure._Job(Erasure.objects.get(pk=receipt), "dead", drop_files)
    for _ in range(killed_after):
        job.goes_on()
    Erasure.objects.filter(pk=receipt).update(lease_until=now() - timedelta(seconds=1))
    done = _finish(receipt)
    assert done.state == Erasure.State.DONE
    assert done.erased["listening.Interaction"] == 4
    assert quagmire.traces() == {}


def test_a_worker_that_lost_it_changes_nothing(quagmire, admin):
    receipt = _erase(admin, quagmire)
    Erasure.objects.filter(pk=receipt).update(claimed_by="another")
    before = Interaction.objects.count()
    assert not erasure._Job(Erasure.objects.get(pk=receipt), "slow", drop_files).goes_on()
    assert Interaction.objects.count() == before


def test_it_is_done_by_the_clock_in_small_pieces(quagmire, admin):
    receipt = _erase(admin, quagmire)
    for _ in range(200):
        if not erasure.work_off(worker="w", now=now(), drop_files=drop_files, seconds=0.05):
            break
    assert Erasure.objects.get(pk=receipt).state == Erasure.State.DONE
    assert quagmire.traces() == {}


def test_who_writes_again_is_somebody_new(quagmire, admin, arrive):
    _finish(_erase(admin, quagmire))
    mail = person(NAME, network="email")
    arrive(quagmire.account, delivery(said("o-9", _as(mail, MAIL), "Hello, I am here again. Can you help?", minute=AFTERWARDS)))
    again = Identity.objects.get(external_id=MAIL)
    assert again.pk not in quagmire.identities
    assert Face.objects.get(identity=again).customer_id != quagmire.customer


def test_what_they_said_before_does_not_come_back(quagmire, admin, arrive):
    _finish(_erase(admin, quagmire))
    old = delivery(said("o-1", _as(person(NAME, network="email"), MAIL), "Zubenelgenubi broke"), key="read anew")
    old = old.__class__(key=old.key, body=old.body, content_type=old.content_type, received_at=now())
    arrive(quagmire.account, old)
    assert Delivery.objects.get(delivery_key="read anew").state == Delivery.State.WALKED
    assert quagmire.traces() == {}


def test_an_import_can_ask_who_was_erased(quagmire, admin):
    before = now()
    _finish(_erase(admin, quagmire))
    asked = suppressed([("email", MAIL.upper()), ("phone", PHONE), ("wire", HANDLE), ("email", "eve@eve.example")])
    assert set(asked) == {("email", MAIL.upper()), ("phone", PHONE), ("wire", HANDLE)}
    assert all(moment >= before for moment in asked.values())
    assert not Suppression.objects.filter(digest__icontains="quagmire").exists()


def test_a_secret_that_was_changed_still_knows_them(quagmire, admin, settings):
    _finish(_erase(admin, quagmire))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one altogether"
    assert suppressed([("email", MAIL)])


def test_their_no_is_kept(quagmire, admin, arrive):
    sms = quagmire.identities[1]
    ConsentWord.objects.create(
        identity_id=sms, channel_kind="wire", purpose="answers", is_given=False, said_at=at(0), how="STOP", noted_at=at(0)
    )
    _finish(_erase(admin, quagmire))
    arrive(quagmire.account, delivery(said("o-9", _as(person(NAME, network="phone"), PHONE), "Me again", minute=AFTERWARDS)))
    again = Identity.objects.get(external_id=PHONE)
    word = ConsentWord.objects.get(identity=again)
    assert (word.is_given, word.channel_kind) == (False, "wire")


def test_a_legal_hold_refuses_with_its_reason(quagmire, admin):
    place_hold(admin, quagmire.identities, reason="Lawsuit 12/26.")
    with pytest.raises(Held, match=r"Ada placed a legal hold on .*: Lawsuit 12/26\. Nothing was erased\."):
        _erase(admin, quagmire)
    assert not Erasure.objects.exists()
    lift_hold(admin, quagmire.identities)
    assert _finish(_erase(admin, quagmire)).state == Erasure.State.DONE


def test_a_hold_placed_meanwhile_stops_what_has_not_gone(quagmire, admin):
    receipt = _erase(admin, quagmire)
    place_hold(admin, quagmire.identities, reason="Lawsuit 12/26.")
    assert _finish(receipt).state == Erasure.State.STUCK
    assert Interaction.objects.filter(external_id="o-1").exists()


def test_only_an_administrator_who_means_it_erases(quagmire, admin, sam, alice, seen_by):
    for member in (sam, alice):
        with pytest.raises(NotAllowed):
            _erase(seen_by(member), quagmire)
    with pytest.raises(actions.NotConfirmed):
        actions.erase_person(admin, quagmire.customer, reason=Reason.ASKED, confirmed=False)
    assert not Erasure.objects.exists()


def test_a_file_that_somebody_else_sent_too_stays(quagmire, admin, arrive):
    from heard.listening.channels.contract import File

    same = File(name="same.pdf", content_type="application/pdf", data=FILE)
    arrive(quagmire.account, delivery(said("e-9", person("Eve"), "I got this one too", attachments=(same,), minute=40)))
    _finish(_erase(admin, quagmire))
    assert [f.read_bytes() for f in quagmire.files.rglob("*") if f.is_file()] == [FILE]


def test_a_file_that_came_a_moment_ago_is_dropped_once_nobody_can_be_writing_its_row(quagmire, admin):
    files = [f for f in quagmire.files.rglob("*") if f.is_file()]
    for file in files:
        os.utime(file)
    receipt = _finish(_erase(admin, quagmire))
    assert receipt.state == Erasure.State.RUNNING
    assert all(f.exists() for f in files)
    for file in files:
        os.utime(file, times=(time.time() - 3600,) * 2)
    assert _finish(receipt.pk).state == Erasure.State.DONE
    assert not any(f.exists() for f in files)


def test_a_conversation_that_somebody_else_goes_on_with_is_theirs(quagmire, admin):
    from heard.routing.models import Entry, Participant

    eve_says = Interaction.objects.get(pk=quagmire.eve_says)
    Entry.objects.filter(interaction=eve_says).update(conversation_id=quagmire.conversation)
    Participant.objects.get_or_create(conversation_id=quagmire.conversation, identity_id=eve_says.identity_id, since=at(0))
    _finish(_erase(admin, quagmire))
    talk = Conversation.objects.get(pk=quagmire.conversation)
    assert (talk.opener_id, talk.subject) == (eve_says.identity_id, "")
    assert quagmire.traces() == {"engagement_internalnote": {"Zubenelgenubi"}}  # a colleague's own words, without her name


def test_a_name_that_two_people_bear_is_left_to_the_other(quagmire, admin, arrive):
    namesake = _as(person(NAME, network="email"), "other@elsewhere.example")
    arrive(quagmire.account, delivery(said("n-1", namesake, f"I am {NAME} as well, please help", minute=50)))
    _finish(_erase(admin, quagmire))
    assert Interaction.objects.get(external_id="n-1").text == f"I am {NAME} as well, please help"
    assert not {w for found in quagmire.traces().values() for w in found} & {*ADDRESSES, "Zubenelgenubi"}


def test_heard_itself_may_by_command(quagmire):
    assert _finish(_erase(HEARD, quagmire)).state == Erasure.State.DONE


def _as(author, external_id):
    import msgspec

    return msgspec.structs.replace(author, external_id=external_id, handle="")

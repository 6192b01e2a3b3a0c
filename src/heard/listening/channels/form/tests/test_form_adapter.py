from datetime import UTC, datetime

import msgspec
import pytest

from heard.listening.channels.contract import Account, RawEvent
from heard.listening.channels.form.adapter import Adapter, Enclosed, Filled, plain_name

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FORM = Account(id=3, kind="form", name="Contact", address="help")


def _said(**changes):
    filled = {
        "reference": "ABCD-EFGH",
        "sent_at": NOON,
        "name": "Dana",
        "email": "Dana@Example.org",
        "message": "Where is it?",
        **changes,
    }
    [said] = Adapter().normalise(RawEvent(key="k1", body=msgspec.json.encode(Filled(**filled))), FORM)
    return said


def test_a_form_comes_from_the_address_that_was_typed_without_a_proof_of_it():
    author = _said().author
    assert (author.network, author.external_id, author.handle, author.name) == (
        "email",
        "dana@example.org",
        "Dana@Example.org",
        "Dana",
    )
    assert author.verified is False


def test_the_words_the_time_and_the_reference_are_kept():
    said = _said(order_number="A-77")
    assert (said.text, said.occurred_at, said.external_id, said.subject) == ("Where is it?", NOON, "k1", "Order A-77")
    assert said.extra == {"reference": "ABCD-EFGH", "unproved_address": True, "order_number": "A-77"}


def test_files_come_along_with_their_bytes():
    said = _said(files=(Enclosed(name="box.jpg", content_type="image/jpeg", data=b"\xff\xd8"),))
    assert [(f.name, f.data, f.size_bytes) for f in said.attachments] == [("box.jpg", b"\xff\xd8", 2)]


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\dana\\bill.pdf", "bill.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u200bb\r\n.txt", "ab.txt"),
        ("...", "file"),
        ("", "file"),
    ],
)
def test_a_file_name_says_what_it_is_and_leads_nowhere(given, plain):
    assert plain_name(given) == plain

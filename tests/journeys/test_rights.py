"""What a person may ask of us, as a colleague does it: everything in one file, and to be erased with a receipt."""

import io
import json
import zipfile

import pytest
from django.urls import reverse

from heard.governance import erasure
from heard.governance.models import AuditLine, Erasure
from heard.identity import rights
from heard.kernel.clock import now
from heard.kernel.holdings import rooms
from heard.listening.files import drop_files
from heard.project import cli
from tests.support.quagmire import FILE, MAIL, NAME, PHONE

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive(quagmire, ada, browser):
    answer = browser(ada).post(reverse("identity:export", args=[quagmire.customer]))
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def _rows(archive, model):
    return [json.loads(line) for line in archive.read(f"data/{model}.jsonl").splitlines()]


def test_the_archive_is_to_read_and_for_machines(archive):
    page = archive.read("index.html").decode()
    assert f"What is kept about {NAME}" in page
    assert "Zubenelgenubi is being mended" in page  # what we said to them
    assert {row["external_id"] for row in _rows(archive, "listening.identity")} == {MAIL, PHONE, "otti_q"}
    assert {row["external_id"] for row in _rows(archive, "listening.interaction")} == {"o-1", "o-2", "o-3", "us-1"}
    assert [row["number"] for row in _rows(archive, "identity.order")] == ["Zubenelgenubi-9"]
    assert [row["text"] for row in _rows(archive, "engagement.internalnote")] == [f"{NAME} is Zubenelgenubi"]


def test_files_are_in_it_under_names_that_hurt_nobody(archive):
    [attached] = _rows(archive, "listening.attachment")
    assert archive.read(attached["file"]) == FILE
    assert all(".." not in name and not name.startswith("/") for name in archive.namelist())


def test_it_holds_what_eve_said_of_nobody(archive):
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"And what about me?" not in everything
    assert b"has it too" not in everything


def test_every_model_that_holds_something_of_them_is_in_it(archive, quagmire, ada, seen_by):
    """Whatever is declared, and there for them, is handed out; only what says why not is left out."""
    _, scope = rights.person_of(seen_by(ada), quagmire.customer)
    there = {h.model._meta.label_lower for room in rooms for h in room.holdings if h.rows(scope).exists() and not h.not_exported}
    assert {f"data/{model}.jsonl" for model in there} <= set(archive.namelist())
    assert len(there) > 20
    assert "Bytes as they arrived" in archive.read("README.txt").decode()


def test_words_of_theirs_are_no_markup_in_it(quagmire, ada, browser, arrive):
    from tests.support.wire import delivery, person, said

    arrive(quagmire.account, delivery(said("x-1", person("<script>alert(1)</script>"), "Can you help <b>me</b>?")))
    from heard.identity.models import Face

    mallory = Face.objects.get(identity__external_id__contains="script").customer_id
    answer = browser(ada).post(reverse("identity:export", args=[mallory]))
    page = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).read("index.html").decode()
    assert "<script>" not in page
    assert "&lt;b&gt;me&lt;/b&gt;" in page


def test_an_export_leaves_a_line(archive, quagmire):
    line = AuditLine.objects.get(verb="customer.export")
    assert (line.object_id, line.member.name) == (quagmire.customer, "Ada")


def test_agents_are_not_offered_either(quagmire, alice, sam, browser):
    page = reverse("identity:customer", args=[quagmire.customer])
    assert "Their rights" not in browser(alice).get(page).content.decode()
    assert browser(alice).post(reverse("identity:export", args=[quagmire.customer])).status_code == 403
    seen = browser(sam).get(page).content.decode()
    assert "Export everything" in seen
    assert "Erase" not in seen
    assert browser(sam).get(reverse("identity:erase", args=[quagmire.customer])).status_code == 403


def test_ada_erases_her_and_reads_the_receipt(quagmire, ada, browser):
    client = browser(ada)
    assert "Erase…" in client.get(reverse("identity:customer", args=[quagmire.customer])).content.decode()
    page = client.get(reverse("identity:erase", args=[quagmire.customer])).content.decode()
    assert "What is kept about them" in page
    assert "Orders" in page
    refused = client.post(reverse("identity:erase", args=[quagmire.customer]), {"word": "yes", "reason": "asked"})
    assert refused.status_code == 422
    assert "Nothing was erased." in refused.content.decode()
    receipt = client.post(reverse("identity:erase", args=[quagmire.customer]), {"word": "Erase", "reason": "asked"})
    assert receipt.status_code == 302
    assert "Under way" in client.get(receipt["Location"]).content.decode()
    erasure.finish(Erasure.objects.get().pk, worker="w", drop_files=drop_files)
    told = client.get(receipt["Location"]).content.decode()
    assert "nothing was found" in told
    assert "Addresses, handles and numbers" in told
    assert "Quagmire" not in told
    assert "erasures/" in client.get(reverse("governance:masking")).content.decode()
    assert Erasure.objects.get().key in client.get(reverse("governance:erasures")).content.decode()
    assert client.get(reverse("identity:customer", args=[quagmire.customer])).status_code == 404


def test_a_hold_is_placed_and_lifted_on_the_page(quagmire, ada, browser):
    client, page = browser(ada), reverse("identity:erase", args=[quagmire.customer])
    client.post(reverse("identity:hold", args=[quagmire.customer]), {"reason": "Lawsuit 12/26."})
    held = client.get(page).content.decode()
    assert "Lawsuit 12/26." in held
    assert "Erase for ever" not in held
    refused = client.post(page, {"word": "erase", "reason": "asked"})
    assert "Ada placed a legal hold" in refused.content.decode()
    client.post(reverse("identity:lift_hold", args=[quagmire.customer]))
    assert "Erase for ever" in client.get(page).content.decode()


def test_the_command_exports_and_erases(quagmire, tmp_path, capsys):
    out = tmp_path / "her.zip"
    assert cli.main(["person", "export", MAIL, "--out", str(out)]) == 0
    assert "index.html" in zipfile.ZipFile(out).namelist()
    assert cli.main(["person", "erase", "nobody@nowhere.example", "--yes"]) == 1
    assert "nobody is known as nobody@nowhere.example" in capsys.readouterr().err
    assert cli.main(["person", "erase", MAIL, "--yes"]) == 0
    said = capsys.readouterr().out
    assert "nothing was found" in said
    assert MAIL not in said
    assert quagmire.traces() == {}


def test_the_command_asks_before_it_erases(quagmire, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert cli.main(["person", "erase", MAIL]) == 1
    assert not Erasure.objects.filter(asked_at__lte=now()).exists()

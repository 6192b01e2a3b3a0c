"""Threat 57 on the page: a file is looked at before anything is written, a worker brings it, and it is taken back as a whole."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from heard.governance.models import AuditLine
from heard.governance.permissions import viewer_of
from heard.identity import actions_on_import_jobs as actions
from heard.identity import import_jobs
from heard.identity.importing import uploads
from heard.identity.models import ImportBatch, ImportJob, ImportReject, Order, Record
from heard.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = "Customer Number,First Name,Last Name,Email,Shoe Size\n1,Dana,Smith,dana@x.example,38\n2,Eve,Jones,no-mail,41\n"

TICKET = {
    "id": 1,
    "requester_id": 7,
    "submitter_id": 7,
    "via": {"channel": "email"},
    "subject": "Router",
    "description": "It is dead.",
    "created_at": "2026-01-02T10:00:00Z",
    "status": "open",
}


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES = tmp_path / "files"


def work() -> int:
    return import_jobs.work_off(worker="w", now=now())


@pytest.fixture
def desk(sam, browser):
    return browser(sam)


def bring(client, text: str = PEOPLE, name: str = "people.csv") -> ImportJob:
    answer = client.post(reverse("identity_settings:imports"), {"file": SimpleUploadedFile(name, text.encode())})
    assert answer.status_code == 302
    return ImportJob.objects.order_by("-id").first()


def page_of(client, job: ImportJob) -> str:
    return client.get(reverse("identity_settings:import_file", args=[job.pk]), follow=True).content.decode()


def check(client, job: ImportJob, **given) -> None:
    columns = {"column-id": "Customer Number", "column-given_name": "First Name", "column-email": "Email"}
    client.post(
        reverse("identity_settings:import_file", args=[job.pk]), {"kind": "contact", "source": "crm", **(given or columns)}
    )


def started(client, job: ImportJob) -> ImportBatch:
    check(client, job)
    work()
    client.post(reverse("identity_settings:start_import", args=[job.pk]))
    return ImportBatch.objects.get()


def test_a_file_is_shown_for_what_it_is_taken_for_and_nothing_is_written(desk):
    page = page_of(desk, bring(desk))
    assert '<option value="First Name" selected>' in page
    assert "Shoe Size" in page.split("Not read:")[1]
    assert not Record.objects.exists()


def test_a_check_says_what_would_become_of_each_row_and_writes_nothing(desk):
    job = bring(desk)
    check(desk, job)
    assert "being checked" in page_of(desk, job)
    work()
    page = page_of(desk, job)
    assert "What would become of it" in page
    assert "is no mail address" in page
    job.refresh_from_db()
    assert {n: job.counts[n] for n in ("read", "new", "refused")} == {"read": 2, "new": 1, "refused": 1}
    assert not Record.objects.exists()


def test_the_mapping_is_changed_on_the_page(desk):
    job = bring(desk)
    check(desk, job, **{"column-id": "Customer Number", "column-name": "Last Name", "always-owner": ""})
    job.refresh_from_db()
    assert job.mapping == {"id": "Customer Number", "name": "Last Name"}
    assert job.step == "check"


def test_a_mapping_without_what_is_needed_is_refused_in_words_and_nothing_is_asked(desk):
    job = bring(desk)
    check(desk, job, **{"column-name": "Last Name"})
    job.refresh_from_db()
    assert job.step == "mapped"
    assert "nobody could be told apart" in page_of(desk, job)


def test_what_was_checked_is_brought_by_a_worker_and_its_file_goes(desk, sam):
    job = bring(desk)
    batch = started(desk, job)
    assert "It is being imported" in page_of(desk, job)
    work()
    batch.refresh_from_db()
    assert (batch.state, batch.read, batch.new, batch.refused, batch.member, batch.file_name) == (
        "done",
        2,
        1,
        1,
        sam,
        "people.csv",
    )
    assert Record.objects.get().external_id == "1"
    assert not list(uploads.folder().iterdir())
    verbs = ["import.take_in", "import.check", "import.run"]
    assert list(AuditLine.objects.filter(member=sam, verb__startswith="import.").values_list("verb", flat=True)) == verbs


def test_rows_left_out_are_fetched_mended_and_brought_again(desk):
    job = bring(desk)
    started(desk, job)
    work()
    answer = desk.get(reverse("identity_settings:left_out", args=[job.pk]))
    [row] = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (row["row"], row["First Name"], row["why it was refused"]) == (
        "3",
        "Eve",
        "Mail address: 'no-mail' is no mail address",
    )
    mended = bring(desk, answer.content.decode().replace("no-mail", "eve@x.example"), "people.rejects.csv")
    check(desk, mended)
    work()
    mended.refresh_from_db()
    assert mended.counts["new"] == 1
    assert mended.counts["refused"] == 0


def test_an_import_is_taken_back_by_a_worker(desk):
    job = bring(desk)
    batch = started(desk, job)
    work()
    desk.post(reverse("identity_settings:take_back", args=[batch.pk]))
    assert "It is being taken back" in page_of(desk, job)
    work()
    batch.refresh_from_db()
    assert batch.state == "undone"
    assert not Record.objects.exists()
    assert not ImportReject.objects.exists()
    assert "Nothing of it is left" in page_of(desk, job)


def test_a_worker_that_died_leaves_an_import_that_the_next_one_ends_with_true_counts(desk, monkeypatch):
    text = "id,name\n" + "".join(f"{n},Somebody {n}\n" for n in range(1, 1501)) + ",Nobody\n"
    job = bring(desk, text)
    check(desk, job, **{"column-id": "id", "column-name": "name"})
    work()
    actions.start(viewer_of(job.member), job.pk)

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(import_jobs, "_shower", lambda *_: killed)
        with pytest.raises(SystemExit):
            work()
    assert ImportBatch.objects.get().read == 1000
    assert work() == 0  # its lease still runs
    ImportJob.objects.update(lease_until=now() - timedelta(seconds=1))
    assert work() == 1
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.read, batch.new, batch.same, batch.refused) == ("done", 1501, 1500, 0, 1)
    assert ImportReject.objects.count() == 1
    assert Record.objects.count() == 1500


def test_one_that_was_stopped_keeps_what_it_had_says_so_and_goes_on(desk):
    job = bring(desk)
    batch = started(desk, job)
    desk.post(reverse("identity_settings:stop_import", args=[job.pk]))
    assert work() == 0
    batch.refresh_from_db()
    assert batch.state == "broken_off"
    desk.post(reverse("identity_settings:go_on", args=[job.pk]))
    work()
    batch.refresh_from_db()
    assert (batch.state, batch.new) == ("done", 1)


def test_a_file_that_is_gone_breaks_the_import_off_and_says_what_was_kept(desk):
    job = bring(desk)
    batch = started(desk, job)
    uploads.drop_upload(job.key)
    work()
    batch.refresh_from_db()
    assert batch.state == "broken_off"
    assert "what was kept until then is not doubled" in page_of(desk, job)


def test_who_lost_the_right_meanwhile_imports_nothing(desk, sam):
    job = bring(desk)
    batch = started(desk, job)
    sam.role = "agent"
    sam.save()
    work()
    batch.refresh_from_db()
    assert batch.state == "broken_off"
    assert not Record.objects.exists()


def test_what_nobody_can_read_is_refused_and_not_kept(desk):
    file = SimpleUploadedFile("empty.csv", b"id,name\n")
    answer = desk.post(reverse("identity_settings:imports"), {"file": file}, follow=True)
    assert "empty.csv has no rows. Nothing was kept." in answer.content.decode()
    assert not ImportJob.objects.exists()
    assert not uploads.folder().exists() or not list(uploads.folder().iterdir())


def test_a_file_that_nobody_imports_goes_after_a_day(desk):
    job = bring(desk)
    assert import_jobs.drop_old(now()) == 0
    assert import_jobs.drop_old(now() + timedelta(days=2)) == 1
    assert not ImportJob.objects.filter(pk=job.pk).exists()
    assert not list(uploads.folder().iterdir())


def test_rows_left_out_are_kept_for_a_month(desk):
    started(desk, bring(desk))
    work()
    import_jobs.drop_old(now() + timedelta(days=29))
    assert ImportReject.objects.count() == 1
    import_jobs.drop_old(now() + timedelta(days=31))
    assert not ImportReject.objects.exists()
    assert ImportBatch.objects.get().refused == 1


def test_an_export_of_another_desk_needs_no_mapping(desk):
    ticket = json.dumps(TICKET) + "\n"
    page = page_of(desk, bring(desk, ticket, "tickets.json"))
    assert "Internal notes are left out" in page
    assert "column-" not in page


def test_those_who_may_not_import_see_nothing_of_it(desk, alice, browser):
    job = bring(desk)
    other = browser(alice)
    for name, arguments in (("imports", []), ("import_file", [job.pk]), ("left_out", [job.pk])):
        assert other.get(reverse(f"identity_settings:{name}", args=arguments)).status_code == 403
    assert "identity_settings" not in other.get("/settings/members/").content.decode()
    assert "/settings/import/" not in other.get("/settings/members/").content.decode()


def test_another_kind_is_looked_at_before_it_is_chosen(desk):
    job = bring(desk, "id,customer,total,date\no1,1,5,2026-01-02\n", "rows.csv")
    page = desk.get(reverse("identity_settings:import_file", args=[job.pk]) + "?kind=payment").content.decode()
    assert 'name="column-paid_at"' in page
    assert not Order.objects.exists()


def test_the_page_speaks_german_to_whoever_reads_german(desk):
    job = bring(desk)
    page = desk.get(reverse("identity_settings:import_file", args=[job.pk]), headers={"Accept-Language": "de"}).content.decode()
    assert "Jede Zeile prüfen" in page
    assert "Vorname" in page
    assert (
        "Noch nicht importiert"
        in desk.get(reverse("identity_settings:imports"), headers={"Accept-Language": "de"}).content.decode()
    )

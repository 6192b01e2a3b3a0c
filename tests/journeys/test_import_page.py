"""A lead brings a list on a page: maps it, checks it, starts it, reloads meanwhile, fetches what was left out, takes it back."""

import pytest
from playwright.sync_api import expect

from tests.support.servers.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = "Customer Number,First Name,Last Name,Email\n1,Dana,Smith,dana@x.example\n2,Eve,Jones,no-mail\n3,Bob,Ray,b@x.example\n"


def test_a_list_is_brought_and_taken_back_by_hand(desk, sam, tmp_path):
    from heard.identity.models import ImportBatch, Record

    file = tmp_path / "shop.csv"
    file.write_text(PEOPLE)
    page = desk.open("/settings/members/", member=sam)
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Nothing was imported yet")).to_be_visible()
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Bring it").press("Enter")
    expect(page.get_by_role("heading", name="shop.csv")).to_be_visible()
    expect(page.get_by_label("Given name")).to_have_value("First Name")

    page.get_by_label("Surname").select_option("")
    page.get_by_role("button", name="Check every row").press("Enter")
    expect(page.get_by_role("heading", name="What would become of it")).to_be_visible()
    expect(page.get_by_text("Mail address: 'no-mail' is no mail address").first).to_be_visible()
    assert not Record.objects.exists()

    page.get_by_role("button", name="Import it without these rows").press("Enter")
    wait_for(lambda: ImportBatch.objects.filter(state="done").exists())
    page.reload()
    expect(page.get_by_role("heading", name="What became of it")).to_be_visible()
    assert set(Record.objects.values_list("external_id", flat=True)) == {"1", "3"}
    with page.expect_download() as found:
        page.get_by_role("link", name="These rows as CSV").click()
    assert found.value.suggested_filename == "shop.rejects.csv"
    assert "Eve" in found.value.path().read_text()

    page.get_by_role("button", name="Take it back").press("Enter")
    expect(page.get_by_text("Nothing of it is left.")).to_be_visible()
    assert not Record.objects.exists()
    page.get_by_role("link", name="Import", exact=True).first.click()
    expect(page.get_by_text("taken back", exact=True)).to_be_visible()

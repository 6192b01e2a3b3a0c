"""Dana writes to us through the public form; Eve tries what strangers try."""

import re
from datetime import timedelta

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from heard.listening import form_views
from heard.listening.channels.contract import RawEvent
from heard.listening.channels.form.adapter import Filled
from heard.listening.models import ChannelAccount, Delivery, Payload

pytestmark = pytest.mark.django_db
WORDS = {
    "name": "Dana  Doe",
    "email": "dana@example.org",
    "order_number": "A-77",
    "message": "Where is my parcel?",
    "ticket": "t" * 22,
}


@pytest.fixture(autouse=True)
def form(company):
    form_views.pace.forget()
    return ChannelAccount.objects.create(
        kind="form", name="Contact", address="help", config={"title": "Talk to Acme", "colour": "#0b6b52"}
    )


@pytest.fixture
def dana():
    return Client()


def _stored() -> list[Filled]:
    return [msgspec.json.decode(bytes(p.body), type=Filled) for p in Payload.objects.order_by("pk")]


def test_dana_needs_no_account_to_find_the_form(dana):
    page = dana.get("/form/help/").content.decode()
    assert "Talk to Acme" in page and "#0b6b52" in page
    assert 'enctype="multipart/form-data"' in page and "csrfmiddlewaretoken" in page


def test_what_dana_sends_is_stored_before_she_is_thanked_with_a_reference(dana):
    answer = dana.post("/form/help/", WORDS)
    [filled] = _stored()
    assert (filled.name, filled.email, filled.order_number, filled.message) == (
        "Dana Doe",
        "dana@example.org",
        "A-77",
        "Where is my parcel?",
    )
    assert answer.status_code == 302 and filled.reference in answer.url
    thanks = dana.get(answer.url).content.decode()
    assert filled.reference in thanks and "dana@example.org" not in thanks


def test_two_clicks_are_one_message_and_a_changed_text_is_another(dana):
    first, again = (dana.post("/form/help/", WORDS).url for _ in range(2))
    other = dana.post("/form/help/", {**WORDS, "message": "It came, thanks"}).url
    assert first == again != other
    assert [f.message for f in _stored()] == ["Where is my parcel?", "It came, thanks"]


def test_two_customers_with_the_same_words_are_two_messages(dana):
    for ticket in ("a" * 22, "b" * 22):
        dana.post("/form/help/", {**WORDS, "ticket": ticket})
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"email": "dana at example"}, "not a whole e-mail address"),
        ({"message": " "}, "required"),
        ({"name": ""}, "required"),
        ({"message": "x" * 10_001}, "at most 10000"),
        ({"email": "dana@example.org\r\nBcc: all@example.org"}, "not a whole e-mail address"),
    ],
)
def test_a_mistake_is_explained_and_what_was_typed_stays(dana, changes, complaint):
    answer = dana.post("/form/help/", {**WORDS, "order_number": "KEEP-ME", **changes})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert complaint in page and "KEEP-ME" in page
    assert not Delivery.objects.exists()


def test_what_was_typed_comes_back_as_text_and_never_as_markup(dana):
    page = dana.post("/form/help/", {**WORDS, "email": "", "message": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page


def test_files_come_along_under_plain_names(dana):
    dana.post(
        "/form/help/",
        {
            **WORDS,
            "files": [SimpleUploadedFile("box\u202e.jpg", b"\xff\xd8", "image/jpeg"), SimpleUploadedFile("b.pdf", b"%PDF")],
        },
    )
    [filled] = _stored()
    assert [(f.name, f.data) for f in filled.files] == [("box.jpg", b"\xff\xd8"), ("b.pdf", b"%PDF")]


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["photo.exe"], "programs are not accepted"),
        (["photo.JPG.Scr"], "programs are not accepted"),
        (["photo\u202egpj.exe"], "programs are not accepted"),
        ([f"{n}.jpg" for n in range(6)], "5 files at most"),
    ],
)
def test_unwelcome_files_are_refused_by_name(dana, names, complaint):
    page = dana.post("/form/help/", {**WORDS, "files": [SimpleUploadedFile(name, b"MZ") for name in names]}).content.decode()
    assert complaint in page and "choose them again" in page
    assert not Delivery.objects.exists()


def test_files_that_are_too_large_together_are_refused(dana, monkeypatch):
    monkeypatch.setattr(form_views, "MAX_FILE_BYTES", 1000)
    answer = dana.post("/form/help/", {**WORDS, "files": [SimpleUploadedFile(f"{n}.jpg", b"x" * 600) for n in range(2)]})
    assert answer.status_code == 422 and not Delivery.objects.exists()


def test_a_flood_of_bytes_is_turned_away_before_it_is_read(dana, monkeypatch):
    """Threat 14."""
    monkeypatch.setattr(form_views, "MOST_BYTES", 2000)
    answer = dana.post("/form/help/", {**WORDS, "files": [SimpleUploadedFile("a.jpg", b"x" * 5000)]})
    assert answer.status_code == 413 and b"too large" in answer.content


def test_a_machine_that_fills_every_field_is_caught_and_a_person_may_go_on(dana):
    answer = dana.post("/form/help/", {**WORDS, "website": "https://spam.example"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "people do not see" in page
    assert re.search(r'name="website"[^>]*value="https://spam.example"', page), "the trap opens, so that it can be emptied"
    assert dana.post("/form/help/", WORDS).status_code == 302


def test_one_address_may_not_flood_the_form_and_loses_nothing_of_what_it_typed(dana):
    """Threat 36."""
    answers = [dana.post("/form/help/", {**WORDS, "ticket": f"{n:022}"}) for n in range(form_views.pace.limit + 1)]
    assert [a.status_code for a in answers] == [302] * form_views.pace.limit + [429]
    assert "Where is my parcel?" in answers[-1].content.decode()
    assert Delivery.objects.count() == form_views.pace.limit


def test_another_address_is_not_slowed_by_it(dana):
    for n in range(form_views.pace.limit + 1):
        dana.post("/form/help/", {**WORDS, "ticket": f"{n:022}"})
    assert dana.post("/form/help/", WORDS, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_a_page_of_somebody_else_cannot_post_in_danas_name():
    answer = Client(enforce_csrf_checks=True).post("/form/help/", WORDS)
    assert answer.status_code == 403 and not Delivery.objects.exists()


@pytest.mark.parametrize("origin", ["http://eve-testserver", "http://testserver.eve.example", "https://testserver", "null"])
def test_an_origin_that_only_looks_like_ours_is_refused(origin):
    """Threat 37."""
    careful = Client(enforce_csrf_checks=True)
    token = _token_in(careful.get("/form/help/").content.decode())
    answer = careful.post("/form/help/", {**WORDS, "csrfmiddlewaretoken": token}, headers={"Origin": origin})
    assert answer.status_code == 403 and not Delivery.objects.exists()


def _token_in(page: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)


def test_the_form_works_with_the_token_it_hands_out():
    careful = Client(enforce_csrf_checks=True)
    token = _token_in(careful.get("/form/help/").content.decode())
    answer = careful.post("/form/help/", {**WORDS, "csrfmiddlewaretoken": token}, headers={"Origin": "http://testserver"})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "path", ["/form/nothing/", "/form/help/thanks/nonsense/", "/form/help/thanks/ABCD-EFG1/", "/form/nothing/thanks/ABCD-EFGH/"]
)
def test_a_form_that_is_not_there_says_so(dana, path):
    assert dana.get(path).status_code == 404


def test_a_form_that_is_switched_off_takes_nothing(dana, form):
    ChannelAccount.objects.filter(pk=form.pk).update(state=ChannelAccount.State.OFF)
    assert dana.post("/form/help/", WORDS).status_code == 404
    assert not Delivery.objects.exists()


def test_a_reference_cannot_be_used_to_look_at_anything(dana):
    """Threat 35: the page behind it says nothing that was not in the address."""
    dana.post("/form/help/", WORDS)
    page = dana.get("/form/help/thanks/ABCD-EFGH/").content.decode()
    assert "Dana" not in page and "parcel" not in page


def test_the_message_reads_as_a_voice_at_the_time_it_was_sent(dana, form):
    from heard.listening.channels.form.adapter import Adapter

    dana.post("/form/help/", WORDS)
    stored = Delivery.objects.get()
    [said] = Adapter().normalise(RawEvent(key=stored.delivery_key, body=bytes(Payload.objects.get(pk=stored.pk).body)), None)
    assert said.author.external_id == "dana@example.org"
    assert abs(said.occurred_at - stored.received_at) < timedelta(minutes=1)

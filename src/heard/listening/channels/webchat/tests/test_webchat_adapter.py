from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from heard.listening.channels.contract import Account, Author, Context, File, Outgoing, RawEvent, Rejected, Said
from heard.listening.channels.webchat.adapter import Adapter
from heard.listening.channels.webchat.files import RefusedFile, accepted
from heard.listening.channels.webchat.hours import hours_of
from heard.listening.channels.webchat.origins import NoOrigin, origin_of
from heard.listening.channels.webchat.payloads import Known, Visitor, Words
from heard.listening.channels.webchat.proof import NotProved, check_proof, proof_of
from heard.listening.channels.webchat.settings import ADDRESSES, settings_of
from heard.listening.channels.webchat.texts import BUILT_IN, language_of

SECRET = "a secret of the shop's server, of forty letters"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


def chat(**config: object) -> Account:
    return Account(id=7, kind="webchat", name="Shop chat", address="", config={"origins": ["https://shop.example"], **config})


def said(brought: Words | Known, account: Account) -> Said:
    [event] = Adapter().normalise(RawEvent(key="k", body=msgspec.json.encode(brought)), account)
    assert isinstance(event, Said)
    return event


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://www.example.com", "https://www.example.com"),
        ("https://WWW.Example.com/", "https://www.example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://example.com:8080", "http://example.com:8080"),
        ("https://käse.example", "https://xn--kse-qla.example"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_written_as_a_browser_writes_it(written, origin):
    assert origin_of(written) == origin


@pytest.mark.parametrize(
    "written",
    ["example.com", "*", "https://*.example.com", "https://example.com/shop", "ftp://example.com", "https://", "https://a@b.c",
     "https://example.com:port", "null", "https://example.com?x=1"],
)  # fmt: skip
def test_what_is_no_origin_is_said_to_be_none(written):
    with pytest.raises(NoOrigin, match="is not the address of a site"):
        origin_of(written)


@pytest.mark.parametrize("hash_", ["", "0" * 64, proof_of("43", secret=SECRET), proof_of("42", secret=""), "ÿ"])
def test_a_hash_that_does_not_belong_to_the_id_proves_nothing(hash_):
    """Threat 34."""
    with pytest.raises(NotProved):
        check_proof("42", hash_, secret=SECRET)


def test_a_chat_without_a_secret_believes_nobody():
    with pytest.raises(NotProved, match="no secret"):
        check_proof("42", proof_of("42", secret=""), secret="")


@pytest.mark.parametrize("id_", ["", " 42", "42\n", "4\u200b2", "x" * 201])
def test_an_id_that_looks_like_another_is_refused_even_with_its_hash(id_):
    with pytest.raises(NotProved, match="without line breaks"):
        check_proof(id_, proof_of(id_, secret=SECRET), secret=SECRET)


def test_the_hash_is_the_one_of_the_instructions():
    """echo -n 42 | openssl dgst -sha256 -hmac k"""
    check_proof("42", "7955074f51169f1f64053d8b2c403d7f41ee7ca4f3f9fe1c7b84f91083f2c50a", secret="k")
    check_proof("42", "7955074F51169F1F64053D8B2C403D7F41EE7CA4F3F9FE1C7B84F91083F2C50A", secret="k")


def test_nobody_vouches_for_a_stranger_and_the_site_does_for_its_customer():
    stranger = said(Words(id="a", by=Visitor(key="3f2a" * 8), at=NOON, text="Hello"), chat()).author
    customer = said(Words(id="a", by=Visitor(key="user:42", name="Dana"), at=NOON, text="Hello"), chat()).author
    assert (stranger.external_id, stranger.handle, stranger.name, stranger.verified) == (
        "7:" + "3f2a" * 8,
        "visitor 3f2a",
        "Visitor 3f2a",
        False,
    )
    assert (customer.external_id, customer.handle, customer.name, customer.verified) == ("7:user:42", "user 42", "Dana", True)


@pytest.mark.parametrize(
    ("ids_are", "handle"),
    [("ids of accounts", "user Dana@shop.example"), (ADDRESSES, "dana@shop.example"), ("", "user Dana@shop.example")],
)
def test_an_id_is_a_proved_mail_address_only_where_the_administrator_says_so(ids_are, handle):
    by = Visitor(key="user:Dana@shop.example", email="eve@evil.example")
    assert said(Words(id="a", by=by, at=NOON, text="Hello"), chat(ids_are=ids_are)).author.handle == handle


def test_signing_in_is_said_of_the_face_that_spoke_before():
    known = said(Known(by=Visitor(key="user:42", was="3f2a" * 8, name="Dana"), at=NOON), chat())
    assert (known.author.external_id, known.author.handle, known.author.verified) == ("7:" + "3f2a" * 8, "user 42", True)
    assert (known.kind, known.addressed) == ("visit", False)


def test_words_after_signing_in_go_on_with_those_before():
    after = said(Words(id="a", by=Visitor(key="user:42", was="3f2a" * 8), at=NOON, text="And?"), chat())
    assert (after.thread_ref, after.references) == ("7:user:42", ("7:" + "3f2a" * 8,))


@pytest.mark.parametrize(
    ("lines", "is_open"),
    [
        ([], True),
        (["Mon-Fri 09:00-17:00"], True),
        (["Mon 13:00-13:01"], True),
        (["Mon 09:00-13:00"], False),
        (["Tue-Sun 00:00-24:00"], False),
        (["Sat-Mon 00:00-24:00"], True),
        (["Sat 10:00-12:00", "mon 12:30-14:00"], True),
    ],
)
def test_opening_hours_are_those_of_the_accounts_own_zone(lines, is_open):
    hours, problems = hours_of(lines, ZoneInfo("Europe/Vienna"))
    assert (hours.is_open(NOON), problems) == (is_open, [])  # 13:00 there


@pytest.mark.parametrize(
    "line", ["Mon 9-17", "Foo 09:00-17:00", "Mon 17:00-09:00", "Mon 09:00-25:00", "Mon 09:70-17:00", "always"]
)
def test_hours_that_cannot_be_read_are_named_to_the_administrator(line):
    health = Adapter().check(Context(account=chat(opening_hours=[line]), http=None, now=lambda: NOON))
    assert not health.ok
    assert line in health.message


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"origins": ["*.example.com"]}, "*.example.com"),
        ({"origins": []}, "No site is allowed yet"),
        ({"colour": "red"}, "'red' is not a colour"),
        ({"time_zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"texts": ["greating = Hello"]}, "greating"),
    ],
)
def test_the_test_button_names_what_cannot_be_used(config, named):
    health = Adapter().check(Context(account=chat(**config), http=None, now=lambda: NOON))
    assert not health.ok
    assert named in health.message


def test_the_test_button_gives_the_tag_for_the_pages():
    ctx = Context(account=chat(), http=None, now=lambda: NOON, hook_url="https://heard.example/hooks/7/")
    health = Adapter().check(ctx)
    assert health.ok
    assert health.details["script tag"] == '<script async src="https://heard.example/chat/7/widget.js"></script>'


def test_texts_are_changed_in_one_language_or_in_both():
    texts = settings_of(chat(greeting="Hi", texts=["de.greeting = Guten Tag", "send = Ab!"])).texts
    assert (texts["en"]["greeting"], texts["de"]["greeting"]) == ("Hi", "Guten Tag")
    assert texts["en"]["send"] == texts["de"]["send"] == "Ab!"
    assert BUILT_IN["en"]["send"] == "Send"


def test_both_languages_say_everything():
    assert BUILT_IN["en"].keys() == BUILT_IN["de"].keys()


@pytest.mark.parametrize(
    ("wished", "language"), [("de-AT,en", "de"), ("fr,de", "de"), ("", "en"), ("zz", "en"), ("EN-us,de", "en")]
)
def test_the_first_language_that_is_built_in_is_spoken(wished, language):
    assert language_of(wished) == language


@pytest.mark.parametrize("name", ["setup.exe", "page.html", "picture.svg", "noending", "invoice.pdf.js", "a.pdf\u202eexe.", ""])
def test_what_could_run_is_not_taken(name):
    with pytest.raises(RefusedFile):
        accepted(name)


def test_the_name_decides_what_a_file_is():
    assert accepted("../../Photo.JPG") == ("Photo.JPG", "image/jpeg")


def test_who_left_a_mail_address_is_not_answered_in_the_chat():
    dana = Author(network="email", external_id="dana@customer.example", handle="dana@customer.example")
    with pytest.raises(Rejected, match="answer by mail"):
        Adapter().render(Outgoing(text="Hello", to=dana), chat())


def test_long_words_go_in_several_and_files_with_the_last():
    picture = File(name="offer.png", content_type="image/png", data=b"\x89PNG")
    visitor = Author(network="webchat", external_id="7:abc")
    parts = Adapter().render(Outgoing(text="word " * 1500, to=visitor, attachments=(picture,)), chat())
    assert [(part.number, part.total, len(part.attachments)) for part in parts] == [(1, 2, 0), (2, 2, 1)]


def test_the_same_key_is_the_same_message():
    ctx = Context(account=chat(), http=None, now=lambda: NOON)
    [part] = Adapter().render(Outgoing(text="Hello", to=Author(network="webchat", external_id="7:abc")), chat())
    assert Adapter().send(ctx, part, idem="k1") == Adapter().send(ctx, part, idem="k1")
    assert Adapter().reconcile(ctx, part, idem="k1") is None

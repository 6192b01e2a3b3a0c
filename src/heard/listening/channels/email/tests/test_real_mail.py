"""Real data: the awkward mails of five projects and 3,000 mails of SpamAssassin, none lost and none crashing."""

import email
import os
import re
import tarfile
from email import policy
from pathlib import Path

import msgspec
import pytest

from heard.listening.channels.contract import RawEvent
from heard.listening.channels.email.adapter import Adapter
from heard.listening.channels.email.incoming import key_of
from heard.listening.channels.email.mime import parse
from heard.listening.channels.email.quotes import newly_written
from heard.listening.channels.email.tests.post import SUPPORT, said
from heard.listening.channels.html_text import text_of_html
from tests.support.servers import require

pytestmark = pytest.mark.data
TALON = "mail_talon/tests/fixtures"


def members(name: str) -> dict[str, bytes]:
    """{path: bytes} of an archive of the real data."""
    folder = Path(os.environ.get("HEARD_DATA") or "../shared/data")
    require((folder / name).exists(), f"real data: {name} (HEARD_DATA or ../shared/data)")
    with tarfile.open(folder / name) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive if m.isfile()}


@pytest.fixture(scope="module")
def awkward() -> dict[str, bytes]:
    return members("mail_fixtures_visible.tar.gz")


@pytest.fixture(scope="module")
def spamassassin() -> dict[str, bytes]:
    return members("mail_spamassassin_easyham1_spam1.tar.gz")


def heard_of(raw: bytes):
    return Adapter().normalise(RawEvent(key=key_of(raw), body=raw), SUPPORT)


def test_every_awkward_file_even_one_that_is_no_mail_is_heard(awkward):
    assert len(awkward) == 247
    assert all(msgspec.json.encode(heard_of(raw)) for raw in awkward.values())


def test_three_thousand_mails_are_heard_each_with_words_or_files(spamassassin):
    voices = [heard_of(raw)[0] for raw in spamassassin.values()]
    assert len(voices) == 3000
    silent = [v for v in voices if not v.full_text.strip() and not v.attachments and not v.html]
    assert len(silent) <= 1  # one mail of the set is empty
    cut_to_nothing = [v.external_id for v in voices if v.full_text.strip() and not v.text.strip()]
    assert cut_to_nothing == []
    assert all(v.author.external_id and v.occurred_at.year >= 1997 for v in voices)
    assert len({v.external_id for v in voices}) == 3000


def test_the_standard_library_finds_no_part_that_we_miss(spamassassin):
    """Every leaf that `email` sees has the same type and the same bytes here."""
    different = [name for name, raw in spamassassin.items() if leaves_by_stdlib(raw) != leaves_by_us(raw)]
    # In these, damaged base64 is undone here and left as it is there, or a multipart without any part is read as text.
    assert sorted(n.rpartition("/")[2].partition(".")[0] for n in different) == ["00260", "00307", "00313", "00467"]


def leaves_by_stdlib(raw: bytes) -> list[tuple[str, bytes]]:
    ahead, found = [email.message_from_bytes(raw, policy=policy.compat32)], []
    while ahead:
        part = ahead.pop(0)
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            ahead[:0] = part.get_payload()
        elif part.get_content_maintype() != "message":
            found.append((part.get_content_type(), one_newline(part.get_payload(decode=True) or b"")))
    return found


def leaves_by_us(raw: bytes) -> list[tuple[str, bytes]]:
    return [(leaf.kind, one_newline(leaf.content())) for leaf in parse(raw)[1] if not leaf.kind.startswith("message/")]


def one_newline(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").rstrip(b"\n")


# ── What the author newly wrote (talon's fixtures) ──────────────────────────────────────────────────────────────────


def standard_replies(awkward) -> dict[str, bytes]:
    found = {
        name: raw for name, raw in awkward.items() if name.startswith(f"{TALON}/standard_replies/") and name.endswith(".eml")
    }
    assert len(found) == 12
    return found


def test_every_standard_reply_is_cut_to_what_was_written(awkward):
    written = {name.rpartition("/")[2]: said(raw).text for name, raw in standard_replies(awkward).items()}
    assert {name: text for name, text in written.items() if text != "Hello"} == {}


def test_every_standard_reply_is_cut_in_its_html_too(awkward):
    leaves = [leaf for raw in standard_replies(awkward).values() for leaf in parse(raw)[1] if leaf.kind == "text/html"]
    written = [newly_written(text_of_html(leaf.text())) for leaf in leaves]
    assert sorted(written) == ["Allo! Follow up MIME!", *["Hello"] * 6]  # Outlook's HTML says something else than its text


def test_every_html_reply_is_cut_to_what_was_written(awkward):
    replies = {n: raw for n, raw in awkward.items() if n.startswith(f"{TALON}/html_replies/")}
    assert len(replies) == 9
    written = {
        n.rpartition("/")[2]: squeezed(newly_written(text_of_html(raw.decode("utf-8", "replace")))) for n, raw in replies.items()
    }
    assert {name: text for name, text in written.items() if text != "Hi. I am fine. Thanks, Alex"} == {}


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


# ── Parts and headers (mikel/mail, django-helpdesk, libredesk) ──────────────────────────────────────────────────────


def one(awkward, name: str):
    (raw,) = [raw for path, raw in awkward.items() if path.endswith("/" + name)]
    return heard_of(raw)


@pytest.mark.parametrize(
    ("name", "subject", "text"),
    [
        ("japanese.eml", "まみむめも", None),
        ("japanese_iso_2022.eml", None, "すみません。"),
        ("quoted_printable.eml", "Český test", "Tohle je test českých písmen odeslaných z gmailu."),
        ("utf8_headers.eml", None, None),
        ("content_transfer_encoding_7-bit.eml", None, None),
    ],
)
def test_letters_of_the_world_are_read(awkward, name, subject, text):
    voice = one(awkward, name)[0]
    assert "\ufffd" not in voice.subject + voice.text
    assert subject is None or subject in voice.subject
    assert text is None or text in voice.text


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("attachment_pdf.eml", ["broken.pdf"]),
        ("attachment_with_encoded_name.eml", ["01 Quien Te Dij\ufffdat. Pitbull.mp3"]),
        ("attachment_nonascii_filename.eml", ["ciële.txt"]),
        ("attachment_content_location.eml", ["Photo25.jpg"]),
        ("calendar-invite.eml", ["attachment-1.ics", "invite.ics"]),
    ],
)
def test_files_are_kept_under_their_names(awkward, name, files):
    assert [f.name for f in one(awkward, name)[0].attachments] == files


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("bounce-dsn.eml", "failed"),
        ("report_422.eml", "delayed"),
        ("report_530.eml", "failed"),
        ("multipart_report_multiple_status.eml", "failed"),
    ],
)
def test_real_bounces_are_recognised(awkward, name, status):
    voice = one(awkward, name)[0]
    assert (voice.kind, voice.extra["report"]["action"]) == ("bounce", status)

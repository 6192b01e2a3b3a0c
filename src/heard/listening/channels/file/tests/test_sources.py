import gzip
import io
import mailbox
import tarfile

import pytest

from heard.listening.channels.file import shape, sources
from heard.listening.channels.file.rows import item_of

DANA = b"From: Dana <dana@example.org>\r\nTo: help@acme.example\r\nMessage-ID: <1@example.org>\r\nSubject: Late\r\n\r\nWhere is it?\r\n"
EVE = b"From: Eve <eve@example.org>\nSubject: Hey\n\nFirst line\n\nFrom here on it is about 2019 things\n"


def _found(path, **chosen):
    skimmed = sources.skim(path)
    mapping = shape.completed(skimmed.mapping, chosen) if skimmed.mapping else {}
    with path.open("rb") as file:
        return list(sources.pieces(file, skimmed, name=path.name, mapping=mapping))


def _written(path, content: bytes):
    path.write_bytes(content)
    return path


ROWS = b'{"id": "1", "author": "dana", "text": "hi", "date": "2026-03-02"}\n\n{"id": "2", "author": "eve", "text": "ho", "date": "2026-03-02"}\n'


def test_lines_of_json_are_deliveries_named_by_their_own_id(tmp_path):
    found = _found(_written(tmp_path / "posts.jsonl", ROWS))
    assert [p.raw.key for p in found] == ["1", "2"]
    assert found[0].raw.body == b'{"id": "1", "author": "dana", "text": "hi", "date": "2026-03-02"}'


def test_a_packed_file_reads_like_the_plain_one(tmp_path):
    plain = _found(_written(tmp_path / "posts.jsonl", ROWS))
    packed = _found(_written(tmp_path / "posts.jsonl.gz", gzip.compress(ROWS)))
    assert [p.raw for p in packed] == [p.raw for p in plain]


def test_a_packed_file_that_breaks_off_gives_what_it_has_and_says_so(tmp_path):
    rows = b"".join(
        b'{"id": "%d", "author": "dana", "text": "%s", "date": "2026-03-02"}\n' % (n, bytes([97 + n % 26]) * 50)
        for n in range(9000)
    )
    found = _found(_written(tmp_path / "posts.jsonl.gz", gzip.compress(rows)[:-200]))
    assert "breaks off" in found[-1].refused
    assert found[0].raw.key == "0"


def test_our_own_shape_needs_no_mapping(tmp_path):
    path = _written(
        tmp_path / "own.jsonl",
        b'{"external_id":"a","author":{"id":"1","network":"x"},"text":"hi","occurred_at":"2026-03-02T08:00:00Z"}\n',
    )
    assert sources.skim(path).is_our_own
    assert _found(path)[0].raw.headers == {}


def test_a_broken_line_is_refused_with_its_number_and_the_rest_goes_on(tmp_path):
    found = _found(_written(tmp_path / "posts.jsonl", ROWS + b'{"id": "3", "author\n' + ROWS.replace(b'"1"', b'"4"')))
    assert [(p.where, bool(p.refused)) for p in found][2] == ("posts.jsonl:4", True)
    assert [p.raw.key for p in found if p.raw] == ["1", "2", "4", "2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'id,author,text,date\n1,dana,"two\nlines, one cell",2026-03-02\n', "two\nlines, one cell"),
        ("id;author;text;date\n1;dana;grüß Gott;2026-03-02\n".encode("cp1252"), "grüß Gott"),
        ("\ufeffid\tauthor\ttext\tdate\n1\tdana\tgrüß Gott\t2026-03-02\n".encode(), "grüß Gott"),
        ("id,author,text,date\n1,dana,grüß Gott,2026-03-02\n".encode("utf-16"), "grüß Gott"),
    ],
)
def test_a_table_is_read_whatever_program_wrote_it(tmp_path, content, words):
    [piece] = _found(_written(tmp_path / "posts.csv", content))
    assert item_of(piece.raw).text == words


def test_a_short_row_of_a_table_is_refused_and_a_long_one_read(tmp_path):
    short, long = _found(_written(tmp_path / "posts.csv", b"id,author,text,date\n1,dana\n2,eve,hi,2026-03-02,more,more\n"))
    assert short.refused and long.raw.key == "2"


def test_an_mbox_gives_its_mails_with_their_from_lines_unquoted(tmp_path):
    box = mailbox.mbox(tmp_path / "inbox.mbox")
    box.add(DANA)
    box.add(EVE.replace(b"From here", b"From there"))
    box.close()
    mails = [p.raw.body.replace(b"\r\n", b"\n") for p in _found(tmp_path / "inbox.mbox")]
    assert [m.split(b"\n")[0] for m in mails] == [b"From: Dana <dana@example.org>", b"From: Eve <eve@example.org>"]
    assert b"\nFrom there on" in mails[1]


def test_one_mail_in_a_file_is_one_delivery(tmp_path):
    [piece] = _found(_written(tmp_path / "late.eml", DANA))
    assert (piece.raw.body, piece.raw.content_type) == (DANA, "message/rfc822")


def test_a_mail_without_a_telling_name_is_known_by_its_headers(tmp_path):
    assert sources.skim(_written(tmp_path / "1234.abcd", EVE)).format == "mail"


def test_a_maildir_gives_new_and_read_mails_and_leaves_unfinished_ones(tmp_path):
    box = mailbox.Maildir(tmp_path / "box")
    box.add(DANA)
    _written(tmp_path / "box" / "cur" / "1.host:2,S", EVE)
    _written(tmp_path / "box" / "tmp" / "2.host", b"half a ma")
    found = [p for file in sources.files_in(tmp_path / "box") for p in _found(file)]
    assert sorted(p.raw.body.split(b"\n")[0].rstrip() for p in found) == [
        b"From: Dana <dana@example.org>",
        b"From: Eve <eve@example.org>",
    ]


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_gives_every_mail_in_it_and_never_writes_a_path(tmp_path, mode):
    path = tmp_path / ("mails.tar.gz" if mode == "w:gz" else "mails.tar")
    with tarfile.open(path, mode) as tar:
        for name, mail in (("../../evil/1.txt", DANA), ("ham/2.txt", b"From eve Thu Aug 22 12:36:23 2002\n" + EVE)):
            member = tarfile.TarInfo(name)
            member.size = len(mail)
            tar.addfile(member, io.BytesIO(mail))
    assert [p.raw.body for p in _found(path)] == [DANA, EVE]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.bin", b"\x00\x01\x02", "neither"),
        ("a.txt", b"", "empty"),
        ("a.json", b"[1]", "array"),
        ("a.jsonl", b"{nothing\n", "no line"),
    ],
)
def test_a_file_that_holds_no_voices_is_named_and_refused(tmp_path, name, content, says):
    with pytest.raises(sources.NotUnderstood, match=says):
        sources.skim(_written(tmp_path / name, content))


def test_an_endless_line_is_refused_without_filling_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "LONGEST_LINE", 1000)
    found = _found(_written(tmp_path / "posts.jsonl", ROWS + b'{"text": "' + b"x" * 5000 + b'"}\n' + ROWS))
    assert [bool(p.refused) for p in found] == [False, False, True, False, False]


def test_equal_rows_without_an_id_are_one_delivery(tmp_path):
    row = b'{"author": "dana", "text": "hi", "date": "2026-03-02"}\n'
    one, again = _found(_written(tmp_path / "posts.jsonl", row + row))
    assert one.raw.key == again.raw.key

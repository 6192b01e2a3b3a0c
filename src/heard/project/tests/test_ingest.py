"""Files come in through `heard ingest`: counted truly, as often as one likes (threat 57)."""

import argparse
import gzip
import json
from pathlib import Path

import pytest

from heard.listening import imports
from heard.listening.channels.file import shape, sources
from heard.listening.models import ChannelAccount, Delivery, Interaction
from heard.project import ingest as command
from heard.project.ingest import ingest
from heard.project.worker import drain
from heard.routing.models import Conversation, Disposition, Entry

pytestmark = pytest.mark.django_db


def _row(id_: str, author: str, text: str, **more) -> dict:
    return {"tweet_id": id_, "author_id": author, "text": text, "created_at": "Tue Oct 31 22:10:35 +0000 2017", **more}


@pytest.fixture
def posts(tmp_path) -> Path:
    rows = [
        _row("1", "dana", "@acme my phone is dead, please help", inbound="True", conversation="1"),
        _row(
            "2", "acme", "@dana We are sorry. Which model is it?", inbound="False", in_response_to_tweet_id="1", conversation="1"
        ),
        _row("3", "eve", "@acme my bill is wrong again", inbound="True", conversation="3"),
    ]
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(
        gzip.compress("\n".join(json.dumps(r) for r in rows).encode() + b'\n{"tweet_id": "4", "text": "who?"}\nnot json\n')
    )
    return path


def _told(counts) -> tuple[int, int, int, int]:
    return counts.read, counts.new, counts.doubled, counts.refused


def test_everything_that_was_read_is_new_doubled_or_refused_with_a_reason(posts):
    counts = ingest(posts)
    assert _told(counts) == (5, 3, 0, 2)
    assert [why[:17] for why in sorted(counts.reasons)] == ["not a JSON object", "the author is mis"]
    assert counts.examples[0] == "posts.jsonl.gz:4: the author is missing"
    assert ChannelAccount.objects.get().name == "posts"


def test_a_second_run_brings_nothing_new(posts):
    ingest(posts)
    assert _told(ingest(posts)) == (5, 0, 3, 2)
    assert Delivery.objects.count() == 3 and ChannelAccount.objects.count() == 1


def test_a_dry_run_counts_the_same_and_writes_nothing(posts):
    assert _told(ingest(posts, dry_run=True)) == (5, 3, 0, 2)
    assert not ChannelAccount.objects.exists()
    ingest(posts, limit=2)
    assert _told(ingest(posts, dry_run=True)) == (5, 1, 2, 2)
    assert Delivery.objects.count() == 2


def test_a_dry_run_counts_doubles_within_the_file_like_a_true_one(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "BATCH", 2)
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(json.dumps(_row(str(n % 3), "dana", f"words {n % 3}")) + "\n" for n in range(9)))
    assert _told(ingest(path, dry_run=True)) == _told(ingest(path)) == (9, 3, 6, 0)


def test_the_threads_of_an_export_are_conversations_with_our_answers_in_them(posts):
    ingest(posts)
    drain()
    assert Interaction.objects.filter(direction="outbound").get().text.startswith("@dana We are sorry")
    assert Conversation.objects.count() == 2
    answered = Entry.objects.get(interaction__external_id="1").conversation_id
    assert Entry.objects.get(interaction__external_id="2").conversation_id == answered
    assert Disposition.objects.get(interaction__external_id="1").outcome == "answered"
    assert Disposition.objects.get(interaction__external_id="3").outcome == "waiting"


MAIL = b"From: Dana <dana@example.org>\r\nTo: help@acme.example\r\nMessage-ID: <%d@example.org>\r\nDate: Mon, 02 Mar 2026 08:30:00 +0000\r\nSubject: Late\r\n\r\nWhere is my parcel? Please help.\r\n"


@pytest.fixture
def mails(tmp_path) -> Path:
    folder = tmp_path / "old mail"
    folder.mkdir()
    (folder / "a.eml").write_bytes(MAIL % 1)
    (folder / "b.mbox").write_bytes(
        b"From dana Mon Mar  2 08:30:00 2026\n" + MAIL % 2 + b"\nFrom dana Mon Mar  2 08:30:00 2026\n" + MAIL % 1
    )
    (folder / "notes.bin").write_bytes(b"\x00")
    return folder


def test_a_folder_of_mails_is_read_file_by_file_and_a_mail_twice_is_one_voice(mails):
    assert _told(ingest(mails)) == (3, 2, 1, 0)
    drain()
    assert sorted(Interaction.objects.values_list("external_id", flat=True)) == ["1@example.org", "2@example.org"]
    assert not Delivery.objects.filter(state="quarantined").exists()


def test_old_mails_may_go_to_the_mailbox_they_belong_to_and_rows_may_not(mails, posts):
    box = ChannelAccount.objects.create(kind="email", name="Support", address="help@acme.example")
    assert _told(ingest(mails, account="Support")) == (3, 2, 1, 0)
    assert set(Delivery.objects.values_list("account_id", flat=True)) == {box.pk}
    with pytest.raises(imports.WrongAccount):
        ingest(posts, account="Support")


def test_mails_from_our_own_address_are_ours(mails):
    ingest(mails, address="dana@example.org")
    drain()
    assert set(Interaction.objects.values_list("direction", flat=True)) == {"outbound"}


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", sources.NotUnderstood), (b"\x00\x00", sources.NotUnderstood), (b'{"a": 1}\n', shape.BadMapping)],
)
def test_a_file_that_cannot_be_read_leaves_nothing_behind(tmp_path, content, error):
    path = tmp_path / "x.dat"
    path.write_bytes(content)
    with pytest.raises(error):
        ingest(path)
    assert not ChannelAccount.objects.exists()


@pytest.fixture
def run(capsys):
    def go(*args: str) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        status = command.run(parser.parse_args(args))
        return status, *capsys.readouterr()

    return go


def test_the_command_says_what_it_takes_each_column_for_and_what_it_counted(run, posts):
    status, out, err = run(str(posts), "--account", "Phones")
    assert status == 0
    assert "author_id ← author_id" in err and "visibility =public" in err
    assert [line.split() for line in out.splitlines()[:4]] == [["read", "5"], ["new", "3"], ["doubled", "0"], ["refused", "2"]]
    assert ChannelAccount.objects.get().name == "Phones"


def test_the_command_takes_columns_and_constants_as_told(run, tmp_path):
    path = tmp_path / "anrufe.csv"
    path.write_text("wer;was;wann\n+43 1 234;Leitung tot;02.03.2026 08:30\n")
    args = [
        "--map",
        "author_id=wer",
        "--map",
        "text=was",
        "--map",
        "occurred_at=wann",
        "--map",
        "network==phone",
        "--map",
        "kind==call",
    ]
    status, out, _ = run(str(path), *args)
    drain()
    voice = Interaction.objects.select_related("identity").get()
    assert (status, voice.kind, voice.identity.network, voice.text) == (0, "call", "phone", "Leitung tot")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--map", "text"], "FIELD=COLUMN"),
        (["--map", "color=red"], "no field 'color'"),
        (["--map", "text="], "--map text=COLUMN"),
    ],
)
def test_a_mapping_that_cannot_work_is_explained_and_nothing_is_read(run, posts, args, says):
    status, out, err = run(str(posts), *args)
    assert (status, out) == (2, "") and says in err


def test_a_path_that_is_not_there_is_said_plainly(run, tmp_path):
    status, _, err = run(str(tmp_path / "nothing"))
    assert status == 2 and "does not exist" in err


def test_what_is_left_out_of_a_folder_is_named(run, mails):
    assert "left out: notes.bin" in run(str(mails))[2]

"""Files on replies: kept with the draft, limited in words, sent with the words, shown on what went out; threats 11 to 16."""

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from msgspec.structs import replace

from heard.engagement import actions, selectors
from heard.engagement.models import DraftFile, Utterance
from heard.governance.models import AuditLine
from heard.governance.permissions import NotAllowed
from heard.kernel.clock import now
from heard.listening import accounts
from heard.listening.models import Attachment
from tests.support.testnet import TestnetAdapter

PNG = b"\x89PNG not really"


class Enclosing(TestnetAdapter):
    kind = "enclosing"
    label = "Enclosing"
    capabilities = replace(TestnetAdapter.capabilities, attachments=True, max_attachment_bytes=1000)

    def render(self, message, account):
        parts = super().render(message, account) or [self._bare(message)]
        return [replace(parts[0], attachments=message.attachments), *parts[1:]]

    def _bare(self, message):
        return super().render(replace(message, text="."), account=None)[0]


@pytest.fixture
def talk(testnet, monkeypatch, dana_writes, settings, tmp_path):
    settings.FILES = tmp_path
    monkeypatch.setitem(accounts.adapters(), "enclosing", Enclosing(testnet))
    return dana_writes(kind="enclosing")


def _add(viewer, talk, name="photo.png", data=PNG):
    return actions.add_file(viewer, talk.conversation_id, name=name, size_bytes=len(data), read=lambda: data)


def _say(viewer, talk, text="See the photo.", **changes):
    usual = {"account_id": talk.account_id, "identity_id": talk.identity_id, "visibility": "private", "request_key": "click"}
    return actions.send_reply(viewer, talk.conversation_id, text=text, **(usual | changes))


def _names(viewer, talk):
    return [file.name for file in selectors.files_of_draft(viewer, talk.conversation_id)]


def test_a_file_goes_out_with_its_bytes_and_is_no_draft_any_more(alice, seen_by, talk, testnet):
    viewer = seen_by(alice)
    file = _add(viewer, talk)
    actions.save_draft(viewer, talk.conversation_id, mode="reply", text="See", version=0, alts={file: "A router, its light red"})
    _say(viewer, talk)
    actions.work_off(worker="w", now=now())
    [(_, part)] = testnet.taken
    [sent] = part.attachments
    assert (sent.name, sent.data, sent.alt, sent.content_type) == ("photo.png", PNG, "A router, its light red", "image/png")
    assert _names(viewer, talk) == []
    assert [said.files for said in selectors.utterances_of(viewer, talk.conversation_id)] == [["photo.png"]]


def test_a_file_that_is_gone_from_our_disk_is_said_and_nothing_is_sent(alice, seen_by, talk, testnet, settings, tmp_path):
    _add(seen_by(alice), talk)
    _say(seen_by(alice), talk)
    settings.FILES = tmp_path / "elsewhere"
    actions.work_off(worker="w", now=now())
    [said] = selectors.utterances_of(seen_by(alice), talk.conversation_id)
    assert (said.state, said.error) == ("failed", "photo.png is not on our disk any more; attach it again")
    assert testnet.taken == []


def test_the_bytes_are_in_no_row_of_ours(alice, seen_by, talk):
    _add(seen_by(alice), talk)
    _say(seen_by(alice), talk)
    [file] = Utterance.objects.get().part["attachments"]
    assert (file["data"], file["url"][:5]) == (None, "kept:")


def test_a_file_alone_is_a_reply(alice, seen_by, talk):
    _add(seen_by(alice), talk)
    assert _say(seen_by(alice), talk, text="")


def test_what_was_taken_out_does_not_go_out_unless_it_is_brought_back(alice, seen_by, talk):
    viewer = seen_by(alice)
    first, second = _add(viewer, talk, "one.png"), _add(viewer, talk, "two.png")
    actions.remove_file(viewer, first)
    assert _names(viewer, talk) == ["two.png"]
    actions.bring_back_file(viewer, first)
    actions.remove_file(viewer, second)
    assert _names(viewer, talk) == ["one.png"]
    verbs = AuditLine.objects.filter(verb__startswith="reply.").order_by("id").values_list("verb", flat=True)
    removed = ["reply.remove_file", "reply.bring_back_file", "reply.remove_file"]
    assert list(verbs) == ["reply.add_file", "reply.add_file", *removed]


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("offer.exe", 10, "is a program or a page"),
        ("pay.html", 10, "is a program or a page"),
        ("picture.svg", 10, "is a program or a page"),
        ("hidden.e\u200bxe", 10, "is a program or a page"),
        ("empty.png", 0, "is empty"),
        ("film.mp4", 30_000_000, "has 30 MB; a file may have 25 MB"),
    ],
)
def test_what_may_not_go_says_why_and_is_not_even_read(alice, seen_by, talk, name, size, words):
    with pytest.raises(actions.CannotAttach, match=words):
        actions.add_file(seen_by(alice), talk.conversation_id, name=name, size_bytes=size, read=_never)


def _never():
    raise AssertionError("it was read")


def test_a_reply_takes_five_files(alice, seen_by, talk):
    viewer = seen_by(alice)
    first = [_add(viewer, talk, f"{n}.png") for n in range(5)][0]
    with pytest.raises(actions.CannotAttach, match="takes 5 files"):
        _add(viewer, talk, "6.png")
    actions.remove_file(viewer, first)
    _add(viewer, talk, "6.png")
    with pytest.raises(actions.CannotAttach, match="takes 5 files"):
        actions.bring_back_file(viewer, first)


def test_a_name_is_no_path(alice, seen_by, talk):
    _add(seen_by(alice), talk, "../../etc/passwd")
    assert _names(seen_by(alice), talk) == ["passwd"]


def test_a_network_without_files_or_with_smaller_ones_says_so(alice, seen_by, talk, dana_writes):
    _add(seen_by(alice), talk, data=b"x" * 1001)
    with pytest.raises(actions.CannotSend, match="larger than Our enclosing takes"):
        _say(seen_by(alice), talk)
    bare = dana_writes()
    _add(seen_by(alice), bare)
    with pytest.raises(actions.CannotSend, match="takes no files"):
        _say(seen_by(alice), bare)


def test_files_are_their_authors_own(alice, sam, vera, bea, seen_by, talk):
    file = _add(seen_by(alice), talk)
    with pytest.raises(ObjectDoesNotExist):
        actions.remove_file(seen_by(sam), file)
    with pytest.raises(NotAllowed):
        _add(seen_by(vera), talk)
    with pytest.raises(ObjectDoesNotExist):
        _add(seen_by(bea), talk)
    assert _names(seen_by(sam), talk) == []
    assert DraftFile.objects.count() == 1


def test_personal_data_in_a_description_is_held_like_words(alice, seen_by, testnet, monkeypatch, dana_writes, settings, tmp_path):
    settings.FILES = tmp_path
    monkeypatch.setitem(accounts.adapters(), "enclosing", Enclosing(testnet))
    talk, viewer = dana_writes(kind="enclosing", visibility="public"), seen_by(alice)
    file = _add(viewer, talk)
    alts = {file: "Card 4111 1111 1111 1111"}
    actions.save_draft(viewer, talk.conversation_id, mode="reply", text="See", version=0, alts=alts)
    with pytest.raises(actions.Held, match="does not go out in public"):
        _say(viewer, talk, visibility="public")


# ── On the page ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _upload(client, talk, *files):
    return client.post(
        reverse("engagement:add_files", args=[talk.conversation_id]), {"files": [SimpleUploadedFile(*f) for f in files]}
    )


def test_files_survive_a_reload_and_a_refused_one_says_why(alice, browser, talk):
    client = browser(alice)
    answer = _upload(client, talk, ("photo.png", PNG), ("virus.exe", b"MZ")).content.decode()
    assert "virus.exe is a program" in answer
    page = client.get(reverse("routing:conversation", args=[talk.conversation_id])).content.decode()
    assert "photo.png" in page.split("data-files")[1]


def test_removing_offers_an_undo(alice, browser, talk):
    client = browser(alice)
    _upload(client, talk, ("photo.png", PNG))
    address, file = reverse("engagement:change_files", args=[talk.conversation_id]), DraftFile.objects.get().pk
    assert b"photo.png does not go out" in client.post(address, {"remove": file}).content
    assert b"data-file>" in client.post(address, {"bring_back": file}).content


def test_what_we_sent_is_a_download_for_those_who_see_the_conversation(alice, bea, browser, seen_by, talk):
    _add(seen_by(alice), talk, "plan.pdf", b"%PDF")
    _say(seen_by(alice), talk)
    address = reverse("engagement:file", args=[Utterance.objects.get().pk])
    answer = browser(alice).get(address)
    assert b"".join(answer.streaming_content) == b"%PDF"
    assert answer["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert browser(bea).get(address).status_code == 404
    assert browser(alice).get(address, {"number": 2}).status_code == 404


def test_the_file_stands_on_what_became_of_it(alice, seen_by, talk):
    _add(seen_by(alice), talk)
    _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    assert list(Attachment.objects.values_list("name", "size_bytes")) == [("photo.png", len(PNG))]

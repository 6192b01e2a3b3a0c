"""Ottilie Quagmire, who is known in every corner of the house: by mail, by phone and on a public network, with orders, files,
answers, notes, drafts, visits, things told to other systems and errors in her name. And Eve, who writes about her and stays."""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.wire import at, delivery, person, poison, said

MAIL, PHONE, HANDLE, NAME = "ottilie@quagmire.example", "+436607654321", "otti_q", "Ottilie Quagmire"
ADDRESSES = (MAIL, "6607654321", HANDLE, "quagmire.example/photo")
WORDS = ("Zubenelgenubi", *ADDRESSES, NAME)  # the star stands in everything she says: no word of hers may stay
FILE = b"%PDF Zubenelgenubi invoice"


@dataclass(frozen=True)
class Quagmire:
    """Ids. `eve_says` is a voice of Eve in which Ottilie is named."""

    customer: int
    identities: tuple[int, ...]
    account: int
    conversation: int
    eve_says: int
    eve: int
    files: Path

    def traces(self) -> dict[str, set[str]]:
        """{table or folder: which of WORDS stand in it}: every column of every row, whatever the models say."""
        return {where: found for where, text in _everything(self.files).items() if (found := {w for w in WORDS if _in(w, text)})}


def _in(word: str, text: str) -> bool:
    return word.lower() in text.lower()


def _everything(files: Path) -> dict[str, str]:
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = "\n".join(_as_text(value) for row in cursor.fetchall() for value in row)
    found["files"] = "\n".join(f.read_bytes().decode("utf-8", "replace") for f in sorted(files.rglob("*")) if f.is_file())
    return found


def _as_text(value) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)


@pytest.fixture
def quagmire(wire, arrive, ada, alice, seen_by, care, settings, tmp_path) -> Quagmire:
    from heard.governance import audit
    from heard.identity import actions as identity
    from heard.identity.models import Face
    from heard.kernel import outbox, stream
    from heard.kernel.clock import now
    from heard.listening.models import Interaction
    from heard.routing.models import Entry

    settings.FILES = tmp_path / "files"
    settings.FILES.mkdir()
    account = wire("Open line", team=care)
    _speak(account, arrive)
    voices = {v.external_id: v for v in Interaction.objects.all()}
    theirs = [voices[f"o-{n}"].identity_id for n in (1, 2, 3)]
    for other in theirs[1:]:
        identity.link(seen_by(ada), theirs[0], other, why=f"{NAME} told us that {PHONE} is hers")
    customer = Face.objects.get(identity_id=theirs[0]).customer_id
    talk = Entry.objects.get(interaction=voices["o-1"]).conversation
    _answer(account, talk, voices, theirs[0], alice)
    _record(theirs[0])
    _spread(account, voices)
    stream.publish(stream.News("conversation", {"id": talk.pk, "from": MAIL}))
    outbox.tell("nobody.listens", address=MAIL)
    audit.note(seen_by(ada), "customer.rename", "customer", customer, name=NAME)
    for file in settings.FILES.rglob("*"):
        if file.is_file():
            os.utime(file, times=((now() - timedelta(days=1)).timestamp(),) * 2)
    return Quagmire(
        customer=customer,
        identities=tuple(theirs),
        account=account,
        conversation=talk.pk,
        eve_says=voices["e-1"].pk,
        eve=Face.objects.get(identity_id=voices["e-1"].identity_id).customer_id,
        files=settings.FILES,
    )


def _speak(account: int, arrive) -> None:
    """She writes, calls and posts; a friend names her; what is broken names her too."""
    from heard.listening.channels.contract import Edited, File, Reacted

    mail = person(NAME, network="email").__class__(network="email", external_id=MAIL, handle=MAIL, name=NAME, verified=True)
    phone = mail.__class__(network="phone", external_id=PHONE, name=NAME)
    public = mail.__class__(
        network="wire",
        external_id=HANDLE,
        handle=f"@{HANDLE}",
        name=NAME,
        profile_url=f"https://wire.example/{HANDLE}",
        avatar_url="https://quagmire.example/photo.png",
    )
    eve = person("Eve")
    invoice = File(name="Zubenelgenubi.pdf", content_type="application/pdf", data=FILE)
    arrive(
        account,
        delivery(said("o-1", mail, f"Zubenelgenubi broke, please help. {NAME}", subject="Zubenelgenubi", attachments=(invoice,))),
        delivery(said("o-2", phone, "Zubenelgenubi again, can you call me?", kind="call", minute=5)),
        delivery(said("o-3", public, "Zubenelgenubi! https://blog.example/zubenelgenubi", visibility="public", minute=9)),
        delivery(said("e-1", eve, f"My friend {NAME} (@{HANDLE}, 0660 765 43 21) has it too, please help me.", minute=10)),
        delivery(said("e-2", eve, "And what about me?", minute=11)),
        delivery(Edited(target="o-1", text="Zubenelgenubi is still broken", occurred_at=at(12), version="2")),
        delivery(Reacted(target="e-1", author=public, reaction="like", occurred_at=at(13))),
        poison(f"zubenelgenubi-{MAIL}"),
    )
    arrive(
        account, poison("about-her").__class__(key="about-her", body=f"\xff From: <{MAIL}>".encode("latin-1"), received_at=at(0))
    )


def _answer(account: int, talk, voices, to_id: int, alice) -> None:
    """What colleagues wrote to her and about her, sent and not sent."""
    from heard.engagement.models import Draft, DraftFile, Hiding, InternalNote, Reply, Utterance
    from heard.kernel.clock import now
    from heard.listening.files import keep_file
    from heard.listening.models import Identity, Interaction
    from heard.routing.models import Entry

    eves_talk = Entry.objects.get(interaction=voices["e-1"]).conversation
    ours = Identity.objects.create(
        network="wire", external_id="acme", handle="@acme", is_ours=True, first_seen_at=now(), profile_at=now()
    )
    answer = Interaction.objects.create(
        account_id=account,
        external_id="us-1",
        identity=ours,
        direction="outbound",
        kind="message",
        visibility="private",
        occurred_at=at(20),
        received_at=at(20),
        text=f"Dear {NAME}, Zubenelgenubi is being mended.",
    )
    Entry.objects.create(conversation=talk, interaction=answer, occurred_at=at(20))
    reply = Reply.objects.create(
        conversation=talk,
        member=alice,
        account_id=account,
        to_id=to_id,
        answers=voices["o-1"],
        text=answer.text,
        visibility="private",
        written_at=at(20),
        request_key="r",
    )
    part = {"text": answer.text, "to": MAIL}
    Utterance.objects.create(
        reply=reply, part=part, idem="u", state="sent", interaction=answer, due_at=at(20), error=f"550 {MAIL}"
    )
    draft = Draft.objects.create(conversation=talk, member=alice, text=f"Dear {NAME}", saved_at=at(21))
    sha256 = keep_file(b"Zubenelgenubi estimate")
    DraftFile.objects.create(draft=draft, name=f"{NAME}.pdf", content_type="application/pdf", size_bytes=1, sha256=sha256)
    InternalNote.objects.create(conversation=talk, member=alice, text=f"{NAME} is Zubenelgenubi", written_at=at(22))
    InternalNote.objects.create(conversation=eves_talk, member=alice, text=f"See {NAME}, {MAIL}: same thing", written_at=at(22))
    Hiding.objects.create(interaction=voices["o-3"], is_hidden=True, member=alice, at=at(23))


def _record(identity_id: int) -> None:
    """What other systems tell of her, and where she went on a site."""
    from heard.identity.models import ImportBatch, ImportChange, Order, PageView, Record, Site, Trait, Visit

    Trait.objects.create(identity_id=identity_id, field="street", value="Zubenelgenubi Lane 1", source="import 1", seen_at=at(0))
    batch = ImportBatch.objects.create(source="shop", kind="order", file_name=f"{MAIL}.csv", started_at=at(0))
    told = {"source": "shop", "identity_id": identity_id, "digest": "d", "told_at": at(0)}
    Record.objects.create(external_id=f"c-{MAIL}", **told)
    order = Order.objects.create(external_id="o-9", number="Zubenelgenubi-9", placed_at=at(0), note=NAME, **told)
    ImportChange.objects.create(batch=batch, kind="order", row=order.pk, before={"note": "Zubenelgenubi before"})
    site = Site.objects.create(key="s", name="Shop", made_at=at(0))
    visit = Visit.objects.create(site=site, key="v", identity_id=identity_id, agreed_at=at(0), started_at=at(0), last_at=at(0))
    PageView.objects.create(visit=visit, key="p", url="https://acme.example/zubenelgenubi", detail="Zubenelgenubi", at=at(0))


def _spread(account: int, voices) -> None:
    """Where traces of her end up besides."""
    from heard.governance.models import WebhookEndpoint, WebhookMessage
    from heard.kernel.clock import now
    from heard.listening.models import HealthChange, LinkedSource, SentStatus, SourceOf

    source = LinkedSource.objects.get(url__contains="zubenelgenubi") if LinkedSource.objects.exists() else None
    if source is None:
        source = LinkedSource.objects.create(key="k", url="https://blog.example/zubenelgenubi", due_at=now())
        SourceOf.objects.create(source=source, interaction=voices["o-3"])
    LinkedSource.objects.filter(pk=source.pk).update(text=f"Zubenelgenubi, by {NAME}")
    SentStatus.objects.create(
        account_id=account, target="us-1", status="failed", reason=f"no such user {MAIL}", occurred_at=at(24)
    )
    HealthChange.objects.create(account_id=account, at=at(25), condition="failing", cause=f"550 5.1.1 <{MAIL}> unknown")
    endpoint = WebhookEndpoint.objects.create(url="https://crm.example", name="CRM", events=[], sealed_secrets="")
    WebhookMessage.objects.create(
        endpoint=endpoint,
        key="w",
        event="case.opened",
        body=f'{{"customer": "{NAME}", "from": "{MAIL}"}}',
        made_at=now(),
        due_at=now(),
    )

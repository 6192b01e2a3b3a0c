"""What a mail costs from the IMAP server to a searchable conversation, and what becomes of each mail of a set.

    .venv/bin/python bench/mail.py [--data PATH] [--mails N] [--store sqlite|postgres] [--quick]

PATH is a folder, an mbox, or a tar(.gz) of mails; without it they are made. They lie in a mailbox of a Dovecot of our own
(which needs root), from where the product's own adapter fetches them by IMAP, and its own worker walks them the whole way
into a fresh store; nothing is stubbed. The baseline is django-helpdesk, run in the same minute, whose `get_email` takes the
first of the same mails from a local folder: no network is in its figure. The last line is one JSON object:

value           CPU of this process per mail, in ms; Dovecot's own is not in it     baseline   the same of django-helpdesk
fetch_cpu_ms    of `value`, what IMAP and keeping the mail raw cost                 mails_per_s  on the clock of the wall
parse_cpu_ms    of `value`, what reading the mail costs, measured alone
n               mails found (files that begin with a header field or an mbox line)
accepted        walked to the end
quarantined     set aside with a reason; `reasons` counts them
crashed         of these, set aside by an exception that is not a deliberate refusal
written_down    interactions; equal to accepted, less the mails that came twice to the byte (`doubles`)
searched        mails of which some words were asked of the search page, and the mail was found
same_message_id mails whose Message-ID another mail of the set has too
threaded_right  mails with a reply link into the set that stand where the threading rule puts them
threaded_wrong  the others; the rule is judged from outside, with the standard library's reading of the headers:
                a. when the reply links lead, over whomever, back to an earlier mail of the same author, both share one
                   conversation (or both have none: chatter, nothing to answer);
                b. nobody else's mails are in it, also not those of the person it answers: a stranger who quotes an id
                   does not enter. For `first_of_author` of them, with no own mail up the links, this alone is asked.
strangers_mixed conversations that hold mails of two authors, over all mails, linked or not
baseline_took   mails that django-helpdesk made a ticket or a follow-up of, of the `baseline_given` that it was given
"""

import argparse
import os
import re
import resource
import shutil
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from mail_threads import Facts, judged
from report import say
from store import fresh_house

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.servers.mail import MailServer

QUICK = 200
MADE = 2000
BASELINE_MAILS = 300
WARM = 20
SEARCHED = 100
GOAL_MS = 2
ADDRESS = "support@heard.example"
_LOOKS_LIKE_MAIL = re.compile(rb"\s*(?:>?From |[!-9;-~]{2,60}[ \t]*:)")
_MBOX_SPLIT = re.compile(rb"(?m)^From .+\r?\n")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path)
    options.add_argument("--mails", type=int, help="the first so many only")
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--quick", action="store_true", help=f"the first {QUICK} mails only, and no baseline: it is fetched")
    given = options.parse_args()
    found = mails_of(given.data) if given.data else made_mails(0, MADE)
    mails = [raw for raw in found if _LOOKS_LIKE_MAIL.match(raw)][: QUICK if given.quick else given.mails]
    baseline = {"baseline": None} if given.quick else baseline_of(mails[:BASELINE_MAILS])
    os.environ["HEARD_ALLOW_PRIVATE_ADDRESSES"] = "true"  # the mail server is on this machine
    with imap_server() as server, fresh_house(given.store):
        measured = measure(server, mails)
    say("mail", measured.pop("cpu_ms"), "ms CPU", goal=GOAL_MS, more_is_better=False, store=given.store, **baseline, **measured)


# ── The mails ───────────────────────────────────────────────────────────────────────────────────────────────────────


def mails_of(path: Path) -> Iterator[bytes]:
    if path.is_dir():
        for file in sorted(f for f in path.rglob("*") if f.is_file()):
            yield file.read_bytes()
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in sorted((m for m in archive.getmembers() if m.isfile()), key=lambda m: m.name):
                yield archive.extractfile(member).read()
    else:
        yield from _mbox(path.read_bytes())


def _mbox(data: bytes) -> Iterator[bytes]:
    starts = [
        m.start() for m in _MBOX_SPLIT.finditer(data) if m.start() == 0 or data[: m.start()].endswith((b"\n\n", b"\r\n\r\n"))
    ]
    if not starts:
        yield data
    for start, stop in zip(starts, [*starts[1:], len(data)], strict=True):
        yield data[start:stop]


def made_mails(start: int, count: int) -> Iterator[bytes]:
    """Of three mails one answers the author's own before it; a third has HTML beside the words, a twentieth a picture."""
    for n in range(start, start + count):
        mail, author = EmailMessage(policy=SMTP), n - (n % 3 == 1)
        mail["From"], mail["To"] = f"Customer {author} <customer{author}@home.example>", ADDRESS
        mail["Date"] = f"Mon, 5 Jan 2026 {6 + n // 3600 % 12:02}:{n // 60 % 60:02}:{n % 60:02} +0000"
        mail["Message-ID"] = f"<mail-{n}@home.example>"
        mail["Subject"] = f"{'Re: ' if n % 3 == 1 else ''}Order {author}: router does not work"
        if n % 3 == 1:
            mail["In-Reply-To"] = mail["References"] = f"<mail-{n - 1}@home.example>"
        words = (
            f"Hello,\n\nmy router of order {author} has been down since Monday, reference number{n}. " + "Please help me. " * 20
        )
        mail.set_content(words + "\n\nGrüße, a customer\n")
        if n % 3 == 0:
            mail.add_alternative(f"<html><body><p>{words}</p><p>Grüße, <b>a customer</b></p></body></html>", subtype="html")
        if n % 20 == 0:
            mail.add_attachment(b"\x89PNG" + bytes(3000), maintype="image", subtype="png", filename=f"router{n}.png")
        yield mail.as_bytes()


# ── The mailbox ─────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def imap_server() -> Iterator[MailServer]:
    server = MailServer().start()
    try:
        yield server
    finally:
        server.stop()


def lay_down(server: MailServer, address: str, mails: Sequence[bytes]) -> None:
    """As they are, into the mailbox of `address`, in this order: delivering them would write lines into their heads."""
    box = server.home / "mail" / address
    for name in ("", "cur", "new", "tmp"):
        (box / name).mkdir()
        shutil.chown(box / name, "mail", "mail")
    for n, raw in enumerate(mails):
        file = box / "cur" / f"{1_700_000_000 + n}.M{n}P1.bench:2,"
        file.write_bytes(raw)
        shutil.chown(file, "mail", "mail")


def connected(server: MailServer, address: str) -> int:
    """The id of an account that reads the mailbox of `address`."""
    from heard.governance.permissions import HEARD
    from heard.listening.actions import connect

    return connect(HEARD, kind="email", name=address, address=address, **server.account(address))


# ── The journey ─────────────────────────────────────────────────────────────────────────────────────────────────────


def measure(server: MailServer, mails: Sequence[bytes]) -> dict:
    from django.db import connection

    from heard.listening.actions import pull
    from heard.project.worker import drain
    from heard.routing.actions import seed_queues

    seed_queues()
    fetch_and_walk(server, "warm@heard.example", list(made_mails(10**6, WARM)))  # what is loaded once is no mail's cost
    lay_down(server, ADDRESS, mails)
    account_id = connected(server, ADDRESS)
    began, cpu_began = time.perf_counter(), time.process_time()
    while pull(account_id):
        continue
    fetched_s = time.process_time() - cpu_began
    drain()
    cpu_s, seconds = time.process_time() - cpu_began, time.perf_counter() - began
    counted = counts(account_id, mails)
    connection.close()
    return {
        "cpu_ms": cpu_s / len(mails) * 1000,
        "fetch_cpu_ms": round(fetched_s / len(mails) * 1000, 3),
        "parse_cpu_ms": round(parse_seconds(mails[:1000]) * 1000, 3),
        "mails_per_s": round(len(mails) / seconds),
        "n": len(mails),
        **counted,
        **judged(mails),
    }


def fetch_and_walk(server: MailServer, address: str, mails: Sequence[bytes]) -> None:
    from heard.listening.actions import pull
    from heard.project.worker import drain

    lay_down(server, address, mails)
    assert pull(connected(server, address)) == len(mails)
    drain()


def counts(account_id: int, mails: Sequence[bytes]) -> dict:
    """What became of each mail. No figure when one was lost on the way, or cannot be found."""
    from heard.listening.models import ChannelAccount, Delivery, Interaction

    account = ChannelAccount.objects.get(pk=account_id)
    assert account.state == ChannelAccount.State.OK, account.last_error
    came = Delivery.objects.filter(account_id=account_id)
    reasons = Counter(came.filter(state=Delivery.State.QUARANTINED).values_list("reason", flat=True))
    doubles = len(mails) - len({raw.replace(b"\r\n", b"\n") for raw in mails})
    assert came.count() == len(mails) - doubles, "a mail was lost, or came twice"
    ids = Counter(Facts(raw).message_id for raw in mails)
    return {
        "accepted": came.filter(state=Delivery.State.WALKED).count() + doubles,
        "quarantined": sum(reasons.values()),
        "reasons": dict(reasons),
        "crashed": sum(count for reason, count in reasons.items() if "Unreadable" not in reason),
        "written_down": Interaction.objects.filter(account_id=account_id).count(),
        "searched": searched(account_id),
        "doubles": doubles,
        "same_message_id": sum(count for id_, count in ids.items() if id_ and count > 1),
    }


def searched(account_id: int) -> int:
    """Of so many mails, evenly chosen: the words that a person would ask for lead to the mail."""
    from heard.governance.permissions import HEARD
    from heard.listening.models import Interaction
    from heard.listening.selectors import search

    rows = Interaction.objects.filter(account_id=account_id).order_by("id").values_list("id", "text")
    wordy = [(id_, words) for id_, text in rows if len(words := re.findall(r"\b[a-z]{4,12}\b", text)) > 3]
    asked = wordy[:: max(1, len(wordy) // SEARCHED)][:SEARCHED]
    for id_, words in asked:
        likely = " ".join(sorted(set(words), key=len)[-8:])
        assert id_ in search(HEARD, likely, limit=500), f"{likely!r} does not lead to the mail that says it"
    return len(asked)


def parse_seconds(mails: Sequence[bytes]) -> float:
    """CPU of reading one mail, alone."""
    from heard.listening.channels.contract import Account, RawEvent
    from heard.listening.channels.email.adapter import Adapter
    from heard.listening.channels.email.mime import Unreadable

    adapter, account = Adapter(), Account(id=1, kind="email", name="Mail", address=ADDRESS)
    raws = [RawEvent(key="k", body=body, content_type="message/rfc822") for body in mails]
    began = time.process_time()
    for raw in raws:
        try:
            adapter.normalise(raw, account)
        except Unreadable:
            continue
    return (time.process_time() - began) / max(1, len(raws))


# ── The comparable desk ─────────────────────────────────────────────────────────────────────────────────────────────


def baseline_of(mails: Sequence[bytes]) -> dict:
    """CPU of its whole process in ms, less what it uses to find an empty folder, for each mail that it took."""
    from baseline import helpdesk

    readable = [raw for raw in mails if is_utf8(raw)]  # at another it gives up, and at all that lie behind it
    with helpdesk.desk(tickets=100) as desk:
        idle_s = cpu_of_children(lambda: desk.run("get_email", "--quiet"))
        for n, raw in enumerate(readable):
            (desk.mailbox / f"{n:05}").write_bytes(raw)
        busy_s = cpu_of_children(lambda: desk.run("get_email", "--quiet"))
        took = len(readable) - len(list(desk.mailbox.iterdir()))
    fair = took > len(readable) / 2  # of mails made to be awkward it takes two, and then gives up
    return {
        "baseline": (busy_s - idle_s) / took * 1000 if fair else None,
        "baseline_took": took,
        "baseline_given": len(readable),
    }


def is_utf8(raw: bytes) -> bool:
    try:
        return bool(raw.decode())
    except UnicodeDecodeError:
        return False


def cpu_of_children(run) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()

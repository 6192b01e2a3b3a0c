"""How many mails of a set survive, how they are threaded, and what one costs.

    .venv/bin/python bench/mail.py --data PATH [--quick]

PATH is a folder, an mbox, or a tar(.gz) of mails. They are received into a fresh SQLite store and walked the whole way by
the product's own worker; nothing is stubbed. The last line is one JSON object:

n               mails found (files that begin with a header field or an mbox line)
accepted        walked to the end
quarantined     set aside with a reason; `reasons` counts them
crashed         of these, set aside by an exception that is not a deliberate refusal
threaded_right  mails with a reply link into the set that stand where the threading rule puts them
threaded_wrong  the others; the rule is judged from outside, with the standard library's reading of the headers:
                a. when the reply links lead, over whomever, back to an earlier mail of the same author, both share one
                   conversation (or both have none: chatter, nothing to answer);
                b. nobody else's mails are in it, also not those of the person it answers: a stranger who quotes an id
                   does not enter. For `first_of_author` of them, with no own mail up the links, this alone is asked.
strangers_mixed conversations that hold mails of two authors, over all mails, linked or not
same_message_id mails whose Message-ID another mail of the set has too
written_down    interactions; equal to accepted, less the mails that came twice to the byte (`doubles`)
cpu_ms_per_mail CPU of receiving and walking, of the whole process; parse_cpu_ms_per_mail the reading alone
"""

import argparse
import email
import email.message
import json
import os
import re
import sys
import tarfile
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path

QUICK = 300
PAGE = 200
_LOOKS_LIKE_MAIL = re.compile(rb"\s*(?:>?From |[!-9;-~]{2,60}[ \t]*:)")
_ID = re.compile(r"<([^<>\s]+)>")
_MBOX_SPLIT = re.compile(rb"(?m)^From .+\r?\n")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", required=True, type=Path)
    options.add_argument("--quick", action="store_true", help=f"the first {QUICK} mails only")
    given = options.parse_args()
    mails = [raw for raw in mails_of(given.data) if _LOOKS_LIKE_MAIL.match(raw)]
    mails = mails[:QUICK] if given.quick else mails
    with tempfile.TemporaryDirectory(prefix="heard-bench-") as home:
        print(json.dumps(measure(mails, home)))


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


# ── The journey ─────────────────────────────────────────────────────────────────────────────────────────────────────


def measure(mails: list[bytes], home: str) -> dict:
    account_id = _fresh_store(home)
    from heard.listening.actions import receive
    from heard.listening.channels.contract import RawEvent
    from heard.listening.channels.email.incoming import key_of
    from heard.listening.models import Delivery, Interaction
    from heard.project.worker import drain

    raws = [RawEvent(key=key_of(body), body=body, content_type="message/rfc822") for body in mails]
    parse_seconds = _parse_seconds(raws[:1000])
    drain()  # what is loaded once, at the first walk, is no mail's cost
    started = time.process_time()
    for i in range(0, len(raws), PAGE):
        receive(account_id, raws[i : i + PAGE])
    drain()
    seconds = time.process_time() - started

    walked = Delivery.objects.filter(state=Delivery.State.WALKED).count()
    reasons = Counter(Delivery.objects.filter(state=Delivery.State.QUARANTINED).values_list("reason", flat=True))
    doubles = len(raws) - len({raw.key for raw in raws})
    ids = Counter(facts(raw.body).message_id for raw in raws)
    return {
        "n": len(mails),
        "accepted": walked + doubles,
        "quarantined": sum(reasons.values()),
        "reasons": dict(reasons),
        **judged(raws),
        "crashed": sum(
            count for reason, count in reasons.items() if not reason.startswith("Unreadable") and "Unreadable" not in reason
        ),
        "cpu_ms_per_mail": round(seconds / max(1, len(mails)) * 1000, 3),
        "parse_cpu_ms_per_mail": parse_seconds and round(parse_seconds * 1000, 3),
        "written_down": Interaction.objects.count(),
        "doubles": doubles,
        "same_message_id": sum(count for id_, count in ids.items() if id_ and count > 1),
    }


def _fresh_store(home: str) -> int:
    os.environ["HEARD_HOME"] = home
    os.environ["DATABASE_URL"] = f"sqlite:///{home}/heard.sqlite3"
    os.environ["DJANGO_SETTINGS_MODULE"] = "heard.project.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from heard.governance.permissions import HEARD
    from heard.listening.actions import connect
    from heard.routing.actions import seed_queues

    seed_queues()
    config = {
        "imap_host": "imap.heard.example",
        "smtp_host": "smtp.heard.example",
        "imap_security": "tls",
        "smtp_security": "tls",
    }
    return connect(HEARD, kind="email", name="Mail", address="support@heard.example", config=config, secrets={"password": "none"})


def _parse_seconds(raws: list) -> float:
    """CPU of reading one mail, alone."""
    from heard.listening.channels.contract import Account
    from heard.listening.channels.email.adapter import Adapter
    from heard.listening.channels.email.mime import Unreadable

    adapter, account = Adapter(), Account(id=1, kind="email", name="Mail", address="support@heard.example")
    started = time.process_time()
    for raw in raws:
        try:
            adapter.normalise(raw, account)
        except Unreadable:
            continue
    return (time.process_time() - started) / max(1, len(raws))


# ── The judgement ───────────────────────────────────────────────────────────────────────────────────────────────────


class Facts:
    """What the standard library reads from a mail's headers."""

    def __init__(self, raw: bytes) -> None:
        start = raw.find(b"\n") + 1 if raw.startswith(b"From ") else 0
        message = email.message_from_bytes(raw[start : start + 100_000].split(b"\n\n", 1)[0] + b"\n\n")
        own = _ID.findall(_header(message, "Message-ID"))
        self.message_id = own[0] if own else ""
        self.author = parseaddr(_header(message, "From").replace("\n", " "))[1].lower()
        self.links = {*_ID.findall(_header(message, "In-Reply-To")), *_ID.findall(_header(message, "References"))} - {
            self.message_id
        }


def facts(raw: bytes, _known: dict[int, Facts] = {}) -> Facts:  # noqa: B006  a cache for the run
    return _known.setdefault(id(raw), Facts(raw)) if id(raw) not in _known else _known[id(raw)]


def _header(message: email.message.Message, name: str) -> str:
    return str(message.get(name) or "")


def judged(raws: list) -> dict:
    conversation_of = _conversations()
    seen = {facts(raw.body).message_id: facts(raw.body) for raw in raws if facts(raw.body).message_id}
    authors_in = defaultdict(set)
    for id_, fact in seen.items():
        authors_in[conversation_of.get(id_)].add(fact.author)
    right = wrong = alone = 0
    for id_, fact in seen.items():
        if not fact.author or not fact.links & seen.keys():
            continue
        home, earlier = conversation_of.get(id_), own_ancestors(id_, seen)
        alone += not earlier
        together = not earlier or home in {conversation_of.get(e) for e in earlier}
        private = home is None or authors_in[home] == {fact.author}
        right, wrong = (right + 1, wrong) if together and private else (right, wrong + 1)
    mixed = sum(1 for home, authors in authors_in.items() if home is not None and len(authors) > 1)
    return {"threaded_right": right, "threaded_wrong": wrong, "first_of_author": alone, "strangers_mixed": mixed}


def own_ancestors(id_: str, seen: dict[str, Facts]) -> set[str]:
    """The nearest mails of the same author up the reply links, on each way up; whoever wrote those between."""
    author, found, visited = seen[id_].author, set(), {id_}
    ahead = [link for link in seen[id_].links if link in seen]
    while ahead:
        link = ahead.pop()
        if link in visited:
            continue
        visited.add(link)
        if seen[link].author == author:
            found.add(link)
        else:
            ahead += [further for further in seen[link].links if further in seen]
    return found


def _conversations() -> dict[str, int]:
    from heard.routing.models import Entry

    return dict(Entry.objects.values_list("interaction__external_id", "conversation_id"))


if __name__ == "__main__":
    sys.exit(main())

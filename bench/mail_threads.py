"""Are mails threaded as docs/algorithms/threading.md says? Judged from outside, by their plain headers alone.

judged(mails)       {"threaded_right": ..., ...}, as bench/mail.py explains them; mails are bytes, each heard already
Facts(mail)         what the standard library reads from its headers
"""

import email
import email.message
import re
from collections import defaultdict
from collections.abc import Sequence
from email.utils import parseaddr

_ID = re.compile(r"<([^<>\s]+)>")


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


def _header(message: email.message.Message, name: str) -> str:
    return str(message.get(name) or "")


def judged(mails: Sequence[bytes]) -> dict[str, int]:
    conversation_of = _conversations()
    told = map(Facts, mails)
    seen = {fact.message_id: fact for fact in told if fact.message_id}
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

"""How soon a search over a million voices has its first page, with the permissions of whoever asks.

    .venv/bin/python bench/search.py [--store sqlite|postgres] [--interactions 1000000] [--quick]

The voices are short posts of about 110 characters with words of known frequency: said in every fifth voice, in one of fifty,
in one of a thousand. A third of the voices stand in conversations. Three colleagues ask, through the product's own question:

    everything   a supervisor, who sees every team
    half         an agent of the team whose channels heard half of it
    handful      an agent of a team that heard eighteen voices; two conversations of others were lent to them

Questions have 1 to 3 words, of one frequency or mixed, beginnings of words, and words that nobody said. One question at a
time, in this process; the time is what somebody waits for the ids of the first 25. The last line is one JSON object:

value     p95 in ms, newest first, of all questions and colleagues    p50, p99   the same    by_viewer, by_question   p95
ranked    p50, p95, p99 in ms of the best matches (of the newest 500 hits)
baseline  p95 in ms of django-helpdesk's own search in its list of tickets, a tenth as many, over HTTP; `helpdesk` has more
like      p50, p95, p99 in ms of LIKE for each word over the same voices through the same door, on some of the questions
filled_s, megabytes                                                   of the store
"""

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import accumulate

from report import percentiles, say
from store import fresh_house

QUICK = 9_000
GOAL_MS = 15
BATCH = 4500  # whole conversations
BEGIN = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
OFTEN = ("broadband", "order", "thanks", "please")  # each in 20 % of the voices
COMMON = ("refund", "router", "contract", "outage", "invoice", "password")  # 2 %
RARE = ("kettle", "zanzibar", "giraffe", "umbrella", "trombone", "walnut")  # 0.1 %
NEVER = ("xylograph", "quokka", "syzygy")
HELPDESK_ASKED = ("modem", "router", "zanzibar", "xylograph")  # in two of five tickets, one of fifty, of a thousand, in none
HELPDESK_ROUNDS = 5
HANDFUL = 18
LENT = 2  # conversations, of three voices each


@dataclass(frozen=True)
class Question:
    kind: str
    words: str


def questions() -> list[Question]:
    pairs = list(zip(OFTEN, OFTEN[1:], strict=False))
    kinds = {
        "often": OFTEN,
        "common": COMMON,
        "rare": RARE,
        "never": NEVER,
        "beginning of often": ("broadb", "than", "pleas"),
        "beginning of common": ("refu", "contr", "inv"),
        "beginning of rare": ("kett", "zanz", "umbr"),
        "often often": [f"{a} {b}" for a, b in pairs],
        "often common": [f"{a} {b}" for a, b in zip(OFTEN, COMMON, strict=False)],
        "often rare": [f"{a} {b}" for a, b in zip(OFTEN, RARE, strict=False)],
        "common common": [f"{a} {b}" for a, b in zip(COMMON, COMMON[1:], strict=False)],
        "common rare": [f"{a} {b}" for a, b in zip(COMMON, RARE, strict=True)],
        "often never": [f"{a} {b}" for a, b in zip(OFTEN, NEVER, strict=False)],
        "often often common": [f"{a} {b} {c}" for (a, b), c in zip(pairs, COMMON, strict=False)],
        "often often often": ("broadband order thanks", "order thanks please"),
        "often common rare": [f"{a} {b} {c}" for a, b, c in zip(OFTEN, COMMON, RARE, strict=False)],
        "often common beginning": ("broadband refund plea", "order router than", "thanks contract ord"),
        "one voice": [f"nr{n}x" for n in (7, 777, 7777)],
    }
    return [Question(kind, words) for kind, some in kinds.items() for words in some]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--interactions", type=int, default=1_000_000, help="rounded down to whole conversations")
    options.add_argument("--quick", action="store_true", help=f"{QUICK} voices")
    given = options.parse_args()
    with fresh_house(given.store):
        measure(given.store, QUICK if given.quick else given.interactions // 9 * 9)


def measure(store: str, count: int) -> None:
    from django.db import connection

    from heard.listening import selectors

    began = time.perf_counter()
    viewers = found_house(count)
    filled_s = time.perf_counter() - began
    check(viewers, count)
    newest, by_viewer, by_question = _asked(viewers, selectors.search)
    ranked, _, _ = _asked(viewers, selectors.best)
    like = _by_like_ms(viewers)
    peer = _helpdesk(tickets=count // 10)
    told = percentiles(newest)
    say(
        "search",
        told["p95"],
        "ms",
        goal=GOAL_MS,
        baseline=peer["p95"],
        more_is_better=False,
        store=store,
        interactions=count,
        **told,
        ranked=percentiles(ranked),
        like=percentiles(like),
        helpdesk=peer,
        by_viewer={name: percentiles(samples)["p95"] for name, samples in by_viewer.items()},
        by_question={kind: percentiles(samples)["p95"] for kind, samples in by_question.items()},
        questions=len(newest),
        filled_s=round(filled_s),
        megabytes=_megabytes(),
    )
    connection.close()


def _asked(viewers: dict, search: Callable) -> tuple[list[float], dict[str, list[float]], dict[str, list[float]]]:
    """Milliseconds of every question of every colleague, in a mixed order: all of them, by colleague, by kind of question."""
    every = [(name, viewer, question) for name, viewer in viewers.items() for question in questions()]
    random.Random(1).shuffle(every)
    everything: list[float] = []
    by_viewer: dict[str, list[float]] = {}
    by_question: dict[str, list[float]] = {}
    for name, viewer, question in every:
        began = time.perf_counter()
        search(viewer, question.words, limit=25)
        took = (time.perf_counter() - began) * 1000
        everything.append(took)
        by_viewer.setdefault(name, []).append(took)
        by_question.setdefault(question.kind, []).append(took)
    return everything, by_viewer, by_question


def _by_like_ms(viewers: dict) -> list[float]:
    took = []
    for words in (OFTEN[0], COMMON[0], RARE[0], f"{OFTEN[1]} {COMMON[1]}"):
        for viewer in viewers.values():
            began = time.perf_counter()
            list(_by_like(viewer, words)[:25])
            took.append((time.perf_counter() - began) * 1000)
    return took


def _by_like(viewer, words: str):
    """The straightforward way: whatever the viewer may see, with each word somewhere in the text."""
    from heard.listening.selectors import visible_interactions

    found = visible_interactions(viewer).order_by("-id").values_list("id", flat=True)
    for word in words.split():
        found = found.filter(text__icontains=word)
    return found


def _helpdesk(*, tickets: int) -> dict[str, float]:
    """Milliseconds of the request that fills its list with what one word finds, one after another, and how many it found."""
    from baseline.helpdesk import desk

    took, found = [], {}
    with desk(tickets=tickets, follow_ups=0) as peer, peer.served(workers=1) as server:
        line = HTTPConnection(server.host, server.port, timeout=60)

        def ask(word: str) -> float:
            began = time.perf_counter()
            line.request("GET", peer.search(word), headers={"Cookie": peer.cookie})
            answer = line.getresponse()
            rows = json.loads(answer.read())
            assert answer.status == 200
            found[word] = rows["recordsFiltered"]
            return (time.perf_counter() - began) * 1000

        ask("")
        for _ in range(HELPDESK_ROUNDS):
            took += [ask(word) for word in HELPDESK_ASKED]
        line.close()
    assert found["zanzibar"] == sum(n % 1000 == 1 and n % 4 != 0 for n in range(tickets)), f"it found {found}"
    return {"tickets": tickets, **percentiles(took), "found": found}


# ── The store ───────────────────────────────────────────────────────────────────────────────────────────────────────


def found_house(count: int) -> dict:
    """A company with `count` voices on the channels of three teams. Returns who asks: {name: viewer}."""
    from django.db import connection
    from multiply import unhindered

    from heard.governance import actions as people
    from heard.governance.models import Member
    from heard.governance.permissions import viewer_of
    from heard.listening.models import ChannelAccount

    ada = viewer_of(
        people.found_company(
            "Acme", timezone="Europe/Vienna", name="Ada", email="ada@acme.example", password="correct horse battery"
        )
    )
    teams = [people.make_team(ada, name) for name in ("Care", "Sales", "Legal")]
    accounts = [
        (ChannelAccount.objects.create(kind="api", name=f"Channel {n}", team_id=team, state="ok").pk, team)
        for n, team in enumerate(teams)
    ]
    with connection.cursor() as cursor:
        with unhindered(cursor, _FILLED):
            filling = _Filling(accounts)
            for start in range(0, count, BATCH):
                filling.add(start, min(BATCH, count - start), last=start + BATCH >= count)
        filling.lend(teams[2])
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    viewers = {"everything": ada}
    for name, team in (("half", teams[0]), ("handful", teams[2])):
        token = people.invite(ada, email=f"{name}@acme.example", name=name, role="agent", team_ids=[team])
        people.accept_invitation(token, name=name, password="correct horse battery")
        viewers[name] = viewer_of(Member.objects.get(email=f"{name}@acme.example"))
    return viewers


class _Filling:
    """Writes voices as the walk does: in bulk, with their words in the index. A voice follows from its number."""

    def __init__(self, accounts: list[tuple[int, int]]) -> None:
        from heard.kernel import bulk
        from heard.listening.models import Identity
        from heard.listening.write_down import IDENTITY_FIELDS

        self.chance, self.accounts = random.Random(2013), accounts
        self.fillers = list(_fillers(3000))
        self.weights = list(accumulate(1 / rank for rank in range(8, 3008)))
        self.authors = bulk.reserve_ids(Identity, 5000)
        rows = [
            [id_, "bench", f"author-{n}", f"@author{n}", f"Author {n}", "", "", None, False, False, BEGIN, BEGIN]
            for n, id_ in enumerate(self.authors)
        ]
        bulk.insert(Identity, IDENTITY_FIELDS, rows)

    def add(self, start: int, count: int, *, last: bool) -> None:
        from heard.kernel import bulk
        from heard.listening.models import Interaction
        from heard.listening.selectors import words
        from heard.listening.write_down import INTERACTION_FIELDS

        ids = bulk.reserve_ids(Interaction, count)
        apart = range(count - HANDFUL, count) if last else range(0)  # the last few were heard by the third team
        voices = [(id_, *self._account(start + n, n in apart), self._text(start + n, n in apart)) for n, id_ in enumerate(ids)]
        bulk.insert(Interaction, INTERACTION_FIELDS, [self._row(start + n, *voice) for n, voice in enumerate(voices)])
        words.add((id_, text, account) for id_, account, _, text in voices)
        self._hold([voice for n, voice in enumerate(voices) if (start + n) % 9 < 3])

    def lend(self, team: int) -> None:
        """Somebody opens two of the first team's conversations to another team, by a case."""
        from heard.routing.models import Case, Conversation, Queue

        queue = Queue.objects.create(name="Legal", team_id=team)
        for conversation in Conversation.objects.filter(channel_team=self.accounts[0][1]).order_by("id")[:LENT]:
            Case.objects.create(conversation=conversation, kind="risk", queue=queue, opened_at=BEGIN)

    def _account(self, n: int, apart: bool) -> tuple[int, int]:
        return self.accounts[2] if apart else self.accounts[n // 9 % 2]

    def _text(self, n: int, apart: bool) -> str:
        chance = self.chance.random
        said = self.chance.choices(self.fillers, cum_weights=self.weights, k=13)
        for some, share in ((OFTEN, 0.2), (COMMON, 0.02), (RARE, 0.001)):
            said += [word for word in some if apart or chance() < share]
        self.chance.shuffle(said)
        return f"@acmemedia {' '.join(said)} nr{n}x"

    def _row(self, n: int, id_: int, account: int, _: int, text: str) -> list:
        at = BEGIN + timedelta(seconds=n * 0.175)
        author = self.authors[n % len(self.authors)]
        return [
            id_, account, f"post-{n}", author, None, "inbound", "post", "public", True, at, at, "", text, f"<p>{text}</p>", "",
            f"post-{n}", "", f"https://social.example/post-{n}", "en", {"client": "web"},
        ]  # fmt: skip

    def _hold(self, voices: list[tuple]) -> None:
        """Every three of them are a conversation of their channel's team."""
        from heard.kernel import bulk
        from heard.routing.models import Conversation, Entry

        threes = [voices[i : i + 3] for i in range(0, len(voices), 3)]
        ids = bulk.reserve_ids(Conversation, len(threes))
        bulk.insert(
            Conversation,
            ["id", *_CONVERSATION],
            [[id_, *_conversation(three, self.authors[0])] for id_, three in zip(ids, threes, strict=True)],
        )
        bulk.insert(
            Entry,
            ["conversation_id", "interaction_id", "occurred_at", "why"],
            [[id_, voice[0], BEGIN, ""] for id_, three in zip(ids, threes, strict=True) for voice in three],
        )


_FILLED = ["listening_identity", "listening_interaction", "routing_conversation", "routing_entry"]
_CONVERSATION = [
    "opener_id", "state", "channel_team_id", "team_id", "subject", "preview", "channel_kinds", "kinds", "sentiment", "language",
    "is_public", "urgency", "started_at", "last_at", "order_reasons", "message_count",
]  # fmt: skip


def _conversation(voices: list[tuple], opener: int) -> list:
    team = voices[0][2]
    preview = voices[-1][3][:200]
    return [
        opener,
        "open",
        team,
        team,
        "",
        preview,
        ["api"],
        ["support"],
        "neutral",
        "en",
        True,
        0,
        BEGIN,
        BEGIN,
        [],
        len(voices),
    ]


def _fillers(count: int) -> Iterator[str]:
    """Words that begin like none of those that are asked for."""
    for n in range(count):
        yield "bdfgklmnst"[n % 10] + "aeiou"[n // 10 % 5] + "lmnprs"[n // 50 % 6] + "aeiou"[n // 300 % 5] + "dknrst"[n // 1500]


def check(viewers: dict, count: int) -> None:
    """No figure without its counts: everybody finds what they may see, all of it where that is little, and nothing else."""
    from heard.listening.models import Interaction
    from heard.listening.selectors import best, search, visible_interactions

    assert Interaction.objects.count() == count
    some = [q.words for q in questions() if " " not in q.words][:: 4 if count > QUICK else 1]
    for name, viewer in viewers.items():
        for asked in some:
            found = search(viewer, asked, limit=25)
            assert found == sorted(found, reverse=True)
            assert found == list(_by_like(viewer, asked)[:25]) or count > QUICK, f"{name} found others by {asked!r}"
            assert set(best(viewer, asked, limit=10)) <= set(search(viewer, asked, limit=500))
        seen = visible_interactions(viewer).filter(id__in=search(viewer, OFTEN[0], limit=500))
        assert seen.filter(text__contains=OFTEN[0]).count() == len(search(viewer, OFTEN[0], limit=500)) > 0
    handful = set(visible_interactions(viewers["handful"]).filter(account__name="Channel 2").values_list("id", flat=True))
    assert len(handful) == HANDFUL
    assert handful <= set(search(viewers["handful"], f"{OFTEN[0]} {COMMON[0]} {RARE[0]}", limit=500))


def _megabytes() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return round(cursor.fetchone()[0] / 1e6)


if __name__ == "__main__":
    main()

"""A store as big as a busy house has after years, made in minutes: what the other benches measure on.

    .venv/bin/python bench/big_store.py [--store sqlite|postgres] [--conversations 1000000 | --interactions 1000000] [--quick]

A few thousand posts of the fixed stream go through the real journey; their rows are then multiplied (bench/multiply.py), so
that every copy has other names, other words and its own moments. Two kinds of store:

    desk    conversations and little else: of a hundred about 67 are done with, 10 answered, 23 open; three channels, two of them of
            one team each; on top some long conversations over four networks, with replies and notes, which are not multiplied
    stream  the stream as it is, chatter and all; Stream(start=Filled.posts) goes on with it, the authors included

From another bench, inside fresh_house():

    filled = fill(conversations=1_000_000)       # or fill(interactions=1_000_000), the stream
    fill_apart(...)                              # the same in a process of its own, whose memory is not this one's

The last line is one JSON object: value rows a second; counts of rows by table; all counts are checked, quick or not.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from report import say
from store import fresh_house
from stream import BEGIN, Stream

PASSWORD = "correct horse battery"
ADMIN, AGENT = "ada@acme.example", "alice@acme.example"
BATCH = 2000
SEED_POSTS = {"desk": 12_000, "stream": 8_000}  # of the stream; the desk keeps the addressed ones
CHATTER_KEPT = 40  # one in that many, at the desk
SPAN = timedelta(days=300)  # over which a desk's conversations are spread
LONG = 200
LONG_VOICES = 28


@dataclass(frozen=True)
class Filled:
    """What is there. `posts` of the stream would have made as much; `long_ids` are the conversations of about 30 messages."""

    kind: str
    posts: int
    conversations: int
    interactions: int
    seconds: float
    rows: dict[str, int] = field(default_factory=dict)
    long_ids: list[int] = field(default_factory=list)


def fill(*, conversations: int = 0, interactions: int = 0, long: int | None = None) -> Filled:
    """A desk of at least so many conversations, or the stream of at least so many interactions."""
    from multiply import Steps, highest_ids, multiply

    began = time.perf_counter()
    kind, wanted = ("desk", conversations) if conversations else ("stream", interactions)
    house = found_house(kind)
    floor = highest_ids()
    posts = SEED_POSTS[kind] if wanted > 20_000 else max(400, SEED_POSTS[kind] * wanted // 20_000)
    stream = Stream()
    _walk_seed(kind, stream, posts, house, wanted)
    table = "routing_conversation" if kind == "desk" else "listening_interaction"
    seeded = _count(table, above=floor[table])
    copies = max(1, -(-wanted // seeded))
    every = SPAN / copies if kind == "desk" else timedelta(seconds=posts * 0.175)
    steps = Steps(posts=posts, authors=stream.authors, every=timedelta(seconds=round(every.total_seconds())))
    told(f"{seeded} walked in {time.perf_counter() - began:.0f} s, now {copies} times")
    one_copy = multiply(copies, steps, above=floor, documents=list(_documents(floor["listening_interaction"])))
    told(f"multiplied after {time.perf_counter() - began:.0f} s")
    check(one_copy, copies, floor)
    long_ids = _hold_long_talks(house, LONG if long is None else long) if kind == "desk" else []
    rows = {table: _count(table) for table in one_copy}
    return Filled(
        kind=kind,
        posts=posts * copies,
        conversations=_count("routing_conversation"),
        interactions=_count("listening_interaction"),
        seconds=round(time.perf_counter() - began, 1),
        rows=rows,
        long_ids=long_ids,
    )


def fill_apart(*, conversations: int = 0, interactions: int = 0, long: int | None = None) -> Filled:
    """`fill` in a process of its own, on the store of this one."""
    from django.db import connections

    connections.close_all()  # SQLite gives up its journal meanwhile, which nobody else may have open
    given = [f"--{name}={n}" for name, n in (("conversations", conversations), ("interactions", interactions)) if n]
    given += [f"--long={long}"] if long is not None else []
    made = subprocess.run(
        [sys.executable, __file__, "--here", *given], env=os.environ, stdout=subprocess.PIPE, text=True, check=True
    )
    return Filled(**json.loads(made.stdout.splitlines()[-1]))


@dataclass(frozen=True)
class House:
    """Ids of accounts, by what is told on them. `us` is nobody's customer."""

    open: int
    care: int
    sales: int


def found_house(kind: str) -> House:
    """A company with an administrator, an agent of the team Care, and channels; our own face has spoken once."""
    from heard.governance import actions as people
    from heard.governance.permissions import viewer_of
    from heard.listening.models import ChannelAccount
    from heard.project.worker import drain
    from heard.routing.actions import seed_queues

    ada = viewer_of(people.found_company("Acme", timezone="Europe/Vienna", name="Ada Admin", email=ADMIN, password=PASSWORD))
    care, sales = people.make_team(ada, "Care"), people.make_team(ada, "Sales")
    token = people.invite(ada, email=AGENT, name="Alice Agent", role="agent", team_ids=[care])
    people.accept_invitation(token, name="Alice Agent", password=PASSWORD)
    seed_queues()
    firehose = ChannelAccount.objects.create(kind="api", name="Firehose", state="ok").pk
    if kind == "stream":
        return House(firehose, firehose, firehose)
    house = House(
        open=firehose,
        care=ChannelAccount.objects.create(kind="api", name="Care line", team_id=care, state="ok").pk,
        sales=ChannelAccount.objects.create(kind="api", name="Sales line", team_id=sales, state="ok").pk,
    )
    for account_id in (house.open, house.care, house.sales):
        _receive(account_id, [_answer(0, "author-0", datetime(2020, 1, 1, tzinfo=UTC))])
    drain()
    return house


# ── The part that is walked ─────────────────────────────────────────────────────────────────────────────────────────


def _walk_seed(kind: str, stream: Stream, posts: int, house: House, wanted: int) -> None:
    """Posts 1 to `posts` of the stream, on their way into the store and through it."""
    from heard.project.worker import drain

    if kind == "stream":
        end = BEGIN + timedelta(seconds=wanted * 0.175)
        for start in range(0, posts, BATCH):
            page = [_dated(post, end - timedelta(seconds=(posts - n) * 0.175)) for n, post in _numbered(stream, start, posts)]
            _receive(house.open, page)
        drain(limit=BATCH)
        return
    kept: set[str] = set()
    end, pace = datetime.now(UTC) - timedelta(minutes=5), SPAN / max(1, wanted) * 0.12
    for start in range(0, posts, BATCH):
        by_account: dict[int, list] = {}
        for n, post in _numbered(stream, start, posts):
            _desk_mail(by_account, kept, house, n, post, end - pace * (posts - n))
        for account_id, page in by_account.items():
            _receive(account_id, page)
        drain(limit=BATCH)
    _be_done_with_most()


def _numbered(stream: Stream, start: int, posts: int) -> Iterator[tuple[int, object]]:
    for post in stream.posts(min(BATCH, posts - start)):
        yield stream.n, post


def _desk_mail(by_account: dict, kept: set[str], house: House, n: int, post: object, at: datetime) -> None:
    voice = msgspec.json.decode(post.body)
    if voice.get("parent_ref") and n % 2:
        return
    is_chatter = voice.get("kind") == "post" and not voice["addressed"]
    if is_chatter and n % CHATTER_KEPT or voice.get("kind") != "post" and voice["external_id"] not in kept:
        return
    kept.add(voice["external_id"])
    author = voice.get("author", {}).get("id", "author-0")
    account_id = (house.open, house.open, house.open, house.care, house.sales)[int(author.rsplit("-", 1)[1]) % 5]
    page = by_account.setdefault(account_id, [])
    page.append(_dated(post, at, pad=False))
    if voice.get("kind") == "post" and voice["addressed"] and n % 10 == 0:
        page.append(_answer(n, author, at + timedelta(minutes=2), to=voice["external_id"]))


def _dated(post: object, at: datetime, *, pad: bool = True) -> object:
    voice = msgspec.json.decode(post.body)
    voice["occurred_at"] = at.isoformat()
    if "version" in voice:
        voice["version"] = at.isoformat()
    if not pad and "extra" in voice:
        voice["extra"] = {"client": "web"}
    return msgspec.structs.replace(post, body=msgspec.json.encode(voice), received_at=at + timedelta(seconds=2))


def _answer(n: int, author: str, at: datetime, *, to: str = "") -> object:
    from heard.listening.channels.contract import RawEvent

    body = {
        "external_id": f"answer-{n}",
        "direction": "outbound",
        "author": {"id": "acmemedia", "network": "bench", "handle": "@acmemedia", "name": "Acme Media"},
        "to": [{"id": author, "network": "bench"}],
        "occurred_at": at.isoformat(),
        "text": f"Thank you for telling us. We looked into it and it works again, case {n}",
        "kind": "post",
        "visibility": "public",
        "parent_ref": to,
    }
    return RawEvent(key=f"answer-{n}", body=msgspec.json.encode(body), content_type="application/json", received_at=at)


def _receive(account_id: int, page: list) -> None:
    from heard.listening.actions import receive

    receive(account_id, page)


def _be_done_with_most() -> None:
    """Three of four that are open, by hand, one after the other as people do."""
    from heard.governance.models import Member
    from heard.governance.permissions import viewer_of
    from heard.routing.done import finish
    from heard.routing.models import Conversation

    alice = viewer_of(Member.objects.get(email=ADMIN))
    waiting = list(Conversation.objects.filter(state="open").order_by("id").values_list("id", flat=True))
    for n, conversation_id in enumerate(waiting):
        if n % 4:
            finish(alice, conversation_id, outcome="handled", why="Called, and it works again.")


def _documents(above: int) -> Iterator[tuple[int, str, int]]:
    """(id, words, shelf) of what can be searched of the walked rows."""
    from heard.governance.permissions import HEARD
    from heard.kernel.rules.words import indexed
    from heard.listening import selectors as listening
    from heard.listening.models import Interaction

    ids = list(Interaction.objects.filter(id__gt=above).order_by("id").values_list("id", flat=True))
    for start in range(0, len(ids), 500):
        for id_, voice in sorted(listening.voices(HEARD, ids[start : start + 500]).items()):
            if not voice.is_withdrawn:
                yield id_, " ".join(indexed(f"{voice.subject} {voice.text}").split()), voice.account_id


# ── Long conversations, through the journey ─────────────────────────────────────────────────────────────────────────


def _hold_long_talks(house: House, count: int) -> list[int]:
    """Customers with four faces who come back again and again; a colleague replies and notes. Returns the conversations."""
    from heard.engagement import sender
    from heard.engagement.actions import send_reply, write_note
    from heard.engagement.selectors import reachable
    from heard.governance.models import Member
    from heard.governance.permissions import viewer_of
    from heard.identity import actions as identity
    from heard.listening.models import ChannelAccount, Identity, Interaction
    from heard.project.worker import drain
    from heard.routing.models import Conversation
    from heard.routing.selectors import conversations_of

    alice = viewer_of(Member.objects.get(email=ADMIN))
    kinds = ("simulated", "simulated_mail", "simulated_web", "simulated_phone")
    accounts = {kind: ChannelAccount.objects.create(kind=kind, name=f"Our {kind}", address="us", state="ok").pk for kind in kinds}
    start = datetime.now(UTC) - timedelta(days=2)
    people = [f"dana{n}" for n in range(count)]
    for kind in kinds:
        _receive(
            accounts[kind], [_word(kind, who, -1, start, text="heute Sonne in Wien, herrlich", to_us=False) for who in people]
        )
    drain(limit=BATCH)
    faces: dict[str, list[int]] = {}
    for id_, external_id in Identity.objects.filter(network__startswith="long-").order_by("id").values_list("id", "external_id"):
        faces.setdefault(external_id, []).append(id_)
    for who in people:
        for other in faces[who][1:]:
            identity.link(alice, faces[who][0], other, why="The same number on all of them.")
    for number in range(LONG_VOICES):
        kind = kinds[number // 7]
        at = start + timedelta(minutes=10 + 40 * number)
        _receive(accounts[kind], [_word(kind, who, number, at + timedelta(seconds=n)) for n, who in enumerate(people)])
        drain(limit=BATCH)
    last = [f"{kinds[-1]}-{who}-{LONG_VOICES - 2}" for who in people]
    voices = Interaction.objects.filter(account_id=accounts[kinds[-1]], external_id__in=last).values_list("id", flat=True)
    talks = sorted(set(conversations_of(voices).values()))
    for n, talk in enumerate(talks):
        write_note(alice, talk, text="Rang twice, nobody there. Trying again tomorrow morning.")
        route = next(r for r in reachable(alice, talk) if r.may_send)
        send_reply(
            alice,
            talk,
            text="Sorry that this took so long. The exchange has a new power supply since this morning.",
            account_id=route.account_id,
            identity_id=route.identity_id,
            visibility=route.visibility,
            request_key=f"long-{n}",
        )
    while sender.work_off(worker="big-store", now=datetime.now(UTC)):
        pass
    drain(limit=BATCH)
    lengths = set(Conversation.objects.filter(id__in=talks).values_list("message_count", flat=True))
    assert len(talks) == count and min(lengths) > LONG_VOICES, f"{len(talks)} conversations of {lengths} messages, not {count}"
    return talks


def _word(kind: str, who: str, number: int, at: datetime, *, text: str = "", to_us: bool = True) -> object:
    """The next thing that somebody says; every seventh is our own answer on the network."""
    from heard.listening.channels.contract import RawEvent
    from heard.listening.channels.simulated import wire

    person = wire.Person(on=f"long-{kind}", id=who, handle=f"@{who}", name=who.title())
    us = wire.Person(on=f"own:{kind}", id="us", handle="us", name="Acme Media")
    ours = number % 7 == 6
    line = wire.Word(
        id=f"{kind}-{who}-{number}",
        at=at,
        by=us if ours else person,
        to=(person,) if ours else (),
        ours=ours,
        text=text or (f"We are still looking for it, step {number}." if ours else f"My router is still down, can you help me please? Try {number}."),
        thread=f"{kind}-{who}-{number // 7 * 7}",
        answers="" if number % 7 == 0 or number < 0 else f"{kind}-{who}-{number - 1}",
        to_us=to_us,
        seen_by="private",
    )  # fmt: skip
    return RawEvent(key=line.id, body=wire.encoded(line), content_type="application/json", received_at=at)


# ── Checks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check(one_copy: dict[str, int], copies: int, floor: dict[str, int]) -> None:
    """Every table holds its rows, keys lead somewhere, every inbound voice has its end, and summaries are what they would be."""
    from django.db import connection
    from multiply import multiplied_models

    def ask(sql: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    for model in multiplied_models():
        table, key = model._meta.db_table, model._meta.pk.column
        if table not in one_copy:
            continue
        there = ask(f"SELECT count(*) FROM {table} WHERE {key} > {floor[table]}")
        assert there == one_copy[table] * copies, f"{table}: {there} rows, not {copies} times {one_copy[table]}"
        last = ask(f"SELECT max({key}) FROM {table}") - one_copy[table] // 2
        for relation in [f for f in model._meta.local_concrete_fields if f.is_relation]:
            target, target_key = relation.related_model._meta.db_table, relation.related_model._meta.pk.column
            lost = ask(
                f"SELECT count(*) FROM {table} t WHERE {key} > {last} AND {relation.column} IS NOT NULL "
                f"AND NOT EXISTS (SELECT 1 FROM {target} o WHERE o.{target_key} = t.{relation.column})"
            )
            assert not lost, f"{lost} rows of {table} lead nowhere by {relation.column}"
    inbound = ask("SELECT count(*) FROM listening_interaction WHERE direction = 'inbound'")
    assert inbound == ask("SELECT count(*) FROM routing_disposition"), "a voice without its disposition"
    assert inbound == ask("SELECT count(DISTINCT interaction_id) FROM understanding_assessment"), "a voice that nobody assessed"
    assert ask("SELECT sum(message_count) FROM routing_conversation") == ask("SELECT count(*) FROM routing_entry")
    assert ask("SELECT count(*) FROM listening_words") >= one_copy["listening_words"] * copies
    assert inbound == ask("SELECT sum(count) FROM listening_voicecount"), "a voice that the sums leave out"
    waiting = ask("SELECT count(*) FROM routing_clock WHERE stopped_at IS NULL")
    assert waiting == ask("SELECT count(DISTINCT case_id) FROM routing_disposition WHERE outcome = 'waiting'")
    _check_summaries()


def _check_summaries(count: int = 25) -> None:
    """Working them out again changes nothing."""
    from django.db import transaction

    from heard.routing import summary
    from heard.routing.models import Conversation

    newest = Conversation.objects.order_by("-id").values_list("id", flat=True)[0]
    ids = sorted({newest - n * newest // count for n in range(count)})
    before = list(Conversation.objects.filter(id__in=ids).order_by("id").values("id", *summary.FIELDS))
    with transaction.atomic():
        summary.refresh([row["id"] for row in before])
        after = list(Conversation.objects.filter(id__in=ids).order_by("id").values("id", *summary.FIELDS))
        transaction.set_rollback(True)
    for was, is_ in zip(before, after, strict=True):
        assert was == is_, f"the summary of {was['id']} is not what its messages say: {was} {is_}"


def _count(table: str, *, above: int = 0) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}" + (f" WHERE id > {above}" if above else ""))
        return cursor.fetchone()[0]


def told(words: str) -> None:
    print(f"big_store: {words}", file=sys.stderr, flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--conversations", type=int, default=0)
    options.add_argument("--interactions", type=int, default=0)
    options.add_argument("--long", type=int, default=None)
    options.add_argument("--here", action="store_true", help="fill the store that DATABASE_URL names, and keep it")
    options.add_argument("--quick", action="store_true", help="1,000 conversations, 4 of them long")
    given = options.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    size = {"conversations": given.conversations, "interactions": given.interactions, "long": given.long}
    if given.quick:
        size = {"conversations": 1000, "interactions": 0, "long": 4}
    elif not given.conversations and not given.interactions:
        size["conversations"] = 1_000_000
    if given.here:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heard.project.settings")
        import django

        django.setup()
        print(json.dumps(asdict(fill(**size))))
        return
    with fresh_house(given.store):
        filled = fill(**size)
        total = sum(filled.rows.values())
        say(
            "big_store",
            total / filled.seconds,
            "rows/s",
            goal=None,
            baseline=None,
            store=given.store,
            total=total,
            **asdict(filled) | {"long_ids": len(filled.long_ids)},
        )


if __name__ == "__main__":
    main()

"""Search goes by the index on both databases: whatever is asked and whoever asks, no table that grows is read through."""

import json
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection

from heard.kernel import bulk
from heard.listening.actions.write_out import own_identity
from heard.listening.models import ChannelAccount, Interaction
from heard.listening.selectors import FIRST_LOOK, best, look, words
from heard.listening.write_down import INTERACTION_FIELDS
from heard.routing.models import Conversation, Entry

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 5, tzinfo=UTC)
GROWING = {"listening_interaction", "listening_words", "routing_entry", "routing_conversation"}
ONE_IN = 5
COUNT = (FIRST_LOOK + 50) * ONE_IN


@pytest.fixture
def voices(alice, sales):
    """Enough to be looked at twice: every fifth says "parcel", every third stands in a conversation of another team."""
    accounts = [ChannelAccount.objects.create(kind="api", name=str(team), team=team) for team in (None, sales)]
    identity = own_identity(accounts[0].pk)
    ids = bulk.reserve_ids(Interaction, COUNT)
    texts = [f"about number{n} {'parcel' if n % ONE_IN == 0 else 'nothing'}" for n in range(COUNT)]
    bulk.insert(
        Interaction,
        INTERACTION_FIELDS,
        [_row(id_, accounts[id_ % 2].pk, identity, text) for id_, text in zip(ids, texts, strict=True)],
    )
    words.add((id_, text, accounts[id_ % 2].pk) for id_, text in zip(ids, texts, strict=True))
    talks = bulk.reserve_ids(Conversation, COUNT // 3)
    bulk.insert(Conversation, list(_talk(0, identity, sales)), [list(_talk(id_, identity, sales).values()) for id_ in talks])
    entries = [[talk, ids[n * 3], AT, ""] for n, talk in enumerate(talks)]
    bulk.insert(Entry, ["conversation_id", "interaction_id", "occurred_at", "why"], entries)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _row(id_: int, account: int, identity: int, text: str) -> list:
    return [
        id_,
        account,
        str(id_),
        identity,
        None,
        "inbound",
        "post",
        "public",
        True,
        AT,
        AT,
        "",
        text,
        "",
        "",
        "",
        "",
        "",
        "en",
        {},
    ]


def _talk(id_: int, identity: int, team) -> dict:
    return {
        "id": id_, "opener_id": identity, "state": "open", "channel_team_id": team.pk, "team_id": team.pk, "subject": "",
        "preview": "", "channel_kinds": [], "kinds": [], "sentiment": "neutral", "language": "", "is_public": True, "urgency": 0,
        "started_at": AT, "last_at": AT, "order_reasons": [], "message_count": 1,
    }  # fmt: skip


@pytest.mark.parametrize("who", ["alice", "ada"])
@pytest.mark.parametrize("question", ["parcel", "number77 parcel", "number7", "nobody", "about parc"])
@pytest.mark.parametrize("search", [look, best])
def test_no_growing_table_is_read_through(voices, request, seen_by, who, question, search):
    viewer = seen_by(request.getfixturevalue(who))
    asked = _statements(partial(search, viewer, question))
    assert any("listening_words" in sql for sql, _ in asked)
    read_through = {table for sql, parameters in asked for table in _read_through(sql, parameters)}
    assert read_through & GROWING == set()


def test_a_search_takes_the_same_number_of_queries_however_much_there_is(voices, alice, seen_by):
    viewer = seen_by(alice)
    for question, most in (("number77x", 3), ("number77 parcel", 4), ("number7", 10)):
        assert len(_statements(partial(look, viewer, question))) <= most + (connection.vendor == "postgresql") * 4


def _statements(act) -> list[tuple[str, object]]:
    asked = []

    def note(execute, sql, parameters, many, context):
        asked.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        act()
    return asked


def _read_through(sql: str, parameters) -> set[str]:
    """Tables that the plan of a statement reads from end to end."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # As if the tables were long; what cannot go by an index goes without one even so.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
            [(plan,)] = cursor.fetchall()
            return set(_unguided((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]))
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        steps = [row[-1] for row in cursor.fetchall()]
    # A virtual table is always "scanned"; "M" says that it goes by MATCH, "=" by one row, and LIMIT 1 ends at the newest.
    scans = [step.split() for step in steps if step.startswith("SCAN ")]
    aliases = dict(_aliases(sql))
    return {
        aliases.get(step[1], step[1]) for step in scans if "VIRTUAL" not in step or (step[-1] == "0:" and "LIMIT 1" not in sql)
    }


def _unguided(plan: dict, *, ends_early: bool = False) -> list[str]:
    """Tables read row by row, or along a whole index; going down an index until a LIMIT is none of both."""
    kind = plan["Node Type"]
    through = kind == "Seq Scan" or (kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in plan and not ends_early)
    own = [plan["Relation Name"]] if through else []
    return own + [table for part in plan.get("Plans", ()) for table in _unguided(part, ends_early=kind == "Limit")]


def _aliases(sql: str) -> list[tuple[str, str]]:
    parts = sql.replace('"', "").split()
    return [(alias, table) for table, alias in zip(parts, parts[1:], strict=False) if table in GROWING and alias[1:].isdigit()]

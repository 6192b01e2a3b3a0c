"""Rows, many times over: what was walked once becomes a store of any size, by INSERT … SELECT, table by table.

Every model that holds what was heard is multiplied; which ones, and how each column changes, follows from the models, so that
a table or a column of tomorrow is multiplied too:

    primary keys, and keys to multiplied rows   + the number of rows of one copy, copy by copy
    moments                                     one copy after the other, the last one ending when the walked rows did
    names (NAMED) and words (WORDED)            the last number in them goes on counting, as the stream itself would
    words (WORDED) and the search index         two more words each, of VOCABULARY, some said often and most of them rarely
    everything else                             as it is

A text column that holds a name without being among NAMED stops the work.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import connection, models

from heard.kernel.search import STRETCH

# What belongs to the house, not to what was heard in it.
FIXED = {
    "kernel": None,
    "governance": None,
    "listening": {"ChannelAccount", "Cursor", "Monitor", "ApiToken", "VoiceCount", "MentionCount"},  # sums are summed up anew
    "identity": {"Organisation", "Findable", "Trait"},  # traits: only of the author who was there before the walk
    "routing": {"Queue"},
}
NAMED = {
    "external_id", "delivery_key", "handle", "name", "permalink", "profile_url", "thread_ref", "parent_ref", "target", "ref",
    "certain_key", "request_key", "idem",
}  # fmt: skip
WORDED = {"text", "html", "full_text", "subject", "preview"}
INDEX = "listening_words"
LAST_NUMBER = re.compile(r"^(.*?)(\d+)(\D*)$", re.DOTALL)
SLOTS = 4096
VOCABULARY = 1500


@dataclass(frozen=True, kw_only=True)
class Steps:
    """How far the numbers in names and words go on from one copy to the next."""

    posts: int
    authors: int
    every: timedelta  # between the moments of two copies; whole seconds

    def of(self, head: str) -> int:
        return self.authors if "author" in head.lower() else self.posts


def multiplied_models() -> list[type[models.Model]]:
    """Those whose rows were heard, or follow from what was."""
    rooms = [c for c in apps.get_app_configs() if c.name.startswith("heard.")]
    kept = {c.label: FIXED.get(c.label, set()) for c in rooms}
    found = [m for c in rooms if kept[c.label] is not None for m in c.get_models(include_auto_created=True)]
    return [m for m in found if m.__name__ not in kept[m._meta.app_label]]


def highest_ids() -> dict[str, int]:
    """{table: its highest primary key now}. Rows up to there are not multiplied."""
    with connection.cursor() as cursor:
        return {m._meta.db_table: _highest(cursor, m) for m in multiplied_models()}


def multiply(copies: int, steps: Steps, *, above: dict[str, int], documents: Sequence[tuple[int, str, int]]) -> dict[str, int]:
    """Rows above the ids of `above` are there `copies` times afterwards. Returns {table: rows of one copy}.

    `documents` are (id, words, shelf) of the searchable ones among them. Nobody else may use the store meanwhile.
    """
    with connection.cursor() as cursor:
        house = _House(cursor, copies=copies, steps=steps, floor=above)
        with unhindered(cursor, house.tables):
            _make_vocabulary(cursor)
            for model in house.models:
                house.repeat(model)
            house.repeat_index(documents)
            for model in house.models:
                _fix_sequence(cursor, model)
        cursor.execute("DROP TABLE vocabulary")
        _sum_up_anew()
        cursor.execute("ANALYZE")
    return house.one_copy


class _House:
    """One multiplication: how many ids a copy takes in each table, and the statements."""

    def __init__(self, cursor: Any, *, copies: int, steps: Steps, floor: dict[str, int]) -> None:
        self.cursor, self.copies, self.steps, self.floor = cursor, copies, steps, floor
        found = [m for m in multiplied_models() if _highest(cursor, m) > floor[m._meta.db_table]]
        self.models = found
        self.tables = [m._meta.db_table for m in found]
        self.width = {m._meta.db_table: _highest(cursor, m) - floor[m._meta.db_table] for m in found}
        self.one_copy: dict[str, int] = {}
        self._check_names()

    def repeat(self, model: type[models.Model]) -> None:
        table, key = model._meta.db_table, model._meta.pk.column
        self.cursor.execute(f"CREATE TEMP TABLE seed AS SELECT * FROM {table} WHERE {key} > {self.floor[table]} ORDER BY {key}")
        fields = list(model._meta.local_concrete_fields)
        numbered = [f for f in fields if f.name in NAMED | WORDED and _is_text(f)]
        self._split(key, [f.column for f in numbered])
        self.cursor.execute("SELECT count(*) FROM seed")
        self.one_copy[table] = self.cursor.fetchone()[0]
        self.cursor.execute(f"DELETE FROM {table} WHERE {key} > {self.floor[table]}")
        columns = ", ".join(f.column for f in fields)
        values = ", ".join(self._value(f, numbered) for f in fields)
        self._copy(f"INSERT INTO {table} ({columns}) SELECT {values} FROM seed ORDER BY {key}")
        self.cursor.execute("DROP TABLE seed")

    def repeat_index(self, documents: Sequence[tuple[int, str, int]]) -> None:
        key = "id" if connection.vendor == "postgresql" else "rowid"
        table = "listening_interaction"
        self.cursor.execute("CREATE TEMP TABLE seed (id bigint, words text, shelf bigint)")
        self.cursor.executemany("INSERT INTO seed VALUES (%s, %s, %s)", documents)
        self._split("id", ["words"])
        # As TextIndex writes it: the words, the shelf, and on PostgreSQL the stretch of ids.
        new_id = f"(id + :k * {self.width[table]})"
        words = f"{_counted('words', worded=True)} || ' ~' || shelf"
        if connection.vendor == "postgresql":
            words = f"({words} || ' ^' || ({new_id} >> {STRETCH}))::tsvector"
        self.cursor.execute(f"DELETE FROM {INDEX} WHERE {key} > {self.floor[table]}")
        self._copy(f"INSERT INTO {INDEX} ({key}, words) SELECT {new_id}, {words} FROM seed ORDER BY id")
        self.one_copy[INDEX] = len(documents)
        self.cursor.execute("DROP TABLE seed")

    def _copy(self, sql: str) -> None:
        for k in range(self.copies):
            self.cursor.execute(sql.replace(":back", str(self.copies - 1 - k)).replace(":k", str(k)))

    def _value(self, field: Any, numbered: list) -> str:
        column = field.column
        target = field.related_model._meta.db_table if field.is_relation else None
        if field.primary_key and not target:
            return f"{column} + :k * {self.width[field.model._meta.db_table]}"
        if target in self.width:
            return f"CASE WHEN {column} > {self.floor[target]} THEN {column} + :k * {self.width[target]} ELSE {column} END"
        if field in numbered:
            return _counted(column, worded=field.name in WORDED)
        if isinstance(field, models.DateTimeField):
            return _earlier(column, int(self.steps.every.total_seconds()))
        return column

    def _split(self, key: str, columns: Sequence[str]) -> None:
        """Beside each numbered text: what stands before its last number, the number, what stands after it, and its step."""
        if not columns:
            return
        parts = ["head text", "number bigint", "tail text", "step bigint"]
        for column, part in itertools.product(columns, parts):
            self.cursor.execute(f"ALTER TABLE seed ADD COLUMN {column}_{part}")
        self.cursor.execute(f"SELECT {key}, {', '.join(columns)} FROM seed")
        rows = [[*itertools.chain(*map(self._parts, texts)), id_] for id_, *texts in self.cursor.fetchall()]
        sets = ", ".join(f"{column}_{part.split()[0]} = %s" for column, part in itertools.product(columns, parts))
        self.cursor.execute(f"CREATE INDEX seed_key ON seed ({key})")
        self.cursor.executemany(f"UPDATE seed SET {sets} WHERE {key} = %s", rows)

    def _parts(self, text: str) -> tuple[str | None, int | None, str | None, int | None]:
        found = LAST_NUMBER.match(text or "")
        if not found or len(found[2]) > 15:
            return None, None, None, None
        return found[1], int(found[2]), found[3], self.steps.of(found[1])

    def _check_names(self) -> None:
        """A name that stands in a column of another kind would point to the first copy for ever."""
        names: set[str] = set()
        others: list[tuple[str, str]] = []
        for model in self.models:
            for field in model._meta.local_concrete_fields:
                if not _is_text(field) or field.choices or field.name in WORDED:
                    continue
                if field.name in NAMED:
                    names |= self._values(model, field)
                else:
                    others.append((f"{model.__name__}.{field.name}", model._meta.db_table))
        for label, table in others:
            field = label.split(".")[1]
            self.cursor.execute(f"SELECT DISTINCT {field} FROM {table}")
            if found := names & {row[0] for row in self.cursor.fetchall() if row[0] and any(c.isdigit() for c in row[0])}:
                raise LookupError(f"{label} holds names such as {min(found)!r}: put it among NAMED")

    def _values(self, model: type[models.Model], field: Any) -> set[str]:
        table = model._meta.db_table
        self.cursor.execute(f"SELECT {field.column} FROM {table} WHERE {model._meta.pk.column} > {self.floor[table]}")
        return {row[0] for row in self.cursor.fetchall() if row[0]}


def _is_text(field: Any) -> bool:
    return isinstance(field, models.CharField | models.TextField)


def _highest(cursor: Any, model: type[models.Model]) -> int:
    cursor.execute(f"SELECT coalesce(max({model._meta.pk.column}), 0) FROM {model._meta.db_table}")
    return cursor.fetchone()[0]


def _counted(column: str, *, worded: bool) -> str:
    number = f"({column}_number + :k * {column}_step)"
    more = f" || {_word(number, 40503)} || {_word(number, 1000003)}" if worded else ""
    return (
        f"CASE WHEN {column}_number IS NULL THEN {column} ELSE {column}_head || CAST({number} AS text) || {column}_tail{more} END"
    )


def _word(number: str, times: int) -> str:
    return f"(SELECT word FROM vocabulary WHERE slot = ({number} * {times}) % {SLOTS})"


def _earlier(column: str, every_seconds: int) -> str:
    if connection.vendor == "postgresql":
        return f"{column} - :back * interval '{every_seconds} seconds'"
    # As Django writes a moment: microseconds, or none at all when they are nought.
    moved = f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-' || (:back * {every_seconds}) || ' seconds')"
    return f"replace({moved} || '000', '.000000', '')"


def _make_vocabulary(cursor: Any) -> None:
    """Words nobody else uses. The most common one fills an eighth of the slots, the rarest a single one."""
    cursor.execute("CREATE TEMP TABLE vocabulary (slot integer PRIMARY KEY, word text)")
    share = SLOTS / sum(1 / rank for rank in range(1, VOCABULARY + 1))
    ranks = [rank for rank in range(1, VOCABULARY + 1) for _ in range(max(1, round(share / rank)))]
    spread = 1667  # odd: every slot is met once
    slots = {(n * spread) % SLOTS: ranks[n % len(ranks)] for n in range(SLOTS)}
    cursor.executemany("INSERT INTO vocabulary VALUES (%s, %s)", [(slot, " " + _syllables(rank)) for slot, rank in slots.items()])


def _syllables(rank: int) -> str:
    word = ""
    while rank or len(word) < 4:
        rank, digit = divmod(rank, 60)
        word += "bdfgklmnprst"[digit % 12] + "aeiou"[digit // 12]
    return word + "n"


@contextmanager
def unhindered(cursor: Any, tables: Sequence[str]) -> Iterator[None]:
    """Without secondary indexes, checks of keys and waiting for the disk; all of it is back afterwards.

    On SQLite it is one transaction, on which nobody else may look.
    """
    indexes = list(_indexes(cursor, [*tables, INDEX]))
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    if connection.vendor == "postgresql":
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        cursor.execute("SET jit = off")  # compiling each INSERT … SELECT anew takes longer than its rows
    else:
        cursor.execute("PRAGMA synchronous")
        synchronous = cursor.fetchone()[0]
        for pragma in ("foreign_keys = OFF", "journal_mode = OFF", "synchronous = OFF", "cache_size = -131072"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute("BEGIN")
    yield
    if connection.vendor != "postgresql":
        cursor.execute("COMMIT")
    for _, sql in indexes:
        cursor.execute(sql)
    if connection.vendor == "postgresql":
        for setting in ("session_replication_role", "synchronous_commit", "maintenance_work_mem", "jit"):
            cursor.execute(f"RESET {setting}")
    else:
        for pragma in ("journal_mode = WAL", f"synchronous = {synchronous}", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {pragma}")


def _indexes(cursor: Any, tables: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, how it is made) of those that are no constraint."""
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid = ANY(%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = indexrelid)",
            [list(tables)],
        )
        yield from cursor.fetchall()
        return
    for table in tables:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = %s", [table])
        yield from cursor.fetchall()


def _sum_up_anew() -> None:
    from heard.listening.models import MentionCount, VoiceCount

    MentionCount.objects.all().delete()
    VoiceCount.objects.all().delete()
    with connection.schema_editor() as editor:
        import_module("heard.listening.migrations.0007_counts").count_what_is_here(apps, editor)


def _fix_sequence(cursor: Any, model: type[models.Model]) -> None:
    if not isinstance(model._meta.pk, models.AutoField):
        return
    table, highest = model._meta.db_table, _highest(cursor, model)
    if connection.vendor == "postgresql":
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, model._meta.pk.column, highest])
    else:
        cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [highest, table])

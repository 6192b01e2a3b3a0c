"""Text search inside the store: SQLite FTS5 or PostgreSQL GIN, one behaviour (docs/algorithms/search.md).

rules/words.py says what a word is, so that both engines hold the same. All words must occur; the last may be the beginning
of one. Newest first: the id of a document is the id of the row it belongs to, and ids ascend with arrival.

Besides its words a document has a shelf, a number (the account that heard it), so that whoever sees only a few shelves is
not led through all the others.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from django.db import connection
from django.db.migrations.operations.base import Operation

from heard.kernel.rules.words import asked, has_all, indexed, may_be_beginning

Documents = Iterable[tuple[int, str] | tuple[int, str, int]]  # (id, text, shelf); without a shelf on ANY_SHELF

ANY_SHELF = 0  # of a document that every search looks at
MOST_SHELVES = 200  # in one question; who sees more is not narrowed down
# PostgreSQL reads all that its index gives before it can sort, so it is asked for one stretch of ids after another: each
# document bears the number of its stretch.
STRETCH = 17  # bits: 131,072 ids
NEWEST = 4096  # ids that are looked through before, without the index
ROWS_FOR_ONE = 2000  # that many, times the root of the hits wanted, may be read in place of asking the index
FAR = 16  # stretches, two million ids, to ask for at once for a word that nobody said lately
SAMPLE = 1024  # of the newest ids, which tell whether a beginning is said more often than the other words together
MOST_ONE_BY_ONE = 5000  # rows to be looked at for a beginning
LONGEST_PAGE = 4000
MOST_TERMS = 32  # words that a beginning is spelt out to on SQLite; of more it is quicker to gather all they stand in


class TextIndex:
    """One searchable table. `name` is a table of its own, made by `CreateTextIndex` in a migration."""

    def __init__(self, name: str) -> None:
        self.name = name

    def add(self, documents: Documents, *, are_words: bool = False) -> None:
        """Make (id, text, shelf) searchable; an id that is there already gets the new text. Part of the caller's transaction.

        `are_words`: the texts went through rules.words.indexed before, as they best do outside a transaction.

        A constant number of statements. Ids above all that are there, as new ones are, cost the least.
        """
        rows = {id_: _worded(text if are_words else indexed(text), *shelf) for id_, text, *shelf in documents}
        if not rows:
            return
        highest = self._highest()
        self.remove(id_ for id_ in rows if id_ <= highest)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {self.name} (id, words) FROM STDIN") as copy:
                    # Words hold no tab, quote or backslash, so the text is what PostgreSQL would write itself.
                    copy.write("".join([f"{id_}\t{words} {_stretch(id_ >> STRETCH)}\n" for id_, words in rows.items()]))
            else:
                cursor.executemany(f"INSERT INTO {self.name} (rowid, words) VALUES (%s, %s)", list(rows.items()))

    def remove(self, ids: Iterable[int]) -> None:
        gone = list(ids)
        if not gone:
            return
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"DELETE FROM {self.name} WHERE id = ANY(%s)", [gone])
            else:
                cursor.execute(
                    f"DELETE FROM {self.name} WHERE rowid IN (SELECT value FROM json_each(%s))",
                    [_json(gone)],
                )

    def purge(self, *, is_first: bool, pages: int = 250) -> bool:
        """Words of what was removed stand in the files of the index until they are merged away: go on with that, so many pages.

        Returns whether there is more to do. On PostgreSQL the server does it by itself (VACUUM).
        """
        if connection.vendor == "postgresql":
            return False
        with connection.cursor() as cursor:
            before = connection.connection.total_changes
            cursor.execute(f"INSERT INTO {self.name} ({self.name}, rank) VALUES ('merge', %s)", [-pages if is_first else pages])
            return connection.connection.total_changes - before >= 2  # as SQLite says that something was done

    def hits(
        self,
        question: str,
        *,
        shelves: Collection[int] | None = None,
        also: Collection[int] = (),
        before: int | None = None,
        page: int = 100,
    ) -> Iterator[list[int]]:
        """Ids below `before` of documents with all the words, newest first, in pages: one of `page`, then ever longer ones.

        Only those on `shelves` (None: all of them) or among the ids in `also`, which are few.
        """
        words = asked(question)
        if not words:
            return
        below = self._highest() + 1 if before is None else before
        if shelves is None or len(shelves) > MOST_SHELVES:
            yield from self._pages(words, [], below, page)
            return
        others = sorted(self._among(words, also, below), reverse=True)
        for ids in self._pages(words, sorted({ANY_SHELF, *shelves}), below, page):
            newer = [id_ for id_ in others if id_ >= ids[-1]]
            del others[: len(newer)]
            yield sorted({*ids, *newer}, reverse=True)
        if others:
            yield others

    def _pages(self, words: Sequence[str], shelves: Sequence[int], below: int, page: int) -> Iterator[list[int]]:
        if connection.vendor == "postgresql":
            return self._pages_postgresql(words, shelves, below, page)
        return self._pages_sqlite(words, shelves, below, page)

    def _pages_sqlite(self, words: Sequence[str], shelves: Sequence[int], below: int, page: int) -> Iterator[list[int]]:
        match = " AND ".join([*(f'"{word}"' for word in words[:-1]), self._last_sqlite(words[-1])])
        if shelves:
            match = "({}) AND {}".format(" OR ".join(f'"~{shelf}"' for shelf in shelves), match)
        sql = f"SELECT rowid FROM {self.name} WHERE {self.name} MATCH %s AND rowid < %s ORDER BY rowid DESC LIMIT %s"
        while ids := _column(sql, [match, below, page]):
            yield ids
            if len(ids) < page:
                return
            below, page = ids[-1], _longer(page)

    def _last_sqlite(self, word: str) -> str:
        """FTS5 gathers everything that a beginning could mean before it gives the newest; of a few words it reads just those."""
        if not may_be_beginning(word):
            return f'"{word}"'
        end = word + "\U0010ffff"
        # From each word to the next one: the table has a row for every place at which a word was said.
        sql = (
            "WITH RECURSIVE begun (term) AS ("
            f"SELECT (SELECT term FROM {self.name}_terms WHERE term >= %s LIMIT 1) UNION ALL "
            f"SELECT (SELECT term FROM {self.name}_terms WHERE term >= begun.term || char(1) LIMIT 1) "
            "FROM begun WHERE begun.term < %s) SELECT term FROM begun WHERE term < %s LIMIT %s"
        )
        terms = _column(sql, [word, end, end, MOST_TERMS + 1])
        if len(terms) > MOST_TERMS:
            return f'"{word}"*'
        return "({})".format(" OR ".join(f'"{term}"' for term in terms or [word]))

    def _pages_postgresql(self, words: Sequence[str], shelves: Sequence[int], below: int, page: int) -> Iterator[list[int]]:
        reading = _Reading(self.name, words, shelves, below)
        while ids := reading.take(page):
            yield ids
            if len(ids) < page:
                return
            page = _longer(page)

    def _among(self, words: Sequence[str], ids: Collection[int], below: int) -> list[int]:
        """Those of a few `ids` that have all the words."""
        few = [id_ for id_ in ids if id_ < below]
        if not few:
            return []
        if connection.vendor == "postgresql":
            return _column(f"SELECT id FROM {self.name} WHERE id = ANY(%s) AND words @@ %s::tsquery", [few, _all_of(words)])
        with connection.cursor() as cursor:  # MATCH would look through the whole index once for each id
            cursor.execute(f"SELECT rowid, words FROM {self.name} WHERE rowid IN (SELECT value FROM json_each(%s))", [_json(few)])
            return [id_ for id_, said in cursor.fetchall() if has_all(words, said.split())]

    def _highest(self) -> int:
        key = "id" if connection.vendor == "postgresql" else "rowid"
        return next(iter(_column(f"SELECT {key} FROM {self.name} ORDER BY {key} DESC LIMIT 1", [])), 0)


def _worded(words: str, shelf: int = ANY_SHELF) -> str:
    return f"{words} ~{shelf}"


def _stretch(n: int) -> str:
    return f"^{n}"


class _Reading:
    """Hits on PostgreSQL, newest first.

    What is said often is read row by row from the newest down; what is said seldom is asked of the index, which gives all
    that it has of a stretch or nothing. How much was found in the rows so far says which of the two is quicker.
    """

    def __init__(self, table: str, words: Sequence[str], shelves: Sequence[int], below: int) -> None:
        self.table, self.below = table, below
        *whole, self.last = _lexemes(words)
        self.others = [*whole, *([_any_of(f"~{shelf}" for shelf in shelves)] if shelves else [])]  # all but the last word
        self.looked = self.found = 0  # ids that were looked through row by row, and hits among them
        self.is_said_lately = False  # there were hits among the last of them
        self.stretches = 0  # that the index was asked for last; from then on it is asked alone
        # A beginning is gathered from everything that it could mean, wherever that stands.
        self.may_leave_out_the_last = bool(self.others) and may_be_beginning(words[-1])
        self.densities: tuple[float, float] | None = None

    def take(self, wanted: int) -> list[int]:
        """The next ones; fewer than `wanted` when there are no more."""
        ids: list[int] = []
        while len(ids) < wanted and self.below > 1:
            need = wanted - len(ids)
            through = 0 if self.stretches else self._rows_ahead(need)
            ids += self._by_row(through, need) if through else self._by_index(need)
        return ids

    def _rows_ahead(self, need: int) -> int:
        """How many ids to look through for so many hits; 0 when the index is quicker.

        A row costs a tenth of a hit by the index, but the index gives all the hits of 200,000 ids in one go: of a word that
        stands in one of n documents the rows cost need * n, and the index 2,000,000 / n.
        """
        if not self.looked:
            return NEWEST
        ahead = need * self.looked // self.found if self.found else math.inf
        if ahead > ROWS_FOR_ONE * math.sqrt(need):
            return 0
        return max(int(ahead) * 5 // 4, self.looked)  # the latest may have been an exception

    def _by_row(self, through: int, need: int) -> list[int]:
        # ts_match_vq is @@ by a name that the index does not know, so that the rows are read from the newest down.
        sql = f"SELECT id FROM {self.table} WHERE id >= %s AND id < %s AND ts_match_vq(words, %s::tsquery) ORDER BY id DESC LIMIT %s"
        ids = _column(sql, [self.below - through, self.below, " & ".join([*self.others, self.last]), need])
        down_to = ids[-1] if len(ids) == need else self.below - through
        self.looked, self.found, self.below = self.looked + self.below - down_to, self.found + len(ids), down_to
        self.is_said_lately = bool(ids)
        return ids

    def _by_index(self, need: int) -> list[int]:
        """Those in the next stretches: two or, where nothing was found lately, many; then twice as many each time."""
        self.stretches = self.stretches or (2 if self.is_said_lately else FAR)
        newest = (self.below - 1) >> STRETCH
        oldest = max(newest - self.stretches + 1, 0)
        stretches = _any_of(_stretch(n) for n in range(newest, oldest - 1, -1))
        ids = self._without_the_last(stretches, need) if self._is_last_the_dearest() else None
        if ids is None:
            # Without MATERIALIZED the planner may walk the primary key down through everything that has other words.
            sql = (
                f"WITH found AS MATERIALIZED (SELECT id FROM {self.table} WHERE words @@ %s::tsquery AND id < %s) "
                "SELECT id FROM found ORDER BY id DESC LIMIT %s"
            )
            ids = _column(sql, [" & ".join([*self.others, self.last, stretches]), self.below, need])
        if len(ids) == need:
            self.below = ids[-1]
        else:
            self.below = oldest << STRETCH
            self.stretches = self.stretches * 2 if ids else max(self.stretches * 2, FAR)
        return ids

    def _is_last_the_dearest(self) -> bool:
        """Whether it pays to ask the index for the other words alone, going by the newest rows."""
        if not self.may_leave_out_the_last:
            return False
        with_last, with_others = self.densities = self.densities or self._densities()
        # Every id of the beginning, against every row of the others in these stretches, which costs twenty times as much.
        return with_last * self.below > 20 * with_others * min(self.stretches << STRETCH, self.below)

    def _densities(self) -> tuple[float, float]:
        """Of the newest documents, how many have the last word, and how many the others, 0..1."""
        has = "count(*) FILTER (WHERE ts_match_vq(words, %s::tsquery))"
        sql = f"SELECT {has}, {has} FROM {self.table} WHERE id >= %s AND id < %s"
        with connection.cursor() as cursor:
            cursor.execute(sql, [self.last, " & ".join(self.others), self.below - SAMPLE, self.below])
            with_last, with_others = cursor.fetchone()
        return with_last / SAMPLE, (with_others + 0.5) / SAMPLE  # none among so few does not mean none at all

    def _without_the_last(self, stretches: str, need: int) -> list[int] | None:
        """As many hits of these stretches; None when they are too many to be looked at one by one."""
        sql = (
            f"WITH others AS MATERIALIZED (SELECT id, ts_match_vq(words, %s::tsquery) AS has_last FROM {self.table} "
            "WHERE words @@ %s::tsquery AND id < %s LIMIT %s) "
            "SELECT (SELECT count(*) FROM others), ARRAY(SELECT id FROM others WHERE has_last ORDER BY id DESC LIMIT %s)"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [self.last, " & ".join([*self.others, stretches]), self.below, MOST_ONE_BY_ONE, need])
            looked, ids = cursor.fetchone()
        self.may_leave_out_the_last = looked < MOST_ONE_BY_ONE
        return ids if self.may_leave_out_the_last else None


def _longer(page: int) -> int:
    return max(page, min(page * 2, LONGEST_PAGE))


def _lexemes(words: Sequence[str]) -> list[str]:
    """Each as PostgreSQL asks for it, the last as a beginning where it may be one."""
    return [*(f"'{word}'" for word in words[:-1]), f"'{words[-1]}'" + (":*" if may_be_beginning(words[-1]) else "")]


def _all_of(words: Sequence[str]) -> str:
    return " & ".join(_lexemes(words))


def _any_of(lexemes: Iterable[str]) -> str:
    return "({})".format(" | ".join(f"'{lexeme}'" for lexeme in lexemes))


def _json(ids: Sequence[int]) -> str:
    return msgspec.json.encode(ids).decode()


def _column(sql: str, parameters: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]


class CreateTextIndex(Operation):
    """Migration operation for the table behind a TextIndex."""

    reversible = True

    def __init__(self, name: str) -> None:
        self.name = name

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"CREATE TABLE {self.name} (id bigint PRIMARY KEY, words tsvector NOT NULL)")
            schema_editor.execute(f"CREATE INDEX {self.name}_words ON {self.name} USING gin (words)")
            return
        # Which rows hold a word is all that is asked, so neither places nor lengths are kept; words come folded.
        schema_editor.execute(
            f"CREATE VIRTUAL TABLE {self.name} USING fts5"
            "(words, detail = none, columnsize = 0, tokenize = \"ascii tokenchars '@#_~'\")"
        )
        # Merging half as often costs a fifth less per document, and a search reads twice as many segments (still < 1 ms).
        schema_editor.execute(f"INSERT INTO {self.name} ({self.name}, rank) VALUES ('automerge', 8)")

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute(f"DROP TABLE {self.name}")

    def describe(self):
        return f"Create the text index {self.name}"


class RenewTextIndex(CreateTextIndex):
    """Migration operation that makes the table again, in the shape of today, and fills it.

    `documents(apps)` gives everything that is to be found, in parts for `TextIndex.add`. Going back leaves it as it is: the
    verbs of earlier versions work on this shape too.
    """

    def __init__(self, name: str, documents: Callable[[Any], Iterable[Documents]]) -> None:
        super().__init__(name)
        self.documents = documents

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        super().database_backwards(app_label, schema_editor, from_state, to_state)
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        for part in self.documents(from_state.apps):
            TextIndex(self.name).add(part)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass

    def describe(self):
        return f"Make the text index {self.name} again"


class CreateTerms(Operation):
    """Migration operation that makes the words of a TextIndex readable by themselves, in their order. SQLite alone needs it."""

    reversible = True

    def __init__(self, name: str) -> None:
        self.name = name

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"CREATE VIRTUAL TABLE {self.name}_terms USING fts5vocab({self.name}, instance)")

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TABLE {self.name}_terms")

    def describe(self):
        return f"Make the words of {self.name} readable in order"

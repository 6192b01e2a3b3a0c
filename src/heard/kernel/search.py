"""Text search inside the store: SQLite FTS5 or PostgreSQL GIN, one behaviour (docs/algorithms/search.md).

rules/words.py says what a word is, so that both engines hold the same. All words must occur; the last may be the beginning
of one. Newest first: the id of a document is the id of the row it belongs to, and ids ascend with arrival.

Besides its words a document has a shelf, a number (the account that heard it), so that whoever sees only a few shelves is
not led through all the others.
"""

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
FAR = 16  # stretches, two million ids, to ask for at once for a word that nobody said lately
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
        # Without MATERIALIZED the planner may walk the primary key down through everything that has other words.
        sql = (
            f"WITH found AS MATERIALIZED (SELECT id FROM {self.name} WHERE words @@ %s::tsquery AND id < %s) "
            "SELECT id FROM found ORDER BY id DESC LIMIT %s"
        )
        terms = [_all_of(words), *([_any_of(f"~{shelf}" for shelf in shelves)] if shelves else [])]
        # What is said often stands among the newest few, and reading these is quicker than all that a beginning could mean.
        # ts_match_vq is @@ by a name that the index does not know, so that the rows are read from the newest down.
        newest = (
            f"SELECT id FROM {self.name} WHERE id >= %s AND id < %s AND ts_match_vq(words, %s::tsquery) ORDER BY id DESC LIMIT %s"
        )
        ids = _column(newest, [below - NEWEST, below, " & ".join(terms), page])
        look = _Look(below, found=len(ids))
        while True:
            if len(ids) >= page:
                yield ids
                below, page, ids = ids[-1], _longer(page), []
            elif look.is_over:
                break
            wanted = page - len(ids)
            more = _column(sql, [" & ".join([*terms, _any_of(look.stretches())]), ids[-1] if ids else below, wanted])
            ids += more
            if len(more) < wanted:
                look.go_on(len(more))
        if ids:
            yield ids

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


class _Look:
    """Which stretches of ids to ask for next, newest first, twice as many each time, and far back where nothing was found."""

    def __init__(self, below: int, *, found: int) -> None:
        self.newest = (below - 1) >> STRETCH
        self.count = 2 if found else FAR

    @property
    def is_over(self) -> bool:
        return self.newest < 0

    def stretches(self) -> list[str]:
        return [_stretch(n) for n in range(self.newest, max(self.newest - self.count, -1), -1)]

    def go_on(self, found: int) -> None:
        """All of `stretches` was read, and `found` ids more were there."""
        self.newest -= self.count
        self.count = self.count * 2 if found else max(self.count * 2, FAR)


def _longer(page: int) -> int:
    return max(page, min(page * 2, LONGEST_PAGE))


def _all_of(words: Sequence[str]) -> str:
    return " & ".join(f"'{word}'" for word in words) + (":*" if may_be_beginning(words[-1]) else "")


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

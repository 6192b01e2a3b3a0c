"""Text search inside the store: SQLite FTS5 or PostgreSQL tsvector, one behaviour.

Words are folded (case, accents) here, so both engines see the same. All words must occur; the last may be the beginning
of one. Newest first: the row id of a document is the id of the row it belongs to, and ids ascend with arrival.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.migrations.operations.base import Operation

LONGEST_TEXT = 60_000  # characters indexed of one document; PostgreSQL refuses a tsvector over 1 MB
_WORD = re.compile(r"[\w@#]+")


def folded(text: str) -> str:
    """Lower case without accents, the same for writing and asking."""
    if text.isascii():
        return text[:LONGEST_TEXT].lower()
    decomposed = unicodedata.normalize("NFKD", text[:LONGEST_TEXT].casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


class TextIndex:
    """One searchable table. `name` is a table of its own, made by `CreateTextIndex` in a migration."""

    def __init__(self, name: str) -> None:
        self.name = name

    def add(self, documents: Iterable[tuple[int, str]]) -> None:
        """Make (id, text) pairs searchable; an id that is there already gets the new text. Part of the caller's transaction."""
        rows = [(id_, " ".join(_WORD.findall(folded(text)))) for id_, text in documents]
        if not rows:
            return
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.executemany(
                    f"INSERT INTO {self.name} (id, words) VALUES (%s, to_tsvector('simple', %s)) "
                    "ON CONFLICT (id) DO UPDATE SET words = excluded.words",
                    rows,
                )
            else:
                cursor.executemany(f"INSERT OR REPLACE INTO {self.name} (rowid, words) VALUES (%s, %s)", rows)

    def remove(self, ids: Iterable[int]) -> None:
        column = "id" if connection.vendor == "postgresql" else "rowid"
        with connection.cursor() as cursor:
            cursor.executemany(f"DELETE FROM {self.name} WHERE {column} = %s", [(i,) for i in ids])

    def hits(self, asked: str, *, page: int = 500) -> Iterator[list[int]]:
        """Ids of documents with all the words, newest first, in pages, so that a caller can stop when it has enough."""
        words = _WORD.findall(folded(asked))[:12]
        before = 2**62
        while words:
            ids = self._page(words, before, page)
            if ids:
                yield ids
            if len(ids) < page:
                return
            before = ids[-1]

    def _page(self, words: list[str], before: int, limit: int) -> list[int]:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # One word of ours can be several lexemes of theirs ("#o2" is "o2"), so each goes through the same parser.
                *whole, last = words
                ask = " && ".join([*["plainto_tsquery('simple', %s)"] * len(whole), "to_tsquery('simple', %s)"])
                begun = " & ".join(f"{part}:*" for part in re.findall(r"\w+", last)) or "''"
                cursor.execute(
                    f"SELECT id FROM {self.name} WHERE words @@ ({ask}) AND id < %s ORDER BY id DESC LIMIT %s",
                    [*whole, begun, before, limit],
                )
            else:
                match = " ".join(f'"{w}"' for w in words) + "*"
                cursor.execute(
                    f"SELECT rowid FROM {self.name} WHERE {self.name} MATCH %s AND rowid < %s ORDER BY rowid DESC LIMIT %s",
                    [match, before, limit],
                )
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
        else:
            schema_editor.execute(
                f"CREATE VIRTUAL TABLE {self.name} USING fts5(words, tokenize = \"unicode61 tokenchars '@#_'\")"
            )

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute(f"DROP TABLE {self.name}")

    def describe(self):
        return f"Create the text index {self.name}"

"""What other systems know of people, brought in: from rows to entries, from entries to rows of ours, and back again.

`kinds` says what can be brought, `columns` guesses which column is what, `entries` reads a row, `keep` writes entries down,
`run` does it for a whole file as one batch, and `undo` takes a batch back. docs/how-to/import.md
"""

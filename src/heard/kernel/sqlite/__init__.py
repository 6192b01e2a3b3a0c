"""Django's SQLite, for several processes that write: see base.py."""

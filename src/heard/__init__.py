"""Heard: an open-source Social CRM. Read `heard.project.journey` first; `docs/architecture.md` has the rooms."""

__version__ = "0.1.0"

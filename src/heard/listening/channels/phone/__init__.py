"""Telephone: a menu that always leads to a person, and every step of a call on the caller's timeline. See channel.md."""

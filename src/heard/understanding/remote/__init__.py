"""Assessors elsewhere, asked over HTTP about what Heard is unsure of: off until somebody switches one on, only about people who said yes,
never with what they are known by, and never while a voice waits."""

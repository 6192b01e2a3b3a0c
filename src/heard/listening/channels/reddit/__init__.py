"""Mentions, answers and messages on Reddit come in, and what monitors find; answers go out as comments and messages. See channel.md."""

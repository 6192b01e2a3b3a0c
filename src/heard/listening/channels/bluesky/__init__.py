"""Bluesky and every other server of the AT Protocol: mentions, replies, quotes, hashtags and keywords come in; posts go out. See channel.md."""

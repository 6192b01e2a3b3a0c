"""The fediverse by the Mastodon API: mentions, direct messages, hashtags and keywords come in; replies go out. See channel.md."""

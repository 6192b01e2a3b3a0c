"""X by its API, version 2: mentions, replies, direct messages and searched words come in; posts and messages go out. See channel.md."""

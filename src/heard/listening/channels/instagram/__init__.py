"""Instagram: direct messages and comments come in; answers go out in private, in public, and in private to a comment. See channel.md."""

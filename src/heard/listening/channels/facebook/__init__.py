"""A Facebook Page with its Messenger: posts, comments and private messages come in; answers go out where they belong. See channel.md."""

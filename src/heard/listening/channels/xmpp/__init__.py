"""XMPP as an external component of a server: chats with any address of its domain, and rooms. See channel.md."""

"""Matrix as an application service: the homeserver brings what is said to us, we answer as one user of it. See channel.md."""

"""Reviews on Google Play come in; answers stand below them. See channel.md."""

"""Comments below the videos of a YouTube channel come in; answers stand below them. See channel.md."""

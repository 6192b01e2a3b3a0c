"""Blogs and news by RSS and Atom: articles come in, nothing goes out. See channel.md."""

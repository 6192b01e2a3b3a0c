"""Chat on our customers' own sites: a small program in the visitor's page. See channel.md."""

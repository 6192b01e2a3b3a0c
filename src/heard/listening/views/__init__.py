"""Pages of listening: thin; each parses, asks one question or does one verb, and renders."""

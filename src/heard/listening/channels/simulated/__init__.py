"""A network that plays a written script, so that Heard can be looked at without a key and without a network."""

"""Stand-ins for networks that nobody can run at home. Each keeps state, and holds both sides to the network's own description."""

"""The chat on our customers' sites, from the visitor's side: /chat/, bare ASGI beside Django. Begin with door.py."""

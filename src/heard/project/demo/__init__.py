"""The demo world: Acme Media and its customers, written by us. Built by the verbs that real voices pass; gone in one click."""

from heard.governance.permissions import Viewer


def build() -> bool:
    """The demo world is here, also in a house where people work already. False when it was."""
    from heard.project.demo.world import build as build_world

    return build_world()


def remove(viewer: Viewer) -> bool:
    """Exactly the demo is gone; False when there was none. Raises NotAllowed."""
    from heard.project.demo.removal import remove as remove_world

    return remove_world(viewer)

from heard.governance.permissions import NotAllowed, Viewer


def author_of(viewer: Viewer) -> int:
    """The member whose words these will be. Raises NotAllowed for Heard itself: it says nothing without a person."""
    if viewer.member_id is None:
        raise NotAllowed("to speak without a person")
    return viewer.member_id

"""Whether what a member asked for may still go out: permission is asked again, for it may be long since the click."""

from collections.abc import Iterable

from heard.engagement.models import Reply
from heard.engagement.rules import holding
from heard.governance.permissions import Viewer
from heard.identity import facets
from heard.routing import selectors as conversations


def no_longer(viewer: Viewer, reply: Reply, *, is_active: bool) -> str:
    """Why this member may not have it done any more in that conversation; empty if they may."""
    if not is_active:
        return f"{viewer.name} does not work here any more."
    if not viewer.may("conversation.reply"):
        return f"{viewer.name} may not answer customers any more."
    if not conversations.visible_conversations(viewer).filter(id=reply.conversation_id).exists():
        return f"{viewer.name} does not see this conversation any more."
    if not viewer.sees_team(reply.account.team_id):
        return f"{viewer.name} may not speak for {reply.account.name} any more."
    if reply.account.state == "off":
        return f"A colleague paused {reply.account.name}."
    return ""


def names_a_face_apart(reply: Reply, words: Iterable[str]) -> str:
    """Since it was written, somebody may have said never to link a face openly, or it turned out whose face it is."""
    if reply.visibility not in holding.IN_PUBLIC:
        return ""
    return holding.linking(holding.faces_named(list(words), facets.unnamed_where(reply.to_id)))

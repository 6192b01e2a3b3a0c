from django.db import transaction

from heard.engagement.actions.author import author_of
from heard.engagement.models import Hiding
from heard.engagement.selectors import may_be_hidden
from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel import stream
from heard.kernel.clock import now
from heard.listening import reach as networks
from heard.listening import selectors as listening
from heard.listening.channels.contract import ChannelError
from heard.routing import selectors as routing


class CannotHide(ValueError):
    """The network did not do it, or cannot; the text says why. What is shown is as it was."""


def hide(viewer: Viewer, interaction_id: int, *, hidden: bool) -> None:
    """Hide what somebody wrote in public under our words from everybody but them, or show it again. May be repeated.

    The network is called first and outside of a transaction; only what it did is written down. Raises CannotHide, NotAllowed,
    and DoesNotExist for a message that the viewer does not see.
    """
    viewer.check("conversation.reply")
    author = author_of(viewer)
    conversation = routing.visible_conversations(viewer).get(id=routing.conversation_of(interaction_id) or 0)
    voice = listening.voices(viewer, [interaction_id]).get(interaction_id)
    if voice is None or not may_be_hidden(voice):
        raise CannotHide("Only what others wrote in public under our words can be hidden, and only where the network can do it.")
    try:
        adapter, context = networks.network_of(voice.account_id)
        with context.http:
            adapter.hide(context, networks.voices([interaction_id])[interaction_id].external_id, hidden=hidden)
    except ChannelError as error:
        done = "hidden" if hidden else "shown again"
        raise CannotHide(f"It was not {done}. {voice.account_name} says: {error}.") from error
    with transaction.atomic():
        made = {"is_hidden": hidden, "member_id": author, "at": now()}
        Hiding.objects.update_or_create(interaction_id=interaction_id, defaults=made)
        audit.note(viewer, "message.hide" if hidden else "message.show", "interaction", interaction_id)
        stream.publish(stream.News("conversation", {"id": conversation.pk}, conversation.team_id))

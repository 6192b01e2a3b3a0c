"""What a rule may remove of conversations, and of posts that never became one."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from heard.governance.retention import Example, Kind, Old
from heard.listening import retention as listening
from heard.routing.models import Case, Conversation, Entry, Participant


def _old_posts(old: Old, limit: int) -> Sequence[int]:
    return list(listening.strangers_posts(old, elsewhere=Exists(Entry.objects.filter(interaction_id=OuterRef("pk"))))[:limit])


def _old_conversations(old: Old, limit: int) -> Sequence[int]:
    """Private ones in which nobody waits and nothing is to be done."""
    over = Conversation.objects.filter(is_public=False, last_at__lt=old.before, id__gt=old.after).exclude(
        state=Conversation.State.OPEN
    )
    to_do = Case.objects.filter(conversation_id=OuterRef("pk"), state=Case.State.OPEN)
    held = Participant.objects.filter(conversation_id=OuterRef("pk"), identity_id__in=old.held)
    return list(over.filter(~Exists(to_do), ~Exists(held)).order_by("id").values_list("id", flat=True)[:limit])


def _remove_conversations(ids: Sequence[int]) -> int:
    """With all that was said in them, their cases, notes and answers. What nothing is said in any more goes too."""
    voices = list(Entry.objects.filter(conversation_id__in=ids).values_list("interaction_id", flat=True))
    gone = listening.forget_voices(voices)
    return gone + Conversation.objects.filter(id__in=ids).delete()[0]


def _show_conversations(ids: Sequence[int]) -> Sequence[Example]:
    rows = Conversation.objects.filter(id__in=ids).order_by("id")
    kept = rows.values_list("last_at", "opener__handle", "opener__name", "subject", "preview")
    return [Example(at, f"{handle or name}: {subject or preview}"[:160]) for at, handle, name, subject, preview in kept]


POSTS = Kind(
    key="public_posts",
    name="Public posts of strangers",
    about="What everybody can read and nobody here answered: posts that stand in no conversation, and their authors, where nothing "
    "else is known of them.",
    find=_old_posts,
    remove=listening.forget_voices,
    show=listening.show_voices,
)
CONVERSATIONS = Kind(
    key="private_conversations",
    name="Private conversations",
    about="Conversations in which nobody waits and no case is open, counted from their last message; with their notes, answers and "
    "files. Who is left with nothing else goes too.",
    find=_old_conversations,
    remove=_remove_conversations,
    show=_show_conversations,
    at_once=10,
)
KINDS = (POSTS, CONVERSATIONS)

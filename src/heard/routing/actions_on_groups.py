"""What colleagues say of voices that were found to be alike: that they are different matters after all, or one."""

from django.db import transaction
from django.db.models import Exists, OuterRef

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel import stream
from heard.kernel.clock import now
from heard.routing.groups import conversations_with, stand_together
from heard.routing.models import Conversation, Copy, DuplicateGroup, Entry
from heard.routing.selectors import visible_conversations


def take_apart(viewer: Viewer, group_id: int) -> None:
    """Each of them stands by itself in every list, and so will those that come. `put_together` is the undo; may be repeated.

    Raises DuplicateGroup.DoesNotExist for one of which the viewer sees nothing.
    """
    viewer.check("conversation.dispose")
    with transaction.atomic():
        group = _access(viewer, group_id)
        DuplicateGroup.objects.filter(pk=group.pk, apart_at=None).update(apart_at=now(), apart_by_id=viewer.member_id)
        stood = list(Conversation.objects.filter(group=group).values_list("id", "team_id"))
        Conversation.objects.filter(group=group).update(group=None, grouped_messages=None)
        audit.note(viewer, "group.take_apart", "group", group.pk, conversations=len(stood))
        stream.publish(*(stream.News("conversation", {"id": id_}, team_id) for id_, team_id in stood))


def put_together(viewer: Viewer, group_id: int) -> None:
    """They stand as one in lists, where nothing else is said. May be repeated. Raises as `take_apart`."""
    viewer.check("conversation.dispose")
    with transaction.atomic():
        group = _access(viewer, group_id)
        DuplicateGroup.objects.filter(pk=group.pk).update(apart_at=None, apart_by=None)
        stand_together(set(conversations_with([group.pk]).values_list("conversation_id", flat=True)))
        audit.note(viewer, "group.put_together", "group", group.pk)


def _access(viewer: Viewer, group_id: int) -> DuplicateGroup:
    mine = visible_conversations(viewer).values("id")
    seen = Entry.objects.filter(interaction_id=OuterRef("interaction_id"), conversation_id__in=mine)
    copies = Copy.objects.filter(Exists(seen), likeness__group_id=OuterRef("pk"))
    return DuplicateGroup.objects.select_for_update(of=("self",)).filter(Exists(copies)).get(pk=group_id)

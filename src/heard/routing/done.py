"""Be done with a conversation without another word: every voice that waits in it gets its end, and it falls quiet."""

from django.db import transaction

from heard.governance.permissions import Viewer
from heard.routing import actions, story
from heard.routing.models import Case, Conversation


def finish(viewer: Viewer, conversation_id: int, *, outcome: str, why: str) -> bool:
    """All that waits ends as `outcome` with that reason, its cases are resolved, and it is quiet. `reopen` is the undo.

    False if it stays open all the same, for something that only a person can say: what became of a promise that is due."""
    viewer.check("conversation.dispose")
    with transaction.atomic():
        conversation = story.conversation(viewer, conversation_id)
        for interaction_id in story.waiting_voices(viewer, conversation.pk):
            actions.dispose(viewer, interaction_id, outcome=outcome, why=why)
        for case_id in Case.objects.filter(conversation=conversation, state=Case.State.OPEN).values_list("id", flat=True):
            actions.resolve_case(viewer, case_id, why=why)
        actions.set_quiet(viewer, conversation.pk)
        return not Conversation.objects.filter(pk=conversation.pk, state=Conversation.State.OPEN).exists()


def reopen(viewer: Viewer, conversation_id: int) -> None:
    """The newest voice waits again, in a case of the kind that the conversation had last."""
    newest = Case.objects.filter(conversation=story.conversation(viewer, conversation_id)).order_by("-id").first()
    actions.open_case(viewer, conversation_id, kind=newest.kind if newest else "support", why=f"Reopened by {viewer.name}.")
